/** What the differential tests compare: ways to run a batch of programs, and what a program's run gives. */
import type { Module } from '../../fluxc/fir/module.ts';

export type ProgramResult =
  | { kind: 'value'; value: bigint }
  | { kind: 'trap'; code: number }
  /** ended in a way that no FIR program may: a signal, an address nobody owns, no end */
  | { kind: 'failure'; text: string };

/** The failure of a program that made the run end or never ended, and of those behind it. */
export const UNFINISHED = 'the run ended before the program did';

/** A module and the names of the main functions in it, each `() -> i64`. */
export interface Batch {
  module: Module;
  mains: readonly string[];
}

export interface Corner {
  name: string;
  /** one result a main function, in order; may change the batch's module */
  run(batch: Batch): Promise<ProgramResult[]>;
}

export function sameResult(a: ProgramResult, b: ProgramResult): boolean {
  if (a.kind === 'value') return b.kind === 'value' && a.value === b.value;
  return a.kind === 'trap' && b.kind === 'trap' && a.code === b.code;
}

export function showResult(result: ProgramResult): string {
  switch (result.kind) {
    case 'value': return `0x${BigInt.asUintN(64, result.value).toString(16)}`;
    case 'trap': return `trap ${result.code}`;
    case 'failure': return result.text;
  }
}

/**
 * Reads what the runners of the compiled corners write: 16 bytes a program, kind (0 value, 1 trap, 2 signal) and
 * value.
 */
export function readResults(bytes: Uint8Array, count: number): ProgramResult[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, index): ProgramResult => {
    if (16 * index + 16 > bytes.length) return { kind: 'failure', text: UNFINISHED };
    const value = view.getBigInt64(16 * index + 8, true);
    switch (view.getBigUint64(16 * index, true)) {
      case 0n: return { kind: 'value', value };
      case 1n: return { kind: 'trap', code: Number(value) };
      default: return { kind: 'failure', text: `signal ${value}` };
    }
  });
}
