/**
 * The control-flow graph of a machine function: reverse postorder, distinct predecessors, dominators, loops.
 *
 * Blocks that the entry does not reach are in none of it. Loops are natural loops (a back edge goes to a block that
 * dominates its source); an irreducible cycle is no loop here, which costs speed of the code, not correctness.
 */
import type { MachineFunction } from './machine-function.ts';

export const LOOP_EXIT = 1 << 17;
const COLD_ENTRY = 1 << 12;
const COLD_WEIGHT = 1 / 1024;

export class ControlFlow {
  /** reachable blocks in reverse postorder; starts with 0 */
  readonly order: Int32Array;
  /** place of a block in `order`, -1 if it is not reached */
  readonly index: Int32Array;
  /** distinct reachable predecessors of each block */
  readonly predecessors: number[][] = [];
  /** immediate dominator of each block; the entry's is itself */
  readonly dominator: Int32Array;
  /** header of the innermost loop around a block (a header is inside its own loop), or -1 */
  readonly loop: Int32Array;
  /** of a loop header: header of the next loop outside, or -1 */
  readonly outerLoop: Int32Array;
  /** loops around each block */
  readonly depth: Int32Array;
  /** how often a block may run, compared to the entry's 1 */
  readonly weight: Float64Array;

  constructor(private readonly machine: MachineFunction) {
    const count = machine.successors.length;
    this.index = new Int32Array(count).fill(-1);
    this.order = this.reversePostorder(machine);
    for (let b = 0; b < count; b++) this.predecessors.push([]);
    for (const block of this.order) {
      const successors = machine.successors[block]!;
      for (let i = 0; i < successors.length; i++) {
        const list = this.predecessors[successors[i]!]!;
        if (list[list.length - 1] !== block) list.push(block);
      }
    }
    this.requireSplitEdges(machine);
    this.dominator = this.dominators(count);
    this.loop = new Int32Array(count).fill(-1);
    this.outerLoop = new Int32Array(count).fill(-1);
    this.depth = new Int32Array(count);
    this.weight = new Float64Array(count);
    this.findLoops();
    for (const block of this.order) {
      let depth = 0;
      for (let loop = this.loop[block]!; loop >= 0; loop = this.outerLoop[loop]!) depth++;
      this.depth[block] = depth;
      this.weight[block] = (1 << (3 * Math.min(depth, 8))) * (this.isCold(block) ? COLD_WEIGHT : 1);
    }
  }

  /** Ends in a trap whatever happens. */
  isCold(block: number): boolean {
    return this.machine.cold[block] === 1;
  }

  /** Distance in instructions that an edge counts for next uses: leaving a loop and entering cold code is far. */
  edgeLength(from: number, to: number): number {
    const cold = this.isCold(to) && !this.isCold(from) ? COLD_ENTRY : 0;
    return 1 + cold + Math.max(0, this.depth[from]! - this.depth[to]!) * LOOP_EXIT;
  }

  isLoopHeader(block: number): boolean {
    return this.loop[block] === block;
  }

  dominates(a: number, b: number): boolean {
    const floor = this.index[a]!;
    while (this.index[b]! > floor) b = this.dominator[b]!;
    return a === b;
  }

  /** The block nearest to both that dominates both. */
  commonDominator(a: number, b: number): number {
    const { index, dominator } = this;
    while (a !== b) {
      while (index[a]! > index[b]!) a = dominator[a]!;
      while (index[b]! > index[a]!) b = dominator[b]!;
    }
    return a;
  }

  /** Moves of an edge stand in its source: so an edge from a block with several successors goes to no join. */
  private requireSplitEdges(machine: MachineFunction): void {
    for (const block of this.order) {
      const successors = machine.successors[block]!;
      if (successors.length < 2) continue;
      for (let i = 0; i < successors.length; i++) {
        if (this.predecessors[successors[i]!]!.length > 1 || machine.params[successors[i]!]!.length > 0) {
          throw new Error(`${machine.name}: the edge from block ${block} to ${successors[i]} is critical`);
        }
      }
    }
  }

  private reversePostorder(machine: MachineFunction): Int32Array {
    const postorder: number[] = [];
    const stack = [0];
    const next = [0];
    this.index[0] = 0;
    while (stack.length > 0) {
      const top = stack.length - 1;
      const block = stack[top]!;
      const successors = machine.successors[block]!;
      // From the last to the first: so the first successor, mostly the likely one, comes earliest in reverse postorder.
      const i = successors.length - 1 - next[top]!++;
      if (i < 0) {
        postorder.push(block);
        stack.pop();
        next.pop();
      } else if (this.index[successors[i]!]! < 0) {
        this.index[successors[i]!] = 0;
        stack.push(successors[i]!);
        next.push(0);
      }
    }
    const order = Int32Array.from(postorder.reverse());
    for (let i = 0; i < order.length; i++) this.index[order[i]!] = i;
    return order;
  }

  /** Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm (2001). */
  private dominators(count: number): Int32Array {
    const { index, order, predecessors } = this;
    const dominator = new Int32Array(count).fill(-1);
    dominator[0] = 0;
    for (let changed = true; changed;) {
      changed = false;
      for (let i = 1; i < order.length; i++) {
        const block = order[i]!;
        const list = predecessors[block]!;
        let best = -1;
        for (let k = 0; k < list.length; k++) {
          let other = list[k]!;
          if (dominator[other]! < 0) continue;
          if (best < 0) {
            best = other;
            continue;
          }
          while (best !== other) {
            while (index[best]! > index[other]!) best = dominator[best]!;
            while (index[other]! > index[best]!) other = dominator[other]!;
          }
        }
        if (dominator[block] !== best) {
          dominator[block] = best;
          changed = true;
        }
      }
    }
    return dominator;
  }

  /**
   * Inner headers come later in reverse postorder: loops are found from the inside out, each block visited once a
   * level.
   */
  private findLoops(): void {
    const { order, predecessors, loop, outerLoop } = this;
    const outermost = (header: number) => {
      while (outerLoop[header]! >= 0) header = outerLoop[header]!;
      return header;
    };
    for (let i = order.length - 1; i >= 0; i--) {
      const header = order[i]!;
      const work = predecessors[header]!.filter((latch) => this.dominates(header, latch));
      if (work.length === 0) continue;
      if (loop[header]! < 0) loop[header] = header;
      while (work.length > 0) {
        let block = work.pop()!;
        if (block === header) continue;
        if (loop[block]! >= 0) {
          block = outermost(loop[block]!);
          if (block === header) continue;
          outerLoop[block] = header;
        } else loop[block] = header;
        for (const predecessor of predecessors[block]!) {
          // An inner loop's own latches lie inside it and are known already.
          const inside = loop[predecessor]! >= 0 ? outermost(loop[predecessor]!) : predecessor;
          if (inside !== block && inside !== header) work.push(predecessor);
        }
      }
    }
  }
}
