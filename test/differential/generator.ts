/**
 * Random FIR programs that mean the same on every machine: the food of the differential tests.
 *
 * A program is a few functions and data objects under one name prefix; `<prefix>.main` takes nothing and returns a
 * checksum (i64) of everything it computed, or traps. The functions use every operation that needs no device, with
 * all types. What FIR leaves open is kept out of the checksum: addresses only meet addresses, the bits of a NaN are
 * made one before anybody sees them (`observable`), slots are written before they are read, divisors marked as
 * checked are not zero. Every memory access stays in its object, every loop counts down.
 */
import { Func } from '../../fluxc/fir/function.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { Access, ACCESS_BYTES, Cond, INVARIANT, Op, OPS, TrapCode, VOLATILE } from '../../fluxc/fir/ops.ts';
import { isFloat, Type } from '../../fluxc/fir/types.ts';
import { typeMatches, TYPING } from '../../fluxc/fir/typing.ts';
import { Random } from './random.ts';

export interface GeneratorOptions {
  /** bounds of the number of statements of one function body */
  least: number;
  most: number;
}

/** What a pointer may be used for. `room`: bytes that may be read and written from it on, a power of two. */
interface Pointer {
  id: number;
  room: number;
  /**
   * read-only; holds bools, one a byte; holds pointers of at least `PASSED` bytes of room; the running checksum; too
   * large to be looked at as a whole, for long offsets
   */
  kind: 'plain' | 'constant' | 'bools' | 'pointers' | 'sum' | 'far';
  /** objects of different origin do not overlap; '' is unknown */
  origin: string;
}

interface Value {
  id: number;
  type: Type;
}

interface Callee {
  symbol: number;
  params: Type[];
  results: Type[];
}

/** Where `break` and `continue` inside a loop go. */
interface Loop {
  exit: number;
  exitTypes: Type[];
  header: number;
  headerTypes: Type[];
  /** decides whether to go on, from the counter that the header was entered with */
  counter: number;
}

/** Room of a pointer that is passed as an argument, an edge argument or a value in memory. */
const PASSED = 16;
const SCALARS = [Type.I32, Type.I32, Type.I32, Type.I64, Type.I64, Type.I64, Type.F64, Type.F32, Type.Bool];
const TRAPS = [
  TrapCode.Unreachable, TrapCode.OutOfBounds, TrapCode.AssertFailed, TrapCode.Overflow, TrapCode.NullUnwrap,
  TrapCode.BadEnum, TrapCode.Explicit,
];
/** Small numbers, limits of the types, and those on both sides of what immediates of the machines can hold. */
const INTEGERS = [
  0, 1, 2, 3, 5, 7, 8, 10, 15, 16, 31, 32, 33, 63, 64, 100, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff,
  -1, -2, -3, -8, -127, -128, -129, -32768, -32769, -0x80000000,
  2047, 2048, -2048, -2049, 4095, 4096, -4096, 0xfff000, 0x1000000, 0x7ffff7ff, 0x7ffff800, -0x7ffff800,
  0x55555555, 0x00ff00ff, 0x0ff00000, 0x3ffc, -16, 0x12345678,
];
const FAR_SIZE = 1 << 17;
const FAR_OFFSETS = [0, 8, 248, 256, 2040, 2048, 4088, 4096, 16376, 32752, 32760, 32768, 65528, 65536, FAR_SIZE - 8];
const FLOATS = [0, -0, 1, -1, 0.5, -2.5, 3, 1e10, -1e-10, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53 + 2, 2 ** 63, -(2 ** 63),
  2 ** 64, 1e30, 3.4e38, 1e300, 5e-324, 1e-40, Infinity, -Infinity, NaN];
/** Operations that the typing table alone describes well enough to make them from random operands. */
const PLAIN_OPS = OPS.map((_, op) => op as Op).filter((op) =>
  (op >= Op.Add && op <= Op.Fdemote && (op < Op.Sdiv || op > Op.Urem) && op !== Op.Bitcast && op !== Op.Zext && op !== Op.Trunc));

/** Adds a program to `module`; returns the name of its main function. */
export function generateProgram(module: Module, prefix: string, seed: number, options: GeneratorOptions): string {
  return new ProgramGenerator(module, prefix, new Random(seed), options).program();
}

class ProgramGenerator {
  private readonly callees: Callee[] = [];
  private readonly data: { symbol: number; pointer: Omit<Pointer, 'id'> }[] = [];

  constructor(
    private readonly module: Module,
    private readonly prefix: string,
    private readonly random: Random,
    private readonly options: GeneratorOptions,
  ) {}

  program(): string {
    const { random } = this;
    this.objects();
    const count = random.between(0, 3);
    // Callees first, so that there is no recursion: a function calls those that exist.
    for (let i = 0; i < count; i++) this.function(`${this.prefix}.f${i}`, this.signature());
    this.table();
    return this.function(`${this.prefix}.main`, { params: [], results: [Type.I64] }, true);
  }

  private objects(): void {
    const { random } = this;
    const plain = random.between(1, 3);
    for (let i = 0; i < plain; i++) {
      const size = 16 << random.below(3);
      this.object(`d${i}`, size, this.bytes(size), true, 'plain');
    }
    if (random.chance(15)) this.object('far', FAR_SIZE, null, true, 'far');
    this.object('sum', 8, null, true, 'sum');
    this.object('constant', 32, this.bytes(32), false, 'constant');
    if (random.chance(50)) this.object('bools', 16, Uint8Array.from({ length: 16 }, () => random.below(2)), true, 'bools');
  }

  private object(name: string, size: number, bytes: Uint8Array | null, writable: boolean, kind: Pointer['kind']): void {
    const full = `${this.prefix}.${name}`;
    const zero = bytes !== null && this.random.chance(20) && writable ? null : bytes;
    const symbol = this.module.defineData(full, { bytes: zero, size, align: 16, writable, references: [] }, 0);
    this.data.push({ symbol, pointer: { room: size, kind, origin: full } });
  }

  /** Pointers to data and functions that stand in read-only data. */
  private table(): void {
    const plain = this.data.filter((object) => object.pointer.kind === 'plain');
    const references = plain.map((object, index) => ({ offset: 8 * index, symbol: object.symbol, addend: 0 }));
    const size = 8 * references.length;
    const symbol = this.module.defineData(`${this.prefix}.table`, {
      bytes: new Uint8Array(size), size, align: 8, writable: false, references,
    }, 0);
    this.tableSymbol = symbol;
    this.tableLength = references.length;
  }
  private tableSymbol = -1;
  private tableLength = 0;

  /** Bytes that are interesting as integers and floats of any width. */
  private bytes(size: number): Uint8Array {
    const view = new DataView(new ArrayBuffer(size));
    for (let at = 0; at < size; at += 8) {
      switch (this.random.below(4)) {
        case 0: view.setFloat64(at, this.random.pick(FLOATS), true); break;
        case 1:
          view.setFloat32(at, this.random.pick(FLOATS), true);
          view.setFloat32(at + 4, this.random.pick(FLOATS), true);
          break;
        case 2: view.setBigInt64(at, BigInt(this.random.pick(INTEGERS)), true); break;
        default:
          view.setUint32(at, this.random.word(), true);
          view.setUint32(at + 4, this.random.word(), true);
      }
    }
    return new Uint8Array(view.buffer);
  }

  private signature(): { params: Type[]; results: Type[] } {
    const { random } = this;
    const many = random.chance(25);
    const params: Type[] = [];
    // Twelve of one class are more than any machine has argument registers of it.
    if (random.chance(10)) params.push(...Array<Type>(12).fill(random.pick([Type.I32, Type.I64, Type.F32, Type.F64])));
    else for (let i = random.between(0, many ? 20 : 6); i > 0; i--) {
      params.push(random.chance(12) ? Type.Ptr : random.chance(3) ? Type.Agent : random.pick(SCALARS));
    }
    const results: Type[] = [];
    for (let i = random.pick([0, 1, 1, 1, 2, 2]); i > 0; i--) results.push(random.pick(SCALARS));
    return { params, results };
  }

  private function(name: string, signature: { params: Type[]; results: Type[] }, root = false): string {
    const { random, module } = this;
    const f = new Func(name, signature);
    if (!root) f.attributes.inline = random.pick(['auto', 'auto', 'always', 'never']);
    const objects = this.data.slice();
    const table = this.tableSymbol < 0 ? null : { symbol: this.tableSymbol, length: this.tableLength };
    new FunctionGenerator(f, module, random, this.callees.slice(), objects, table).body(
      random.between(this.options.least, this.options.most), root,
    );
    const symbol = module.defineFunction(name, f, 0);
    module.symbols[symbol]!.root = root;
    this.callees.push({ symbol, ...signature });
    return name;
  }
}

class FunctionGenerator {
  private block: number;
  private values: Value[] = [];
  private pointers: Pointer[] = [];
  private readonly loops: Loop[] = [];
  /** loops around the current block: calls get rare inside, for their costs multiply */
  private depth = 0;

  constructor(
    private readonly f: Func,
    private readonly module: Module,
    private readonly random: Random,
    private readonly callees: Callee[],
    private readonly data: { symbol: number; pointer: Omit<Pointer, 'id'> }[],
    private readonly table: { symbol: number; length: number } | null,
  ) {
    this.block = f.addBlock();
  }

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

  /** first value of the innermost scope */
  private scopeStart = 0;

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

  private mix(sum: number, value: number): number {
    const rotated = this.emit(Op.Rotl, Type.I64, sum, this.iconst(Type.I64, this.random.between(1, 63)));
    return this.emit(this.random.pick([Op.Add, Op.Xor, Op.Sub]), Type.I64, rotated, value);
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

  /** An i64 that shows the value. */
  private asInteger({ id, type }: Value): number {
    switch (type) {
      case Type.I64: return id;
      case Type.I32: return this.emit(this.random.pick([Op.Sext, Op.Zext]), Type.I64, id);
      case Type.Bool: return this.emit(Op.Zext, Type.I64, id);
      case Type.F64: return this.emit(Op.Bitcast, Type.I64, this.observable(id, type));
      case Type.F32: {
        const bits = this.emit(Op.Bitcast, Type.I32, this.observable(id, type));
        return this.emit(Op.Zext, Type.I64, bits);
      }
      default: return this.emit(Op.Bitcast, Type.I64, id);
    }
  }

  /** The float itself or, if it is a NaN, one whose bits are known: FIR does not say which NaN an operation gives. */
  private observable(id: number, type: Type): number {
    const number = this.emit(Op.Fcmp, Type.Bool, id, id, 0, Cond.Eq);
    return this.emit(Op.Select, type, number, id, this.emit(Op.Fconst, type, 0x7fc00000, 0));
  }

  // ---- values ----

  private emit(op: Op, type: Type, a = 0, b = 0, c = 0, aux = 0): number {
    return this.f.append(this.block, op, type, a, b, c, aux);
  }

  private keep(id: number, type: Type): number {
    this.values.push({ id, type });
    return id;
  }

  private iconst(type: Type, value: number): number {
    return this.f.iconst(this.block, type, value, value < 0 ? -1 : 0);
  }

  private constant(type: Type): number {
    const { random } = this;
    if (isFloat(type)) {
      const view = new DataView(new ArrayBuffer(8));
      const value = random.chance(80) ? random.pick(FLOATS) : random.word() / 977 - 1e6;
      if (type === Type.F32) view.setFloat32(0, value, true);
      else view.setFloat64(0, value, true);
      return this.emit(Op.Fconst, type, view.getInt32(0, true), view.getInt32(4, true));
    }
    if (type === Type.Bool) return this.iconst(type, random.below(2));
    if (type !== Type.I32 && random.chance(25)) return this.f.iconst(this.block, type, random.word() | 0, random.word() | 0);
    if (random.chance(20)) return this.iconst(type, 1 << random.below(31));
    return random.chance(70) ? this.iconst(type, random.pick(INTEGERS)) : this.iconst(type, random.word() | 0);
  }

  /** A value of `type` in scope, preferably a recent one, or a constant. */
  private value(type: Type): number {
    const { random } = this;
    if (type === Type.Ptr) return this.passedPointer();
    if (type !== Type.Bool || random.chance(80)) {
      for (let tries = 0; tries < 6 && this.values.length > 0; tries++) {
        const recent = random.chance(50) ? Math.min(12, this.values.length) : this.values.length;
        const value = this.values[this.values.length - 1 - random.below(recent)]!;
        if (value.type === type) return value.id;
      }
      if (type === Type.Agent) return this.emit(Op.Bitcast, type, this.value(Type.I64));
    }
    if (type === Type.Bool && random.chance(70)) return this.comparison();
    return this.constant(type);
  }

  private comparison(): number {
    const { random } = this;
    if (random.chance(10) && this.pointers.length > 0) return this.pointerComparison();
    if (random.chance(25)) {
      const type = random.pick([Type.F32, Type.F64]);
      return this.emit(Op.Fcmp, Type.Bool, this.value(type), this.value(type), 0, random.between(Cond.Eq, Cond.Sle));
    }
    const type = random.chance(8) ? Type.Bool : random.pick([Type.I32, Type.I64]);
    const cond = type === Type.Bool ? random.below(2) : random.below(10);
    return this.emit(Op.Icmp, Type.Bool, this.value(type), this.value(type), 0, cond);
  }

  /** Compares two addresses in one object: whatever the address is, the answer is the same. */
  private pointerComparison(): number {
    const pointer = this.random.pick(this.pointers);
    const offset = () => this.emit(Op.Ptradd, Type.Ptr, pointer.id, this.iconst(Type.I64, this.random.below(pointer.room)));
    const a = offset();
    return this.emit(Op.Icmp, Type.Bool, a, offset(), 0, this.random.below(10));
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
  private nesting = 0;

  /** One operation on random values. */
  private operation(): void {
    const { random } = this;
    if (random.chance(12)) return this.conversion();
    if (random.chance(4)) return void this.keep(this.constant(random.pick(SCALARS)), this.f.type[this.f.count - 1]! as Type);
    const op = random.pick(PLAIN_OPS);
    const row = TYPING[op]!;
    const choose = (set: string) => {
      for (;;) {
        const type = random.pick(SCALARS);
        if (typeMatches(type, set)) return type;
      }
    };
    const variable = row.T ? choose(op === Op.Icmp && random.chance(90) ? 'int' : row.T) : Type.Void;
    const operands = row.operands.map((set) => this.value(set === 'T' ? variable : choose(set)));
    const type = row.result === 'T' ? variable : choose(row.result);
    const aux = op === Op.Fcmp ? random.between(Cond.Eq, Cond.Sle)
      : op === Op.Icmp ? random.below(variable === Type.Bool ? 2 : 10) : 0;
    this.keep(this.emit(op, type, operands[0], operands[1], operands[2], aux), type);
  }

  private conversion(): void {
    const { random } = this;
    const rows: [Op, Type, Type][] = [
      [Op.Zext, Type.I32, Type.I64], [Op.Zext, Type.Bool, Type.I64], [Op.Zext, Type.Bool, Type.I32],
      [Op.Trunc, Type.I64, Type.I32], [Op.Trunc, Type.I64, Type.Bool], [Op.Trunc, Type.I32, Type.Bool],
      [Op.Bitcast, Type.I64, Type.F64], [Op.Bitcast, Type.I32, Type.F32], [Op.Bitcast, Type.F64, Type.I64],
      [Op.Bitcast, Type.F32, Type.I32], [Op.Bitcast, Type.I64, Type.Agent], [Op.Bitcast, Type.Agent, Type.I64],
    ];
    const [op, from, to] = random.pick(rows);
    let value = this.value(from);
    if (isFloat(from)) value = this.observable(value, from);
    this.keep(this.emit(op, to, value), to);
  }

  private division(): void {
    const { random } = this;
    const type = random.pick([Type.I32, Type.I64]);
    const op = random.pick([Op.Sdiv, Op.Udiv, Op.Srem, Op.Urem]);
    const guarded = random.chance(85);
    let divisor = random.chance(40) ? this.constant(type) : this.value(type);
    if (guarded) divisor = this.emit(Op.Or, type, divisor, this.iconst(type, random.pick([1, 2, 64])));
    const aux = guarded && random.chance(40) ? 1 : 0;
    this.keep(this.emit(op, type, this.value(type), divisor, 0, aux), type);
  }

  private trapIf(): void {
    const { random } = this;
    // Mostly one that does not trap, or most programs would end early.
    const rare = this.emit(Op.Icmp, Type.Bool, this.value(Type.I64), this.constant(Type.I64), 0, Cond.Eq);
    this.emit(Op.Trapif, Type.Void, random.chance(80) ? rare : this.comparison(), 0, 0, random.pick(TRAPS));
  }

  private call(): void {
    const { random } = this;
    if (this.callees.length === 0) return this.operation();
    const callee = random.pick(this.callees);
    const signature = this.module.signature(callee.params, callee.results);
    const args = callee.params.map((type) => this.value(type));
    const type = callee.results[0] ?? Type.Void;
    let id: number;
    if (random.chance(20)) {
      const address = this.emit(Op.Symbol, Type.Func, callee.symbol);
      id = this.emit(Op.Callptr, type, address, this.f.list(args), args.length, signature);
    } else id = this.f.call(this.block, type, callee.symbol, signature, args);
    if (callee.results.length > 1 && random.chance(90)) {
      this.keep(this.emit(Op.Result1, callee.results[1]!, id), callee.results[1]!);
    }
    if (type !== Type.Void) this.keep(id, type);
  }

  // ---- memory ----

  private slots(count: number): void {
    const { f, random } = this;
    for (let i = 0; i < count; i++) {
      const kind = random.pick(['plain', 'plain', 'plain', 'bools', 'pointers'] as const);
      const room = 16 << random.below(3);
      // Only the start of a large slot is used; what it is for is that others lie behind it.
      const slot = f.addSlot(random.chance(5) ? random.pick([2048, 4096, 40_000]) : room, random.pick([8, 16]));
      const id = this.emit(Op.Slot, Type.Ptr, slot);
      if (kind === 'pointers') {
        for (let at = 0; at < room; at += 8) {
          this.emit(Op.Store, Type.Void, id, this.passedPointer(), at, Access.W64);
        }
      } else if (random.chance(50)) {
        this.emit(Op.Memfill, Type.Void, id, this.iconst(Type.I32, 0), this.iconst(Type.I64, room));
      } else {
        const zero = this.iconst(Type.I64, 0);
        for (let at = 0; at < room; at += 8) this.emit(Op.Store, Type.Void, id, zero, at, Access.W64);
      }
      this.pointers.push({ id, room, kind, origin: `slot${slot}` });
    }
  }

  /** A pointer to an object that is in scope, or to a data object. */
  private pointer(wanted: (pointer: Omit<Pointer, 'id'>) => boolean): Pointer | null {
    const { random } = this;
    const known = this.pointers.filter(wanted);
    if (known.length > 0 && random.chance(70)) return random.pick(known);
    const objects = this.data.filter((object) => wanted(object.pointer));
    if (objects.length === 0) return known.length > 0 ? random.pick(known) : null;
    const object = random.pick(objects);
    const pointer = { ...object.pointer, id: this.emit(Op.Symbol, Type.Ptr, object.symbol) };
    if (random.chance(40)) this.pointers.push(pointer);
    return pointer;
  }

  /** A pointer that may be passed on: plain, with enough room, valid as long as this function runs. */
  private passedPointer(): number {
    return this.pointer((pointer) => pointer.kind === 'plain' && pointer.room >= PASSED)!.id;
  }

  /** A pointer into a known object, or one read from memory. */
  private derivePointer(): void {
    const { random } = this;
    const stored = this.pointer((pointer) => pointer.kind === 'pointers');
    if (stored && random.chance(50)) {
      const at = 8 * random.below(stored.room / 8);
      if (random.chance(40)) this.emit(Op.Store, Type.Void, stored.id, this.passedPointer(), at, Access.W64);
      const id = this.emit(Op.Load, Type.Ptr, stored.id, 0, at, Access.W64);
      this.pointers.push({ id, room: PASSED, kind: 'plain', origin: '' });
      return;
    }
    if (this.table && random.chance(40)) {
      const table = this.emit(Op.Symbol, Type.Ptr, this.table.symbol);
      const at = 8 * random.below(this.table.length);
      const id = this.emit(Op.Load, Type.Ptr, table, 0, at, Access.W64 | INVARIANT);
      this.pointers.push({ id, room: PASSED, kind: 'plain', origin: '' });
      return;
    }
    if (random.chance(30)) {
      const id = this.emit(Op.Select, Type.Ptr, this.value(Type.Bool), this.passedPointer(), this.passedPointer());
      this.pointers.push({ id, room: PASSED, kind: 'plain', origin: '' });
      return;
    }
    const base = this.pointer((pointer) => pointer.kind === 'plain' && pointer.room >= 2 * PASSED);
    if (!base) return;
    const offset = this.emit(Op.And, Type.I64, this.value(Type.I64), this.iconst(Type.I64, base.room / 2 - 8 & ~7));
    const id = this.emit(Op.Ptradd, Type.Ptr, base.id, offset);
    this.pointers.push({ id, room: base.room / 2, kind: base.kind, origin: base.origin });
  }

  /** A load or store of any width, at a constant or computed place of an object. */
  private access(): void {
    const { random } = this;
    const pointer = this.pointer((candidate) => ['plain', 'constant', 'bools'].includes(candidate.kind));
    if (!pointer) return this.operation();
    const { room, kind } = pointer;
    const access = kind === 'bools' ? Access.Bool : (random.below(9) as Access);
    const bytes = ACCESS_BYTES[access]!;
    let address = pointer.id;
    let offset = bytes * random.below(room / bytes);
    if (random.chance(35)) {
      // base + (index & mask) × bytes, with a constant part that must stay in the object as well
      const count = room / bytes;
      const mask = count / 2 - 1;
      if (mask >= 1) {
        const index = this.emit(Op.And, Type.I64, this.value(Type.I64), this.iconst(Type.I64, mask));
        const shift = Math.log2(bytes);
        const scaled = shift === 0 ? index : random.chance(70)
          ? this.emit(Op.Shl, Type.I64, index, this.iconst(Type.I64, shift))
          : this.emit(Op.Mul, Type.I64, index, this.iconst(Type.I64, bytes));
        address = this.emit(Op.Ptradd, Type.Ptr, address, scaled);
        offset = bytes * random.below(count / 2);
      }
    }
    const type = access === Access.Bool ? Type.Bool : access === Access.F32 ? Type.F32 : access === Access.F64 ? Type.F64
      : access === Access.W64 ? Type.I64 : random.pick([Type.I32, Type.I64]);
    const flags = random.chance(8) ? VOLATILE : 0;
    if (kind === 'constant' || random.chance(55)) {
      const invariant = kind === 'constant' && random.chance(50) && !flags ? INVARIANT : 0;
      this.keep(this.emit(Op.Load, type, address, 0, offset, access | flags | invariant), type);
    } else {
      let value = this.value(type);
      if (isFloat(type)) value = this.observable(value, type);
      // Only the widths matter to a store: a signed one is the same.
      const stored = access <= Access.S32 ? access & ~1 : access;
      this.emit(Op.Store, Type.Void, address, value, offset, stored | flags);
    }
  }

  /** A store and a load far from the start of an object, with long constant offsets up and down. */
  private farAccess(): void {
    const { random } = this;
    const object = this.data.find((candidate) => candidate.pointer.kind === 'far');
    if (!object) return this.operation();
    const base = random.pick(FAR_OFFSETS);
    const address = this.emit(Op.Symbol, Type.Ptr, object.symbol, 0, base);
    const at = random.pick(FAR_OFFSETS) - base;
    const access = random.pick([Access.U8, Access.S16, Access.U32, Access.W64]);
    this.emit(Op.Store, Type.Void, address, this.value(Type.I64), at, access & ~1);
    const other = random.chance(50) ? at : random.pick(FAR_OFFSETS) - base;
    this.keep(this.emit(Op.Load, Type.I64, address, 0, other, access), Type.I64);
  }

  private bulk(): void {
    const { random } = this;
    const to = this.pointer((pointer) => pointer.kind === 'plain' && pointer.origin !== '');
    if (!to) return;
    const from = this.pointer((pointer) =>
      (pointer.kind === 'plain' || pointer.kind === 'constant') && pointer.origin !== to.origin && pointer.origin !== '');
    const most = Math.min(to.room, from?.room ?? to.room);
    const count = random.chance(70) ? this.iconst(Type.I64, random.chance(50) ? most : random.below(most + 1))
      : this.emit(Op.And, Type.I64, this.value(Type.I64), this.iconst(Type.I64, most - 1));
    if (from && random.chance(70)) this.emit(Op.Memcopy, Type.Void, to.id, from.id, count);
    else if (random.chance(10)) this.emit(Op.Memcopy, Type.Void, to.id, to.id, count);
    else this.emit(Op.Memfill, Type.Void, to.id, this.value(Type.I32), count);
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
    return Array.from({ length: this.random.below(most + 1) }, () => this.random.chance(6) ? Type.Ptr : this.random.pick(SCALARS));
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
    for (let more = random.pick([0, 0, 0, 1, 2, 20]); more > 0; more--) edges.push(edgeTo(random.pick([join, ...arms])));
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

/** For tests of the generator itself: is every operation that it may use among those of `f`? */
export function operationsOf(f: Func): Set<Op> {
  const found = new Set<Op>();
  for (const block of f.layout) {
    for (let id = f.first[block]!; id; id = f.next[id]!) found.add(f.op[id]! as Op);
  }
  return found;
}
