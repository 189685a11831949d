/**
 * How to make a 64-bit constant in one register: the shortest sequence of lui, addi, addiw, slli and srli that this
 * finds.
 *
 * Numbers of 32 bits take lui and addiw. A wider one is made from its upper part, shifted left, plus twelve signed
 * bits, and so on; or, if it starts with zeros, from what it becomes when shifted to the top, then shifted back.
 */
import type { Form } from './forms.ts';
import { form } from './forms.ts';
import { lower12, upper20 } from './relocations.ts';

/**
 * One instruction of the sequence. The first has no source register (zero for addi), the others read what they write.
 */
export interface Step {
  form: Form;
  imm: number;
}

const LUI = form('lui');
const ADDI = form('addi');
const ADDIW = form('addiw');
const SLLI = form('slli');
const SRLI = form('srli');

export function materialise32(value: number): Step[] {
  const low = lower12(value);
  if (low === value) return [{ form: ADDI, imm: low }];
  const steps = [{ form: LUI, imm: upper20(value) }];
  // addiw wraps where lui of 0x80000 became negative.
  if (low !== 0) steps.push({ form: ADDIW, imm: low });
  return steps;
}

/** The sequence for a 64-bit number in two halves; `high` is the sign of `low` for 32-bit numbers. */
export function materialise(low: number, high: number): Step[] {
  if (high === low >> 31) return materialise32(low | 0);
  return materialiseWide((BigInt(high) << 32n) | BigInt(low >>> 0));
}

function materialiseSigned(value: bigint): Step[] {
  const low = BigInt.asIntN(32, value);
  return low === value ? materialise32(Number(low)) : materialiseWide(value);
}

function materialiseWide(value: bigint): Step[] {
  let best = byShiftAndAdd(value);
  if (value > 0n) {
    const zeros = leadingZeros(value);
    const top = value << BigInt(zeros);
    // What is shifted out does not matter: ones often make the number short.
    for (const candidate of [top, top | ((1n << BigInt(zeros)) - 1n)]) {
      const steps = byShiftAndAddOrShort(BigInt.asIntN(64, candidate));
      if (steps.length + 1 < best.length) best = [...steps, { form: SRLI, imm: zeros }];
    }
  }
  return best;
}

function byShiftAndAddOrShort(value: bigint): Step[] {
  return BigInt.asIntN(32, value) === value ? materialise32(Number(value)) : byShiftAndAdd(value);
}

function byShiftAndAdd(value: bigint): Step[] {
  const low = BigInt.asIntN(12, value);
  let rest = BigInt.asIntN(64, value - low);
  let shift = 0;
  while ((rest & 1n) === 0n) {
    rest >>= 1n;
    shift++;
  }
  // lui brings twelve zeros of its own.
  const fitsAddi = BigInt.asIntN(12, rest) === rest;
  if (!fitsAddi && shift > 12 && BigInt.asIntN(32, rest << 12n) === rest << 12n) {
    rest <<= 12n;
    shift -= 12;
  }
  const steps = [...materialiseSigned(rest), { form: SLLI, imm: shift }];
  if (low !== 0n) steps.push({ form: ADDI, imm: Number(low) });
  return steps;
}

function leadingZeros(value: bigint): number {
  let zeros = 0;
  for (let probe = 63n; ((value >> probe) & 1n) === 0n; probe--) zeros++;
  return zeros;
}
