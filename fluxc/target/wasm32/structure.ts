/**
 * Blocks and edges as WebAssembly's nested blocks, loops and ifs.
 *
 * A block of the function stands where its immediate dominator ends. Blocks that several forward edges reach follow behind
 * a `block` whose end is their label; blocks that an edge from below reaches are a `loop`; any other block is written in the
 * place of the one edge that leads to it. That works for reducible functions, which is what structured source gives. Others
 * become one loop around a `br_table` over all blocks.
 *
 * Source: Ramsey, "Beyond Relooper: Recursive Translation of Unstructured Control Flow to Structured Control Flow" (2022).
 * Recursion is a list of tasks here: deep functions must not exhaust the stack of the compiler.
 */
import { dominators, reachable } from '../../fir/dominance.ts';
import type { Func } from '../../fir/function.ts';
import { Op } from '../../fir/ops.ts';
import { type Body, EMPTY_BLOCK } from './encode.ts';

/** What the structure needs of whoever writes the instructions. */
export interface Contents {
  /** everything of a block but its terminator */
  block(block: number): void;
  /** pushes the condition or subject that `terminator` decides by */
  subject(terminator: number): void;
  /** passes an edge's arguments to the parameters of its target */
  pass(edge: number): void;
  /** a terminator without edges */
  end(terminator: number): void;
  /** decides a `switch`: goes to label `case number` (0 is the default) counted from the innermost */
  choose(terminator: number): void;
}

type Task = () => void;

export function writeStructure(f: Func, out: Body, contents: Contents, labelLocal: () => number): void {
  const order = reachable(f);
  const rank = new Int32Array(f.blockCount).fill(-1);
  order.forEach((block, index) => (rank[block] = index));
  const parents = dominators(f);
  const forward = new Int32Array(f.blockCount);
  const isLoop = new Uint8Array(f.blockCount);
  let isReducible = true;
  for (const block of order) {
    for (const next of f.successors(block)) {
      if (rank[next]! > rank[block]!) forward[next]!++;
      else {
        isLoop[next] = 1;
        let above = block;
        while (rank[above]! > rank[next]!) above = parents[above]!;
        if (above !== next) isReducible = false;
      }
    }
  }
  if (isReducible) new Nested(f, out, contents, { order, parents, forward, isLoop, rank }).write();
  else writeDispatched(f, out, contents, order, labelLocal());
}

interface Shape {
  /** reverse postorder */
  order: readonly number[];
  rank: Int32Array;
  /** immediate dominators */
  parents: Int32Array;
  /** edges from above */
  forward: Int32Array;
  isLoop: Uint8Array;
}

const NO_BLOCK = -1;

class Nested {
  /** by block: those that it dominates directly and that several forward edges reach, the last one first */
  private readonly merges: number[][];
  /** what the end (of a loop: the start) of each open construct is, outermost first */
  private readonly labels: number[] = [];
  private readonly tasks: Task[] = [];

  constructor(
    private readonly f: Func, private readonly out: Body, private readonly contents: Contents, private readonly shape: Shape,
  ) {
    this.merges = Array.from({ length: f.blockCount }, () => []);
    for (const block of [...shape.order].reverse()) if (this.isMerge(block)) this.merges[shape.parents[block]!]!.push(block);
  }

  write(): void {
    this.tree(0);
    for (let task = this.tasks.pop(); task; task = this.tasks.pop()) task();
  }

  private isMerge(block: number): boolean {
    return this.shape.forward[block]! > 1;
  }

  /** Puts tasks on the list so that the first one is done first. */
  private then(...tasks: Task[]): void {
    for (let i = tasks.length - 1; i >= 0; i--) this.tasks.push(tasks[i]!);
  }

  private open(kind: 'block' | 'loop' | 'if', label: number): void {
    this.out.op(kind).byte(EMPTY_BLOCK);
    this.labels.push(label);
  }

  private close(): void {
    this.out.op('end');
    this.labels.pop();
  }

  /** A block and everything that it dominates. */
  private tree(block: number): void {
    if (this.shape.isLoop[block]) {
      this.open('loop', block);
      this.then(() => this.within(block), () => this.close());
    } else this.within(block);
  }

  private within(block: number): void {
    const merges = this.merges[block]!;
    for (const merge of merges) this.open('block', merge);
    const rest: Task[] = [];
    for (let i = merges.length - 1; i >= 0; i--) rest.push(() => this.close(), () => this.tree(merges[i]!));
    this.then(...rest);
    this.contents.block(block);
    this.terminator(block);
  }

  private terminator(block: number): void {
    const { f, out } = this;
    const id = f.terminator(block);
    switch (f.op[id]) {
      case Op.Jump: return this.edge(block, f.a[id]!);
      case Op.Brif:
        this.contents.subject(id);
        this.open('if', NO_BLOCK);
        return this.then(
          () => this.edge(block, f.b[id]!), () => void out.op('else'), () => this.edge(block, f.c[id]!), () => this.close(),
        );
      case Op.Switch: {
        const edges = f.edges(id);
        for (let i = 0; i < edges.length; i++) this.open('block', NO_BLOCK);
        this.contents.choose(id);
        return this.then(...edges.flatMap((edge) => [() => this.close(), () => this.edge(block, edge)]));
      }
      default: return this.contents.end(id);
    }
  }

  private edge(from: number, edge: number): void {
    const target = this.f.edgeTarget(edge);
    this.contents.pass(edge);
    const isBackward = this.shape.rank[target]! <= this.shape.rank[from]!;
    if (isBackward || this.isMerge(target)) this.out.op('br').unsigned(this.labels.length - 1 - this.labels.lastIndexOf(target));
    else this.tree(target);
  }
}

/** One loop that goes to the block whose place in `order` stands in a local: for what no nesting can express. */
function writeDispatched(f: Func, out: Body, contents: Contents, order: readonly number[], label: number): void {
  const place = new Map(order.map((block, index) => [block, index]));
  out.op('loop').byte(EMPTY_BLOCK);
  for (let i = 0; i < order.length; i++) out.op('block').byte(EMPTY_BLOCK);
  out.get(label).op('br_table').unsigned(order.length - 1);
  for (let i = 0; i < order.length; i++) out.unsigned(i);
  order.forEach((block, index) => {
    out.op('end');
    // Open around this block: those of the blocks that follow, then the loop.
    let depth = order.length - 1 - index;
    const edge = (number: number) => {
      contents.pass(number);
      out.i32(place.get(f.edgeTarget(number))!).set(label).op('br').unsigned(depth);
    };
    contents.block(block);
    const id = f.terminator(block);
    switch (f.op[id]) {
      case Op.Jump: return edge(f.a[id]!);
      case Op.Brif:
        contents.subject(id);
        out.op('if').byte(EMPTY_BLOCK);
        depth++;
        edge(f.b[id]!);
        out.op('else');
        edge(f.c[id]!);
        out.op('end');
        return;
      case Op.Switch: {
        const edges = f.edges(id);
        for (let i = 0; i < edges.length; i++) out.op('block').byte(EMPTY_BLOCK);
        contents.choose(id);
        depth += edges.length;
        for (const number of edges) {
          out.op('end');
          depth--;
          edge(number);
        }
        return;
      }
      default: return contents.end(id);
    }
  });
  out.op('end');
}
