/**
 * How a constant gets into a register: one `movz`, `movn` or `orr`, or a sequence of `movz` or `movn` and `movk`.
 *
 * Constants are two 32-bit halves. `words` are whole instructions for a destination register `d`.
 */
import { encodeBitmask } from './bitmask.ts';
import { rowWord, WIDE } from './forms.ts';
import { wideMove } from './operand-constants.ts';

const MOVZ = rowWord('movz', 'Rd, imm16.R');
const MOVN = rowWord('movn', 'Rd, imm16.R');
const MOVK = rowWord('movk', 'Rd, imm16.R');
const MOV_BITMASK = rowWord('mov', 'Rd|SP, bitmask.mov.R');

/**
 * The instructions that set register `d` to the constant; with `wide` false only `low` counts, the upper half is zero.
 */
export function constantWords(d: number, low: number, high: number, wide: boolean): number[] {
  const width = wide ? WIDE : 0;
  const zeroed = wideMove(low, wide ? high : 0, wide);
  if (zeroed >= 0) return [MOVZ | width | (zeroed << 5) | d];
  const inverted = wideMove(~low, wide ? ~high : 0, wide);
  if (inverted >= 0) return [MOVN | width | (inverted << 5) | d];
  const mask = encodeBitmask(low, wide ? high : low);
  if (mask >= 0) return [MOV_BITMASK | width | (mask << 10) | d];
  // Zero upper half: the 32-bit forms do, and see more runs of ones.
  if (wide && high === 0) return constantWords(d, low, 0, false);
  return halfwordMoves(d, low, high, wide);
}

/** One halfword at a time, starting from whichever of all zeros and all ones the constant has more of. */
function halfwordMoves(d: number, low: number, high: number, wide: boolean): number[] {
  const halves = [low & 0xffff, low >>> 16];
  if (wide) halves.push(high & 0xffff, high >>> 16);
  const ones = halves.filter((half) => half === 0xffff).length;
  const zeros = halves.filter((half) => half === 0).length;
  const background = ones > zeros ? 0xffff : 0;
  const width = wide ? WIDE : 0;
  const words: number[] = [];
  halves.forEach((half, hw) => {
    if (half === background) return;
    const first = background ? MOVN : MOVZ;
    const bits = words.length > 0 ? MOVK | (half << 5) : first | ((half ^ background) << 5);
    words.push(bits | width | (hw << 21) | d);
  });
  return words;
}
