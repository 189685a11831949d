/**
 * The DWARF section `.debug_frame`: from each instruction of a function to its caller. Functions make their frame record
 * late or not at all (`target/machine/frame-region.ts`), so a debugger could not guess it from the first instructions.
 *
 * Source: DWARF 5, section 6.4.
 */
import type { LinkedImage } from '../link/link.ts';
import type { Unwinding } from '../target/machine/target.ts';
import { DwarfBytes } from './dwarf-bytes.ts';

const enum Call {
  AdvanceLocation4 = 0x04, DefineCfa = 0x0c,
  /** the register, or how far, in the low six bits */
  AdvanceLocation = 0x40, Offset = 0x80, Restore = 0xc0,
}
const CIE_ID = 0xffffffff;
const VERSION = 4;
/** Offsets of saved registers count in these. */
const DATA_ALIGN = -8;

export function writeFrames(functions: LinkedImage['symbols'], unwinding: Unwinding): Uint8Array {
  const out = new DwarfBytes();
  const isOnStack = unwinding.entryOffset > 0;
  entry(out, (cie) => {
    cie.u32(CIE_ID).u8(VERSION).text('').u8(8).u8(0).unsigned(1).signed(DATA_ALIGN).unsigned(unwinding.returnAddress);
    withoutRecord(cie, unwinding);
    if (isOnStack) cie.u8(Call.Offset | unwinding.returnAddress).unsigned(1);
  });
  for (const { frames, address, size } of functions) {
    if (!frames) continue;
    entry(out, (fde) => {
      fde.u32(0).u64(address).u64(size);
      let at = 0;
      for (let i = 0; i < frames.length; i += 2) {
        advance(fde, frames[i]! - at);
        at = frames[i]!;
        if (frames[i + 1]) {
          fde.u8(Call.DefineCfa).unsigned(unwinding.framePointer).unsigned(unwinding.recordOffset);
          fde.u8(Call.Offset | unwinding.framePointer).unsigned(2);
          if (!isOnStack) fde.u8(Call.Offset | unwinding.returnAddress).unsigned(1);
        } else {
          withoutRecord(fde, unwinding);
          fde.u8(Call.Restore | unwinding.framePointer);
          if (!isOnStack) fde.u8(Call.Restore | unwinding.returnAddress);
        }
      }
    });
  }
  return out.take();
}

/** The caller's stack pointer is at a fixed distance from the present one. */
function withoutRecord(out: DwarfBytes, { stackPointer, entryOffset }: Unwinding): void {
  out.u8(Call.DefineCfa).unsigned(stackPointer).unsigned(entryOffset);
}

function advance(out: DwarfBytes, bytes: number): void {
  if (bytes === 0) return;
  if (bytes < 64) out.u8(Call.AdvanceLocation | bytes);
  else out.u8(Call.AdvanceLocation4).u32(bytes);
}

/** An entry behind its length, filled up with `DW_CFA_nop` (0) to whole addresses. */
function entry(out: DwarfBytes, write: (part: DwarfBytes) => void): void {
  out.sized((part) => {
    write(part);
    while ((part.length + 4) % 8 !== 0) part.u8(0);
  });
}
