/**
 * Puts a copy of a function's body in place of a call of it. The copy's instructions keep their own places in the
 * source; its slots join the caller's. The call becomes a parameter of the block that goes on behind it.
 */
import type { Loc } from '../../base/source.ts';
import { edgeArguments } from '../analysis/control-flow.ts';
import { type DebugValues, startOf } from '../debug-values.ts';
import { Func } from '../function.ts';
import { Op, OPS, Shape } from '../ops.ts';
import type { Type } from '../types.ts';

/** `copyOf` says for each slot of the callee which number its copies have (`Slot.copyOf`). */
export function inlineCall(f: Func, call: number, callee: Func, copyOf: (slot: number) => number): void {
  new Copy(f, callee, copyOf).run(call);
}

class Copy {
  /** the caller's value for each of the callee's */
  private readonly values: Int32Array;
  private readonly blocks: Int32Array;
  private readonly firstSlot: number;
  private rest = 0;
  private readonly value = (value: number): number => this.values[value]!;

  constructor(private readonly f: Func, private readonly callee: Func, copyOf: (slot: number) => number) {
    this.values = new Int32Array(callee.count);
    this.blocks = new Int32Array(callee.blockCount);
    this.firstSlot = f.slots.length;
    callee.slots.forEach(({ size, align }, slot) => f.slots.push({ size, align, copyOf: copyOf(slot) }));
  }

  run(call: number): void {
    const { f, callee, values, blocks } = this;
    const block = f.block[call]!;
    const before = f.prev[call]! || startOf(block);
    const firstNew = f.blockCount;
    callee.params[0]!.forEach((param, index) => (values[param] = f.extra.at(f.b[call]! + index)));
    for (const from of callee.layout) {
      blocks[from] = from === 0 ? block : f.addBlock();
      if (from === 0) continue;
      for (const param of callee.params[from]!) {
        values[param] = f.addParam(blocks[from]!, callee.type[param]! as Type, callee.loc[param]!);
      }
    }
    this.splitBehind(call);
    const copied: number[] = [];
    for (const from of callee.layout) {
      for (let id = callee.first[from]!; id; id = callee.next[id]!) {
        const copy = f.append(
          blocks[from]!, callee.op[id]! as Op, callee.type[id]! as Type, callee.a[id]!, callee.b[id]!, callee.c[id]!,
          callee.aux[id]!, callee.loc[id]!,
        );
        values[id] = copy;
        copied.push(copy);
      }
    }
    // All values are known now, also those that the layout uses before it defines them.
    for (const id of copied) this.fixOperands(id);
    if (f.debug && callee.debug) this.copyDebug(f.debug, callee.debug, f.loc[call]!, f.debug.siteOf.get(call) ?? 0, before);
    const made = f.layout.filter((other) => other >= firstNew);
    f.layout = f.layout.flatMap((other) => (other === block ? [block, ...made] : other < firstNew ? [other] : []));
  }

  /** `before`: what stands in front of the copy. */
  private copyDebug(debug: DebugValues, of: DebugValues, call: Loc, parent: number, before: number): void {
    const { callee, values, blocks, firstSlot } = this;
    const first = debug.adopt(of, parent, call, {
      value: (value) => values[value]!,
      key: (key) => (key >= 0 ? values[key]! || null : key === startOf(0) ? before : blocks[-1 - key]! ? startOf(blocks[-1 - key]!) : null),
      firstSlot,
    });
    for (const block of callee.layout) {
      for (let id = callee.first[block]!; id; id = callee.next[id]!) debug.siteOf.set(values[id]!, first + (of.siteOf.get(id) ?? 0));
    }
  }

  /** Moves what stands behind the call to a new block, of which the call's results become the parameters. */
  private splitBehind(call: number): void {
    const { f } = this;
    const rest = (this.rest = f.addBlock());
    const results = [call];
    if (f.op[f.next[call]!] === Op.Result1) results.push(f.next[call]!);
    const wanted = results.slice(0, this.callee.signature.results.length);
    for (let id = f.next[results[results.length - 1]!]!; id;) {
      const next = f.next[id]!;
      f.detach(id);
      f.place(id, rest);
      id = next;
    }
    for (const id of results) {
      f.debug?.move(id, startOf(rest));
      f.remove(id);
    }
    wanted.forEach((id, index) => {
      f.op[id] = Op.Param;
      f.a[id] = index;
      f.b[id] = 0;
      f.c[id] = 0;
      f.aux[id] = 0;
      f.block[id] = rest;
      f.params[rest]!.push(id);
    });
  }

  private fixOperands(id: number): void {
    const { f, callee } = this;
    switch (f.op[id]! as Op) {
      case Op.Slot:
        f.a[id]! += this.firstSlot;
        return;
      case Op.Ret: {
        const values: number[] = [];
        const count = f.params[this.rest]!.length;
        for (let i = 0; i < count; i++) values.push(this.values[callee.extra.at(f.b[id]! + i)]!);
        f.op[id] = Op.Jump;
        f.a[id] = f.edge(this.rest, values);
        f.b[id] = 0;
        f.c[id] = 0;
        return;
      }
      case Op.Jump:
        f.a[id] = this.edge(f.a[id]!);
        return;
      case Op.Brif:
        f.a[id] = this.values[f.a[id]!]!;
        f.b[id] = this.edge(f.b[id]!);
        f.c[id] = this.edge(f.c[id]!);
        return;
      case Op.Switch: {
        f.a[id] = this.values[f.a[id]!]!;
        const at = f.b[id]!;
        const table = [this.edge(callee.extra.at(at))];
        for (let i = 0; i < f.c[id]!; i++) {
          const row = at + 1 + 3 * i;
          table.push(callee.extra.at(row), callee.extra.at(row + 1), this.edge(callee.extra.at(row + 2)));
        }
        f.b[id] = f.list(table);
        return;
      }
    }
    const { shape } = OPS[f.op[id]!]!;
    if (shape === Shape.List || shape === Shape.AList) {
      const list: number[] = [];
      for (let i = 0; i < f.c[id]!; i++) list.push(callee.extra.at(f.b[id]! + i));
      f.b[id] = f.list(list);
    }
    f.mapOperands(id, this.value);
  }

  private edge(edge: number): number {
    const { f, callee } = this;
    return f.edge(this.blocks[callee.edgeTarget(edge)]!, edgeArguments(callee, edge).map(this.value));
  }
}
