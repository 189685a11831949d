/**
 * Loads and stores: chooses the addressing mode that swallows most of the address's computation.
 *
 * In this order: a stack slot, a page and low 12 bits of a symbol used once, base plus index (shifted, extended), base plus
 * constant (scaled and unsigned, or 9 bits signed), and for constants that fit no field an addition before the access.
 * Nothing here makes an access of another width or alignment than the FIR instruction asks for.
 */
import { Access, ACCESS_BYTES, Op, VOLATILE } from '../../fir/ops.ts';
import { isWide, Type } from '../../fir/types.ts';
import type { Selector } from '../machine/selector.ts';
import { REGISTER_OFFSET, UNSIGNED_OFFSET, WIDE } from './forms.ts';
import { Inst } from './instructions.ts';
import { accessOf, arithmeticImmediate, lowWordOf, sameBits, smallConstant, typeOf, useOrZero, useValue } from './values.ts';

/** Words of the unscaled-offset forms by access: store, load to 32 bits, load to 64 bits. */
interface AccessWords {
  store: number;
  load: number;
  loadWide: number;
}

/** In the order of `Access`. A load of 8, 16 or 32 bits without sign into a 64-bit value is the 32-bit one. */
const WORDS: readonly AccessWords[] = [
  { store: 0x38000000, load: 0x38400000, loadWide: 0x38400000 },
  { store: 0x38000000, load: 0x38c00000, loadWide: 0x38800000 },
  { store: 0x78000000, load: 0x78400000, loadWide: 0x78400000 },
  { store: 0x78000000, load: 0x78c00000, loadWide: 0x78800000 },
  { store: 0xb8000000, load: 0xb8400000, loadWide: 0xb8400000 },
  { store: 0xb8000000, load: 0xb8400000, loadWide: 0xb8800000 },
  { store: 0xf8000000, load: 0xf8400000, loadWide: 0xf8400000 },
  { store: 0xbc000000, load: 0xbc400000, loadWide: 0xbc400000 },
  { store: 0xfc000000, load: 0xfc400000, loadWide: 0xfc400000 },
  { store: 0x38000000, load: 0x38400000, loadWide: 0x38400000 },
];
