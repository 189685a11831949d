/** What a target hands to the linker: one function or one data object, the unit of dead-code removal. */
import type { FunctionPlaces } from './variable-places.ts';

export interface Relocation {
  offset: number;
  /** the target's own number */
  kind: number;
  /** symbol index of the FIR module */
  symbol: number;
  addend: number;
}

export interface Atom {
  /** symbol index of the FIR module; its name is the atom's */
  symbol: number;
  /** `.text`, `.rodata`, `.data`, `.bss`, or what `@section` asked for */
  section: string;
  align: number;
  /** empty for `.bss` */
  bytes: Uint8Array;
  /** bytes in memory: `bytes.length`, or more for `.bss` */
  size: number;
  relocations: Relocation[];
  /** pairs (offset, Loc), ascending: the code from offset on comes from there */
  lines: number[];
  /** pairs (offset, 1 or 0), ascending: from offset on there is a frame record, or none; not there for assembly and data */
  frames?: number[];
  /** where its variables are, if a debugger wants to know */
  places?: FunctionPlaces;
  /** pairs (offset, trap code): the instruction at offset is a trap site */
  traps: number[];
  /** further names inside the atom (global labels of an asm block): pairs of symbol index and offset */
  labels: [symbol: number, offset: number][];
  /** ranges that nobody executes or reads: room for other atoms of the section */
  gaps?: readonly [offset: number, size: number][];
}
