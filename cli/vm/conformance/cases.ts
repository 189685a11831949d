/** Cases as `vm/suite.flux.md` takes them, and the lines that it writes. */
import type { Profile, Value, Vector } from './vector.ts';

const HEAD = 16;
/** As the reference has it: a program that goes on is stopped, which is no error. */
const THOUSANDS_OF_INSTRUCTIONS = 100;

/** Numbers of `vm.suite.Encoding`. */
const ENCODING = { stack2: 0, stack3: 1, register3: 2 };
/** Numbers of `vm.stack_machine.Profile`. */
const GOLDEN = 0;
const JSON_PROFILE = 1;
/** Members of `vm.stack_machine.Outcome`, in their order. */
export const OUTCOMES = ['running', 'halted', 'stopped', 'ended', 'suspended', 'failed'] as const;

/** What a program left behind. */
export interface Result {
  outcome: (typeof OUTCOMES)[number];
  /** `-` for none */
  fault: string;
  flags: number;
  pc: number;
  steps: number;
  clock: number;
  /** bottom first */
  stack: Value[];
  /** values of the registers that hold results, in the order in which they came about */
  results: bigint[];
}

/** One case. The lists of the json profile are written top first. */
export function packCase(vector: Vector, profile: Profile, isRegister: boolean): Uint8Array {
  const { initial, capabilities, contended, starts } = vector;
  const code = vector.bytecode ?? new Uint8Array();
  const lists = 9 * initial.length + 2 * capabilities.length + contended.length + 2 * starts.length;
  const bytes = new Uint8Array(HEAD + lists + code.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  bytes[4] = profile !== 'v3' ? ENCODING.stack2 : isRegister ? ENCODING.register3 : ENCODING.stack3;
  bytes[5] = profile === 'json' ? JSON_PROFILE : GOLDEN;
  view.setUint16(6, initial.length, true);
  view.setUint16(8, capabilities.length, true);
  view.setUint16(10, contended.length, true);
  view.setUint16(12, starts.length, true);
  view.setUint16(14, THOUSANDS_OF_INSTRUCTIONS, true);
  let at = HEAD;
  for (const value of profile === 'json' ? [...initial].reverse() : initial) {
    if (typeof value === 'bigint') {
      view.setBigInt64(at + 1, value, true);
    } else {
      bytes[at] = 1;
      view.setFloat64(at + 1, value, true);
    }
    at += 9;
  }
  for (const capability of capabilities) {
    view.setUint16(at, capability, true);
    at += 2;
  }
  for (const resource of contended) bytes[at++] = resource;
  for (const start of starts) {
    view.setUint16(at, start, true);
    at += 2;
  }
  bytes.set(code, at);
  return bytes;
}

/** The documents' line for a case; null if it is none. */
export function readLine(line: string): Result | null {
  const parts = line.split('|').map((part) => part.trim().split(' ').filter((word) => word !== ''));
  const [head, results] = parts;
  if (parts.length !== 3 || !head || head.length < 6) return null;
  const [outcome, fault, flags, pc, steps, clock, ...cells] = head as [string, string, string, string, string, string, ...string[]];
  const number = (text: string) => parseInt(text, 16);
  return {
    outcome: OUTCOMES[number(outcome)]!, fault, flags: number(flags), pc: number(pc), steps: number(steps), clock: number(clock),
    stack: cells.map(valueOf),
    results: results!.map((text) => BigInt.asIntN(64, BigInt(`0x${text.slice(text.indexOf(':') + 1)}`))),
  };
}

function valueOf(cell: string): Value {
  const bits = BigInt(`0x${cell.slice(1)}`);
  if (cell[0] === 'i') return BigInt.asIntN(64, bits);
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}
