/**
 * Where machine code is written: bytes, labels, fixups, relocations, line rows.
 *
 * Branches start in their shortest form. A function (or asm block) is emitted again with those that did not reach in
 * their next longer form until all fit; a branch never becomes shorter again, so this ends. `generate.ts` runs that
 * loop through `emitUntilStable`.
 */
import type { Loc } from '../../base/source.ts';
import { FrameState, type Relocation } from './atom.ts';

export interface TrapMark {
  offset: number;
  loc: Loc;
  from: readonly number[];
}

/** Forms of a branch beyond its shortest: riscv64 has three (32 bits, around a jump, around a far jump). */
const MAX_BRANCH_LEVEL = 3;

export class CodeBuffer {
  bytes: Uint8Array = new Uint8Array(256);
  length = 0;
  readonly relocations: Relocation[] = [];
  readonly lines: number[] = [];
  readonly traps: number[] = [];
  /** see `Atom.frames` */
  readonly frames: number[] = [];
  /** for debuggers: pairs of an offset and the machine instruction that starts there */
  readonly marks: number[] = [];
  /** where the traps out of line start; each of them, with the machine instructions that lead to it */
  endOfBody = 0;
  readonly trapMarks: TrapMark[] = [];
  /** label of the function's one epilogue, where it has more than one return and sharing it is shorter; -1 before the first */
  epilogue = -1;
  /** labels of the jump tables that have been written, by `MachineFunction.tables`' index: copies of a switch share one */
  readonly tables = new Map<number, number>();
  /** position of each label, -1 while unbound; labels 0 to blockCount - 1 are the blocks */
  private labels: number[] = [];
  /** triples: position, kind, label; the branch number in `fixupBranch` */
  private fixups: number[] = [];
  private fixupBranch: number[] = [];
  private branchCount = 0;
  private currentBranch = -1;
  /** of each branch that did not reach: how often */
  private levels = new Map<number, number>();
  /** Out-of-line traps of the code at hand have to make the frame record first. */
  withoutFrame = false;
  /** trap code and Loc of each pending out-of-line trap, with its label */
  private pendingTraps: { code: number; loc: Loc; label: number; withoutFrame: boolean; from: number[] }[] = [];
  /** label of the trap with a code at a Loc, by (loc × 256 + code) × 2 + withoutFrame */
  private trapLabels = new Map<number, number>();

  constructor(private readonly firstLabels: number) {
    this.reset();
  }

  private reset(): void {
    this.length = 0;
    this.epilogue = -1;
    this.tables.clear();
    this.relocations.length = 0;
    this.lines.length = 0;
    this.traps.length = 0;
    this.frames.length = 0;
    this.marks.length = 0;
    this.trapMarks.length = 0;
    this.labels = new Array(this.firstLabels).fill(-1);
    this.fixups = [];
    this.fixupBranch = [];
    this.branchCount = 0;
    this.currentBranch = -1;
    this.pendingTraps = [];
    this.trapLabels.clear();
  }

  put8(byte: number): void {
    if (this.length === this.bytes.length) this.room();
    this.bytes[this.length++] = byte;
  }

  put16(half: number): void {
    this.put8(half & 255);
    this.put8((half >> 8) & 255);
  }

  put32(word: number): void {
    this.put16(word & 0xffff);
    this.put16(word >>> 16);
  }

  newLabel(): number {
    return this.labels.push(-1) - 1;
  }

  bind(label: number): void {
    this.labels[label] = this.length;
  }

  /** Announces the next branch. True: write its long form. Call once a branch, before its bytes. */
  nextIsLong(): boolean {
    return this.nextLevel() > 0;
  }

  /** As `nextIsLong`, for branches of several sizes: how many of the shorter forms did not reach. */
  nextLevel(): number {
    this.currentBranch = this.branchCount++;
    return this.levels.get(this.currentBranch) ?? 0;
  }

  /**
   * The field at the current position depends on where `label` ends up. Belongs to the branch announced last, if any.
   */
  fixup(kind: number, label: number): void {
    this.fixups.push(this.length, kind, label);
    this.fixupBranch.push(this.currentBranch);
  }

  relocate(kind: number, symbol: number, addend: number, offset = this.length): void {
    this.relocations.push({ offset, kind, symbol, addend });
  }

  /** The code from here on comes from `loc`. */
  line(loc: Loc): void {
    const lines = this.lines;
    if (loc === 0 || (lines.length > 0 && lines[lines.length - 1] === loc)) return;
    if (lines.length > 0 && lines[lines.length - 2] === this.length) lines[lines.length - 1] = loc;
    else lines.push(this.length, loc);
  }

  /** From here on the frame is so far made (`Atom.frames`). */
  frame(state: FrameState): void {
    const { frames } = this;
    if (frames[frames.length - 2] === this.length) frames.length -= 2;
    if ((frames[frames.length - 1] ?? 0) !== state) frames.push(this.length, state);
  }

  /** The instruction at the current position traps with `code`. */
  trapSite(code: number): void {
    this.traps.push(this.length, code);
  }

  /** Label of an out-of-line trap instruction that will stand behind the function. */
  trapLabel(code: number, loc: Loc): number {
    const { withoutFrame } = this;
    const key = (loc * 256 + code) * 2 + (withoutFrame ? 1 : 0);
    const marked = this.marks.slice(-1);
    const known = this.trapLabels.get(key);
    if (known !== undefined) {
      if (marked.length > 0) this.pendingTraps.find(({ label }) => label === known)!.from.push(...marked);
      return known;
    }
    const label = this.newLabel();
    this.trapLabels.set(key, label);
    this.pendingTraps.push({ code, loc, label, withoutFrame, from: marked });
    return label;
  }

  /**
   * Runs `write`, then the pending traps through `writeTrap` (behind `writeRecord` where there is no frame), again until
   * every branch reaches.
   */
  emitUntilStable(
    write: () => void,
    writeTrap: (code: number) => void,
    patch: (bytes: Uint8Array, position: number, kind: number, distance: number) => boolean,
    writeRecord: () => void = () => {},
  ): void {
    for (;;) {
      this.reset();
      write();
      this.endOfBody = this.length;
      for (const trap of this.pendingTraps) {
        this.bind(trap.label);
        this.line(trap.loc);
        if (trap.from.length > 0) this.trapMarks.push({ offset: this.length, loc: trap.loc, from: trap.from });
        this.frame(trap.withoutFrame ? FrameState.None : FrameState.Whole);
        if (trap.withoutFrame) writeRecord();
        this.trapSite(trap.code);
        writeTrap(trap.code);
      }
      let stable = true;
      for (let i = 0; i < this.fixupBranch.length; i++) {
        const position = this.fixups[3 * i]!;
        const label = this.fixups[3 * i + 2]!;
        const to = this.labels[label]!;
        if (to < 0) throw new Error(`label ${label} was never bound`);
        if (patch(this.bytes, position, this.fixups[3 * i + 1]!, to - position)) continue;
        const branch = this.fixupBranch[i]!;
        const level = branch < 0 ? MAX_BRANCH_LEVEL : this.levels.get(branch) ?? 0;
        if (level === MAX_BRANCH_LEVEL) throw new Error('a branch does not reach in its longest form');
        this.levels.set(branch, level + 1);
        stable = false;
      }
      if (stable) return;
    }
  }

  /** What has been written. */
  finished(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  labelPosition(label: number): number {
    return this.labels[label]!;
  }

  private room(): void {
    const bigger = new Uint8Array(this.bytes.length * 2);
    bigger.set(this.bytes);
    this.bytes = bigger;
  }
}
