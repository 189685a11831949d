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

/** What a debugger can find the caller by. */
export const enum FrameState {
  None,
  /** the frame record */
  Record,
  /** and the caller's registers are saved */
  Whole,
}

/** A struct of this type, by its full name, lies at this register: its fields are the registers of what was interrupted. */
export interface Interruption {
  register: number;
  type: string;
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
  /**
   * pairs (offset, `FrameState`), ascending: how much of the frame there is from offset on; not there for data, and for
   * assembly that is more than a leaf
   */
  frames?: number[];
  /** pairs (register, offset from the frame pointer): where the whole frame keeps what the caller had in the register */
  saved?: number[];
  /** pairs (offset, index into `interruptions`, or -1): assembly that says where it keeps the registers of what it interrupted */
  interrupted?: number[];
  interruptions?: Interruption[];
  /** where its variables are, if a debugger wants to know */
  places?: FunctionPlaces;
  /** pairs (offset, trap code): the instruction at offset is a trap site */
  traps: number[];
  /** further names inside the atom (global labels of an asm block): pairs of symbol index and offset */
  labels: [symbol: number, offset: number][];
  /** ranges that nobody executes or reads: room for other atoms of the section */
  gaps?: readonly [offset: number, size: number][];
}
