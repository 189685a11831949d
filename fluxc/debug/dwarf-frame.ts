/**
 * The DWARF section `.debug_frame`: from each instruction of a function to its caller. Functions make their frame record
 * late or not at all (`target/machine/frame-region.ts`), so a debugger could not guess it from the first instructions.
 *
 * Assembly says of itself what it knows (`.interrupted`): where the registers of the code lie that an exception interrupted. What
 * is in such a struct, its declaration says: fields are called as registers are, `x` is an array of all, `pc` or `rip`
 * where the code goes on.
 *
 * Source: DWARF 5, section 6.4.
 */
import { fieldsOf, layoutOf, prune, type StructType } from '../lang/types.ts';
import type { LinkedSymbol } from '../link/link.ts';
import { FrameState } from '../target/machine/atom.ts';
import type { Unwinding } from '../target/machine/target.ts';
import { DwarfBytes } from './dwarf-bytes.ts';
import type { CodeSymbol } from './dwarf-line.ts';

const enum Call {
  AdvanceLocation4 = 0x04, OffsetExtended = 0x05, RestoreExtended = 0x06, Undefined = 0x07, DefineCfa = 0x0c, ValueExpression = 0x16,
  /** the register, or how far, in the low six bits */
  AdvanceLocation = 0x40, Offset = 0x80, Restore = 0xc0,
}
const LITERAL_0 = 0x30;
const CIE_ID = 0xffffffff;
const VERSION = 4;
/** Offsets of saved registers count in these. */
const DATA_ALIGN = -8;
/** The caller was interrupted: it goes on at its address, not behind a call. */
const SIGNAL_FRAME = 'S';

/**
 * `entry`: address of the function that nobody has called. `names`: of registers, by number; `structs`: those that `.interrupted`
 * may name, by full name.
 */
export function writeFrames(
  functions: readonly CodeSymbol[], entry: number, unwinding: Unwinding, names: readonly string[], structs: ReadonlyMap<string, StructType>,
): Uint8Array {
  return new Frames(entry, unwinding, names, structs).write(functions);
}

class Frames {
  private readonly out = new DwarfBytes();

  constructor(
    private readonly outermost: number, private readonly unwinding: Unwinding, private readonly names: readonly string[],
    private readonly structs: ReadonlyMap<string, StructType>,
  ) {}

  write(functions: readonly CodeSymbol[]): Uint8Array {
    const { out, unwinding } = this;
    const isOnStack = unwinding.entryOffset > 0;
    this.common('', unwinding.returnAddress, (cie) => {
      if (isOnStack) cie.u8(Call.Offset | unwinding.returnAddress).unsigned(1);
    });
    for (const func of functions) if (func.frames) this.extents(func, 0, (fde, from, to) => this.rows(fde, func, from, to));
    if (!functions.some(({ interrupted }) => interrupted)) return out.take();
    const interruptions = out.length;
    this.common(SIGNAL_FRAME, unwinding.interruptedAddress, (cie) => cie.u8(Call.Undefined).unsigned(unwinding.interruptedAddress));
    for (const func of functions) {
      if (func.interrupted) this.extents(func, interruptions, (fde, from, to) => this.interruptedRows(fde, func, from, to));
    }
    return out.take();
  }

  private common(augmentation: string, returnAddress: number, write: (cie: DwarfBytes) => void): void {
    this.entry((cie) => {
      cie.u32(CIE_ID).u8(VERSION).text(augmentation).u8(8).u8(0).unsigned(1).signed(DATA_ALIGN).unsigned(returnAddress);
      this.withoutRecord(cie);
      write(cie);
    });
  }

  /** An entry for each part of a function's code. */
  private extents(func: CodeSymbol, common: number, write: (fde: DwarfBytes, from: number, to: number) => void): void {
    for (let i = 0; i < func.extents.length; i += 2) {
      const [from, to] = [func.extents[i]!, func.extents[i + 1]!];
      this.entry((fde) => {
        fde.u32(common).u64(from).u64(to - from);
        write(fde, from, to);
      });
    }
  }

  // ---- compiled code ----

  private rows(fde: DwarfBytes, { frames, saved = [], address }: LinkedSymbol, from: number, to: number): void {
    const { unwinding } = this;
    const isOutermost = address === this.outermost;
    const isSaved = unwinding.entryOffset === 0 && !isOutermost;
    // A return address that is undefined would keep gdb from finding the frame as well: it is 0.
    if (isOutermost) fde.u8(Call.ValueExpression).unsigned(unwinding.returnAddress).unsigned(1).u8(LITERAL_0);
    let known = FrameState.None;
    changes(fde, frames!, address, from, to, (state: FrameState) => {
      if (state === FrameState.None) {
        this.withoutRecord(fde);
        this.restore(fde, unwinding.framePointer);
        if (isSaved) this.restore(fde, unwinding.returnAddress);
      } else if (known === FrameState.None) {
        fde.u8(Call.DefineCfa).unsigned(unwinding.framePointer).unsigned(unwinding.recordOffset);
        this.offset(fde, unwinding.framePointer, 2);
        if (isSaved) this.offset(fde, unwinding.returnAddress, 1);
      }
      for (let i = 0; i < saved.length; i += 2) {
        const number = unwinding.numbers[saved[i]!]!;
        if (state === FrameState.Whole) this.offset(fde, number, (unwinding.recordOffset - saved[i + 1]!) / 8);
        else if (known === FrameState.Whole) this.restore(fde, number);
      }
      known = state;
    });
  }

  /** The caller's stack pointer is at a fixed distance from the present one. */
  private withoutRecord(out: DwarfBytes): void {
    out.u8(Call.DefineCfa).unsigned(this.unwinding.stackPointer).unsigned(this.unwinding.entryOffset);
  }

  /** A register is saved so many words below the caller's stack pointer. */
  private offset(out: DwarfBytes, number: number, words: number): void {
    if (number < 64) out.u8(Call.Offset | number).unsigned(words);
    else out.u8(Call.OffsetExtended).unsigned(number).unsigned(words);
  }

  private restore(out: DwarfBytes, number: number): void {
    if (number < 64) out.u8(Call.Restore | number);
    else out.u8(Call.RestoreExtended).unsigned(number);
  }

  // ---- what was interrupted ----

  private interruptedRows(fde: DwarfBytes, { interrupted, interruptions, address }: LinkedSymbol, from: number, to: number): void {
    const { unwinding } = this;
    changes(fde, interrupted!, address, from, to, (index) => {
      const where = interruptions![index];
      const struct = where && this.structs.get(where.type);
      if (!struct) {
        this.withoutRecord(fde);
        fde.u8(Call.Undefined).unsigned(unwinding.interruptedAddress);
        return;
      }
      fde.u8(Call.DefineCfa).unsigned(unwinding.numbers[where.register]!).unsigned(layoutOf(struct).size);
      for (const [number, offset] of this.registersOf(struct)) this.offset(fde, number, (layoutOf(struct).size - offset) / 8);
    });
  }

  /** DWARF's numbers of the registers that a struct holds, with their offsets. */
  private registersOf(struct: StructType): [number, number][] {
    const { names, unwinding } = this;
    return fieldsOf(struct).flatMap(({ name, type, offset }): [number, number][] => {
      const pruned = prune(type);
      if (pruned.kind === 'array' && name === 'x') {
        // Register 0 of RISC-V is always 0: its place holds where the code goes on.
        const numberOf = (register: number) => (names[register] === 'zero' ? unwinding.interruptedAddress : unwinding.numbers[register]!);
        return Array.from({ length: pruned.count }, (_, register) => [numberOf(register), offset + 8 * register]);
      }
      if (name === 'pc' || name === 'rip') return [[unwinding.interruptedAddress, offset]];
      const register = names.indexOf(name);
      return register < 0 ? [] : [[unwinding.numbers[register]!, offset]];
    });
  }

  /** An entry behind its length, filled up with `DW_CFA_nop` (0) to whole addresses. */
  private entry(write: (part: DwarfBytes) => void): void {
    this.out.sized((part) => {
      write(part);
      while ((part.length + 4) % 8 !== 0) part.u8(0);
    });
  }
}

/** Calls `change` for what `pairs` of offset and state say between two addresses, what holds at the first one included. */
function changes(
  out: DwarfBytes, pairs: readonly number[], address: number, from: number, to: number, change: (state: number) => void,
): void {
  let at = from;
  for (let i = 0; i < pairs.length; i += 2) {
    const start = address + pairs[i]!;
    if (start >= to) return;
    if (i + 2 < pairs.length && address + pairs[i + 2]! <= from) continue;
    advance(out, Math.max(start - at, 0));
    at = Math.max(start, at);
    change(pairs[i + 1]!);
  }
}

function advance(out: DwarfBytes, bytes: number): void {
  if (bytes === 0) return;
  if (bytes < 64) out.u8(Call.AdvanceLocation | bytes);
  else out.u8(Call.AdvanceLocation4).u32(bytes);
}
