/**
 * Loads and stores: chooses the addressing mode that swallows most of the address's computation.
 *
 * In this order: a stack slot, a page and low 12 bits of a symbol used once, base plus constant (scaled and unsigned,
 * or 9 bits signed), base plus index (shifted, extended); a constant that fits no field is added before the access.
 * Nothing here makes an access of another width or alignment than the FIR instruction asks for.
 */
import { Access, ACCESS_BYTES, Op } from '../../fir/ops.ts';
import { isWide } from '../../fir/types.ts';
import type { Selector } from '../machine/selector.ts';
import { REGISTER_OFFSET, rowWord, UNSIGNED_OFFSET } from './forms.ts';
import { Inst } from './instructions.ts';
import { accessOf, addConstant, lowWordOf, sameBits, smallConstant, typeOf, useOrZero, useValue } from './values.ts';

/** Words of the forms with an unscaled offset: store, load into 32 bits, load into 64 bits. */
interface AccessWords {
  store: number;
  load: number;
  loadWide: number;
}

function words(store: [string, string], load: [string, string], loadWide = load): AccessWords {
  const word = ([mnemonic, register]: [string, string]) => rowWord(mnemonic, `${register}, mem.s9`);
  return { store: word(store), load: word(load), loadWide: word(loadWide) };
}

/** In the order of `Access`. What a load does not extend by its sign it extends by zeros, to 64 bits. */
const WORDS: readonly AccessWords[] = [
  words(['sturb', 'Wt'], ['ldurb', 'Wt']),
  words(['sturb', 'Wt'], ['ldursb', 'Wt'], ['ldursb', 'Xt']),
  words(['sturh', 'Wt'], ['ldurh', 'Wt']),
  words(['sturh', 'Wt'], ['ldursh', 'Wt'], ['ldursh', 'Xt']),
  words(['stur', 'Wt'], ['ldur', 'Wt']),
  words(['stur', 'Wt'], ['ldur', 'Wt'], ['ldursw', 'Xt']),
  words(['stur', 'Xt'], ['ldur', 'Xt']),
  words(['stur', 'St'], ['ldur', 'St']),
  words(['stur', 'Dt'], ['ldur', 'Dt']),
  words(['sturb', 'Wt'], ['ldurb', 'Wt']),
];

/** Options of an index register, bits 12 to 15: how it is extended, and whether it is shifted. */
const INDEX_64 = 3 << 13;
const INDEX_ZERO_EXTENDED = 2 << 13;
const INDEX_SIGN_EXTENDED = 6 << 13;
const INDEX_SHIFTED = 1 << 12;

/** A load that defines `result`, the value of the load itself or of an extension of it. */
export function lowerLoad(s: Selector, id: number, result: number, access: Access = accessOf(s, id)): void {
  const row = WORDS[access]!;
  const word = isWide(typeOf(s, result)) ? row.loadWide : row.load;
  new MemoryAccess(s, id, word, ACCESS_BYTES[access]!, s.def(result), true).lower(s.f.a[id]!, s.f.c[id]!);
}

export function lowerStore(s: Selector, id: number): void {
  const { f } = s;
  const access = accessOf(s, id);
  const isFloat = access === Access.F32 || access === Access.F64;
  const value = f.b[id]!;
  const bytes = ACCESS_BYTES[access]!;
  const data = isFloat ? s.use(value) : useOrZero(s, value);
  new MemoryAccess(s, id, WORDS[access]!.store, bytes, data, false).lower(f.a[id]!, f.c[id]!);
}

/** One access being selected: `data` is loaded or stored by the FIR instruction `user`. */
class MemoryAccess {
  constructor(
    private readonly s: Selector,
    private readonly user: number,
    private readonly word: number,
    private readonly bytes: number,
    private readonly data: number,
    private readonly isLoad: boolean,
  ) {}

  lower(address: number, offset: number): void {
    const { s } = this;
    const { f } = s;
    const direct = this.withoutConstants(address, offset);
    if (f.op[direct.base] === Op.Slot) {
      this.emitData(Inst.AccessSlot, this.word).imm(direct.offset, f.a[direct.base]!);
      return;
    }
    if (this.symbol(direct.base, direct.offset)) return;
    const displacement = this.displacement(direct.offset);
    if (displacement !== null) {
      const base = sameBits(s, direct.base);
      if (direct.offset === 0 && this.indexed(base)) return;
      this.emitData(Inst.Access, this.word | displacement).useReg(s.use(base));
      return;
    }
    // Too far for a field: the upper part is added first, or all of it.
    const upper = direct.offset & ~4095;
    const lower = direct.offset - upper;
    const near = this.displacement(lower);
    const base = s.temp();
    addConstant(s, base, useValue(s, direct.base), near === null ? direct.offset : upper);
    this.emitData(Inst.Access, this.word | (near ?? UNSIGNED_OFFSET)).useReg(base);
  }

  /** Takes constants off the address as long as the sum may be encodable; else gives it back as it is. */
  private withoutConstants(address: number, offset: number): { base: number; offset: number } {
    const { s } = this;
    const { f } = s;
    let base = sameBits(s, address);
    let sum = offset;
    while (f.op[base] === Op.Ptradd && s.canRepeat(base)) {
      const constant = smallConstant(s, f.b[base]!);
      if (constant === null || Math.abs(sum + constant) >= 1 << 24) break;
      sum += constant;
      base = sameBits(s, f.a[base]!);
    }
    const isEncodable = f.op[base] === Op.Slot || f.op[base] === Op.Symbol || this.displacement(sum) !== null;
    return isEncodable ? { base, offset: sum } : { base: address, offset };
  }

  /** The field of a constant offset, with the bit that says which; null if none holds it. */
  private displacement(offset: number): number | null {
    const { bytes } = this;
    if (offset >= 0 && offset % bytes === 0 && offset / bytes < 4096) return UNSIGNED_OFFSET | ((offset / bytes) << 10);
    return offset >= -256 && offset < 256 ? (offset & 511) << 12 : null;
  }

  /**
   * Page, then low 12 bits in the access itself: one instruction less than making the address. The low bits are counted
   * in units of the access, so the object's alignment must be known to allow that.
   */
  private symbol(base: number, offset: number): boolean {
    const { s } = this;
    const { f } = s;
    if (f.op[base] !== Op.Symbol || s.uses[base] !== 1) return false;
    const symbol = f.a[base]!;
    const addend = f.c[base]! + offset;
    const align = s.module.symbols[symbol]!.data?.align ?? 1;
    if (align % this.bytes !== 0 || addend % this.bytes !== 0) return false;
    const page = s.temp();
    s.emit(Inst.SymbolPage).symbolRef(symbol, addend).defReg(page);
    this.emitData(Inst.AccessSymbol, this.word | UNSIGNED_OFFSET).symbolRef(symbol, addend).useReg(page);
    return true;
  }

  /** May this access compute `value` itself? */
  private canSwallow(value: number): boolean {
    return this.s.canRepeat(value) && this.s.f.block[value] === this.s.f.block[this.user];
  }

  private indexed(address: number): boolean {
    const { s } = this;
    const { f } = s;
    if (f.op[address] !== Op.Ptradd || !this.canSwallow(address)) return false;
    let index = sameBits(s, f.b[address]!);
    let options = INDEX_64;
    const isScaled = f.op[index] === Op.Shl && this.bytes > 1 && this.canSwallow(index) &&
      smallConstant(s, f.b[index]!) === 31 - Math.clz32(this.bytes);
    if (isScaled) {
      options |= INDEX_SHIFTED;
      index = sameBits(s, f.a[index]!);
    }
    let register: number;
    if ((f.op[index] === Op.Sext || f.op[index] === Op.Zext) && this.canSwallow(index)) {
      options = (options & INDEX_SHIFTED) | (f.op[index] === Op.Sext ? INDEX_SIGN_EXTENDED : INDEX_ZERO_EXTENDED);
      register = s.use(lowWordOf(s, f.a[index]!));
    } else register = s.use(index);
    const base = useValue(s, f.a[address]!);
    this.emitData(Inst.AccessIndexed, this.word | REGISTER_OFFSET | options).useReg(base).useReg(register);
    return true;
  }

  private emitData(op: Inst, word: number): Selector {
    const { s } = this;
    s.emit(op).mode(word);
    return this.isLoad ? s.defReg(this.data) : s.useReg(this.data);
  }
}
