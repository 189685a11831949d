/**
 * One random function: its parameters and slots, statements, all kinds of control flow, and an end that lets the
 * checksum see what was computed. Scopes follow the nesting of control flow, so every use is dominated by its definition.
 */
import { Access, Cond, Op } from '../../fluxc/fir/ops.ts';
import { Type } from '../../fluxc/fir/types.ts';
import { INTEGERS, PASSED, SCALARS } from './scope.ts';
import { StatementGenerator, TRAPS } from './statements.ts';

/** Where `break` and `continue` inside a loop go. */
interface Loop {
  exit: number;
  exitTypes: Type[];
  header: number;
  headerTypes: Type[];
  /** decides whether to go on, from the counter that the header was entered with */
  counter: number;
}

export class FunctionGenerator extends StatementGenerator {
  private readonly loops: Loop[] = [];
  /** loops around the current block: calls get rare inside, for their costs multiply */
  private depth = 0;
  /** scopes around the current block */
  private nesting = 0;
  /** first value of the innermost scope */
  private scopeStart = 0;

  /** Writes the whole function. `root`: it is the program's main function. */
  body(statements: number, root: boolean): void {
    const { f, random } = this;
    for (const type of f.signature.params) {
      const id = f.addParam(0, type);
      if (type === Type.Ptr) this.pointers.push({ id, room: PASSED, kind: 'plain', origin: '' });
      else this.values.push({ id, type });
    }
    this.slots(random.between(0, 3));
    if (random.chance(30)) for (let i = random.between(10, 45); i > 0; i--) this.operation();
    this.statements(statements);
    this.finish(root);
  }

  /** Mixes values of the scope that is about to end into the program's checksum, or nothing would ever see them. */
  private observe(): void {
    const { random } = this;
    const own = this.values.slice(this.scopeStart);
    if (own.length === 0 || random.chance(25)) return;
    while (own.length > 6) own.splice(random.below(own.length), 1);
    const { symbol } = this.data.find((object) => object.pointer.kind === 'sum')!;
    const address = this.emit(Op.Symbol, Type.Ptr, symbol);
    let sum = this.emit(Op.Load, Type.I64, address, 0, 0, Access.W64);
    for (const value of own) sum = this.mix(sum, this.asInteger(value));
    this.emit(Op.Store, Type.Void, address, sum, 0, Access.W64);
  }

  // ---- the end of a function ----

  /** Returns: the main function a checksum of values and memory, others values that depend on many. */
  private finish(root: boolean): void {
    const { f, random } = this;
    const live = this.values.slice();
    const most = root ? 60 : 12;
    while (live.length > most) live.splice(random.below(live.length), 1);
    let sum = this.constant(Type.I64);
    for (const value of live) sum = this.mix(sum, this.asInteger(value));
    if (root) {
      for (const { symbol, pointer } of this.data) {
        if (pointer.kind === 'constant' || pointer.kind === 'far') continue;
        const address = this.emit(Op.Symbol, Type.Ptr, symbol);
        for (let at = 0; at < pointer.room; at += 8) {
          sum = this.mix(sum, this.emit(Op.Load, Type.I64, address, 0, at, Access.W64));
        }
      }
      f.ret(this.block, [sum]);
      return;
    }
    this.observe();
    this.values.push({ id: sum, type: Type.I64 });
    f.ret(this.block, f.signature.results.map((type) => this.fromSum(sum, type)));
  }

  /** A value of a result's type that usually depends on the sum of everything. */
  private fromSum(sum: number, type: Type): number {
    if (this.random.chance(30)) return this.value(type);
    switch (type) {
      case Type.I64: return sum;
      case Type.I32: return this.emit(Op.Trunc, Type.I32, sum);
      case Type.Bool: return this.emit(Op.Trunc, Type.Bool, sum);
      default: return this.emit(this.random.pick([Op.Sitof, Op.Uitof]), type, sum);
    }
  }

  // ---- statements ----

  private statements(count: number): void {
    for (let i = 0; i < count; i++) this.statement();
  }

  private statement(): void {
    const { random } = this;
    const nested = this.depth + this.nesting;
    const kind = random.below(100);
    if (kind < 48) this.operation();
    else if (kind < 66) this.access();
    else if (kind < 68) this.bulk();
    else if (kind < 69) this.farAccess();
    else if (kind < 73) this.division();
    else if (kind < 77 && (this.depth === 0 || random.chance(40))) this.call();
    else if (kind < 78) this.trapIf();
    else if (kind < 80) this.derivePointer();
    else if (kind < 86 && nested < 4) this.branch();
    else if (kind < 88 && nested < 4) this.shortcut();
    else if (kind < 92 && nested < 4) this.cases();
    else if (kind < 97 && this.depth < 2 && nested < 4) this.loop();
    else if (kind < 98 && this.depth < 1) this.crossing();
    else if (kind < 99 && this.loops.length > 0) this.leaveLoop();
    else this.operation();
  }
  // ---- control flow ----

  /** Runs `write` with the current scope and forgets what it added. */
  private scoped(block: number, write: () => void): void {
    const values = this.values.length;
    const pointers = this.pointers.length;
    const outer = this.scopeStart;
    this.scopeStart = values;
    this.block = block;
    this.nesting++;
    write();
    this.nesting--;
    this.scopeStart = outer;
    this.values.length = values;
    this.pointers.length = pointers;
  }

  private types(most: number): Type[] {
    const { random } = this;
    const length = random.below(most + 1);
    return Array.from({ length }, () => random.chance(6) ? Type.Ptr : random.pick(SCALARS));
  }

  private arguments(types: Type[]): number[] {
    return types.map((type) => this.value(type));
  }

  /** Goes on in `block`, which takes parameters of `types`. */
  private continueIn(block: number, types: Type[]): void {
    this.block = block;
    for (const type of types) {
      const id = this.f.addParam(block, type);
      if (type === Type.Ptr) this.pointers.push({ id, room: PASSED, kind: 'plain', origin: '' });
      else this.values.push({ id, type });
    }
  }

  private goTo(block: number, types: Type[]): void {
    this.f.jump(this.block, block, this.arguments(types));
  }

  private branchTo(cond: number, then: number, thenTypes: Type[], otherwise: number, otherTypes: Type[]): void {
    const first = this.arguments(thenTypes);
    const second = this.arguments(otherTypes);
    this.emit(Op.Brif, Type.Void, cond, this.f.edge(then, first), this.f.edge(otherwise, second));
  }

  /** `if` with one or two arms that meet again; an arm may end in a return or a trap instead. */
  private branch(): void {
    const { f, random } = this;
    const types = this.types(3);
    const join = f.addBlock();
    const then = f.addBlock();
    const other = random.chance(60) ? f.addBlock() : -1;
    const cond = this.value(Type.Bool);
    if (other < 0 && random.chance(50)) this.branchTo(cond, join, types, then, []);
    else this.branchTo(cond, then, [], other < 0 ? join : other, other < 0 ? types : []);
    this.scoped(then, () => {
      this.statements(random.below(4));
      this.observe();
      if (random.chance(12)) this.leave();
      else this.goTo(join, types);
    });
    if (other >= 0) {
      this.scoped(other, () => {
        this.statements(random.below(4));
        this.observe();
        this.goTo(join, types);
      });
    }
    this.continueIn(join, types);
  }

  /** Ends the function here. */
  private leave(): void {
    const { f, random } = this;
    const { results } = f.signature;
    if (random.chance(30)) this.emit(Op.Trap, Type.Void, 0, 0, 0, random.pick(TRAPS));
    else f.ret(this.block, this.arguments(results));
  }

  /** Two conditions in a row with the same way out: `a && b`, `a || b`. */
  private shortcut(): void {
    const { f, random } = this;
    const types = this.types(2);
    const out = f.addBlock();
    const second = f.addBlock();
    const inner = f.addBlock();
    this.branchTo(this.value(Type.Bool), second, [], out, types);
    this.scoped(second, () => {
      this.statements(random.below(2));
      const cond = this.comparison();
      if (random.chance(50)) this.branchTo(cond, inner, [], out, types);
      else this.branchTo(cond, out, types, inner, []);
      this.scoped(inner, () => {
        this.statements(random.below(3));
        this.observe();
        this.goTo(out, types);
      });
    });
    this.continueIn(out, types);
  }

  private cases(): void {
    const { f, random } = this;
    const type = random.pick([Type.I32, Type.I64]);
    const types = this.types(2);
    const join = f.addBlock();
    const arms = Array.from({ length: random.between(1, 4) }, () => f.addBlock());
    const dense = random.chance(60);
    const mask = random.pick([7, 7, 31]);
    const value = dense ? this.emit(Op.And, type, this.value(type), this.iconst(type, mask)) : this.value(type);
    const edgeTo = (block: number) => f.edge(block, block === join ? this.arguments(types) : []);
    const edges = [random.chance(50) ? join : arms[0]!, ...arms].map(edgeTo);
    for (let more = random.pick([0, 0, 0, 1, 2, 20]); more > 0; more--) {
      edges.push(edgeTo(random.pick([join, ...arms])));
    }
    const used = new Set<string>();
    const table = [edges[0]!];
    for (const edge of edges.slice(1)) {
      const low = dense ? random.below(mask + 2) : random.pick(INTEGERS);
      const high = type === Type.I32 || random.chance(80) ? low >> 31 : random.word() | 0;
      const key = type === Type.I32 ? `${low}` : `${low},${high}`;
      if (used.has(key)) continue;
      used.add(key);
      table.push(low, high, edge);
    }
    this.emit(Op.Switch, Type.Void, value, f.list(table), (table.length - 1) / 3);
    for (const arm of arms) {
      this.scoped(arm, () => {
        this.statements(random.below(3));
        this.observe();
        if (random.chance(5)) this.leave();
        else this.goTo(join, types);
      });
    }
    this.continueIn(join, types);
  }

  /** A counted loop, tested at its head or its foot, that may be left in the middle. */
  private loop(): void {
    const { f, random } = this;
    const counterType = random.pick([Type.I32, Type.I64]);
    const carried = this.types(4);
    const exitTypes = this.types(3);
    const header = f.addBlock();
    const exit = f.addBlock();
    const trips = random.chance(60) ? this.iconst(counterType, random.between(1, 7))
      : this.emit(Op.And, counterType, this.value(counterType), this.iconst(counterType, 7));
    const atHead = random.chance(60);
    f.jump(this.block, header, [trips, ...this.arguments(carried)]);
    const headerTypes = [counterType, ...carried];
    this.depth++;
    this.scoped(header, () => {
      this.continueIn(header, headerTypes);
      const counter = f.params[header]![0]!;
      const goesOn = (value: number) => this.emit(Op.Icmp, Type.Bool, value, this.iconst(counterType, 0), 0, Cond.Sgt);
      if (atHead) {
        const inside = f.addBlock();
        const cond = goesOn(counter);
        if (random.chance(70)) this.branchTo(cond, inside, [], exit, exitTypes);
        else this.branchTo(this.emit(Op.Not, Type.Bool, cond), exit, exitTypes, inside, []);
        this.block = inside;
      }
      this.loops.push({ exit, exitTypes, header, headerTypes, counter });
      this.statements(random.between(1, 5));
      this.loops.pop();
      this.observe();
      const next = this.emit(Op.Sub, counterType, counter, this.iconst(counterType, 1));
      this.values.push({ id: next, type: counterType });
      if (atHead) f.jump(this.block, header, [next, ...this.arguments(carried)]);
      else {
        const cond = goesOn(next);
        const back = f.edge(header, [next, ...this.arguments(carried)]);
        this.emit(Op.Brif, Type.Void, cond, back, f.edge(exit, this.arguments(exitTypes)));
      }
    });
    this.depth--;
    this.continueIn(exit, exitTypes);
  }

  /** `break`, or `continue` with the counter one less. */
  private leaveLoop(): void {
    const { f, random } = this;
    const loop = this.loops[this.loops.length - 1]!;
    const stay = f.addBlock();
    const cond = this.comparison();
    if (random.chance(60)) {
      this.branchTo(cond, loop.exit, loop.exitTypes, stay, []);
    } else {
      const again = f.addBlock();
      this.branchTo(cond, again, [], stay, []);
      this.scoped(again, () => {
        const type = loop.headerTypes[0]!;
        // A loop tested at its foot must not go on for ever: a counter that is out already leaves.
        const next = this.emit(Op.Sub, type, loop.counter, this.iconst(type, 1));
        const more = this.emit(Op.Icmp, Type.Bool, next, this.iconst(type, 0), 0, Cond.Sgt);
        const back = f.edge(loop.header, [next, ...this.arguments(loop.headerTypes.slice(1))]);
        this.emit(Op.Brif, Type.Void, more, back, f.edge(loop.exit, this.arguments(loop.exitTypes)));
      });
    }
    this.block = stay;
  }

  /**
   * A loop with two entries: two blocks that jump to each other while a counter lasts. No structured language makes
   * it.
   */
  private crossing(): void {
    const { f, random } = this;
    const exitTypes = this.types(2);
    const types = [Type.I64, ...this.types(2)];
    const sides = [f.addBlock(), f.addBlock()];
    const exit = f.addBlock();
    const start = () => [this.iconst(Type.I64, random.between(1, 5)), ...this.arguments(types.slice(1))];
    const cond = this.value(Type.Bool);
    const first = start();
    this.emit(Op.Brif, Type.Void, cond, f.edge(sides[0]!, first), f.edge(sides[1]!, start()));
    this.depth += 2;
    sides.forEach((side, index) => {
      this.scoped(side, () => {
        this.continueIn(side, types);
        this.statements(random.below(3));
        this.observe();
        const left = this.emit(Op.Sub, Type.I64, f.params[side]![0]!, this.iconst(Type.I64, 1));
        const more = this.emit(Op.Icmp, Type.Bool, left, this.iconst(Type.I64, 0), 0, Cond.Sgt);
        const over = f.edge(sides[1 - index]!, [left, ...this.arguments(types.slice(1))]);
        this.emit(Op.Brif, Type.Void, more, over, f.edge(exit, this.arguments(exitTypes)));
      });
    });
    this.depth -= 2;
    this.continueIn(exit, exitTypes);
  }
}
