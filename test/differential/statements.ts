/**
 * The straight-line statements of a random function: operations, conversions, divisions, calls, and everything that
 * touches memory. Each emits some instructions into the current block and keeps what they made in scope.
 */
import { Access, ACCESS_BYTES, Cond, INVARIANT, Op, OPS, TrapCode, VOLATILE } from '../../fluxc/fir/ops.ts';
import { isFloat, Type } from '../../fluxc/fir/types.ts';
import { typeMatches, TYPING } from '../../fluxc/fir/typing.ts';
import { PASSED, SCALARS, ScopeGenerator } from './scope.ts';

export const TRAPS = [
  TrapCode.Unreachable, TrapCode.OutOfBounds, TrapCode.AssertFailed, TrapCode.Overflow, TrapCode.NullUnwrap,
  TrapCode.BadEnum, TrapCode.Explicit,
];
/** Size of the object for long offsets, and offsets on both sides of what addressing modes can hold. */
export const FAR_SIZE = 1 << 17;
const FAR_OFFSETS = [0, 8, 248, 256, 2040, 2048, 4088, 4096, 16376, 32752, 32760, 32768, 65528, 65536, FAR_SIZE - 8];
/** Operations between `add` and `fdemote` that need more than operands of the right types. */
const SPECIAL_OPS = [Op.Sdiv, Op.Udiv, Op.Srem, Op.Urem, Op.Bitcast, Op.Zext, Op.Trunc];
/** Operations that the typing table alone describes well enough to make them from random operands. */
const PLAIN_OPS = OPS.map((_, op) => op as Op)
  .filter((op) => op >= Op.Add && op <= Op.Fdemote && !SPECIAL_OPS.includes(op));

/** The value type of each access that has only one. */
const ACCESS_TYPES: Partial<Record<Access, Type>> = {
  [Access.Bool]: Type.Bool, [Access.F32]: Type.F32, [Access.F64]: Type.F64, [Access.W64]: Type.I64,
};

export class StatementGenerator extends ScopeGenerator {
  /** One operation on random values. */
  protected operation(): void {
    const { random } = this;
    if (random.chance(12)) return this.conversion();
    if (random.chance(4)) {
      const type = random.pick(SCALARS);
      this.keep(this.constant(type), type);
      return;
    }
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

  protected conversion(): void {
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

  protected division(): void {
    const { random } = this;
    const type = random.pick([Type.I32, Type.I64]);
    const op = random.pick([Op.Sdiv, Op.Udiv, Op.Srem, Op.Urem]);
    const guarded = random.chance(85);
    let divisor = random.chance(40) ? this.constant(type) : this.value(type);
    if (guarded) divisor = this.emit(Op.Or, type, divisor, this.iconst(type, random.pick([1, 2, 64])));
    const aux = guarded && random.chance(40) ? 1 : 0;
    this.keep(this.emit(op, type, this.value(type), divisor, 0, aux), type);
  }

  protected trapIf(): void {
    const { random } = this;
    // Mostly one that does not trap, or most programs would end early.
    const rare = this.emit(Op.Icmp, Type.Bool, this.value(Type.I64), this.constant(Type.I64), 0, Cond.Eq);
    this.emit(Op.Trapif, Type.Void, random.chance(80) ? rare : this.comparison(), 0, 0, random.pick(TRAPS));
  }

  protected call(): void {
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

  protected slots(count: number): void {
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

  /** A pointer into a known object, or one read from memory. */
  protected derivePointer(): void {
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
  protected access(): void {
    const { random } = this;
    const pointer = this.pointer((candidate) => ['plain', 'constant', 'bools'].includes(candidate.kind));
    if (!pointer) return this.operation();
    const { room, kind } = pointer;
    const access = kind === 'bools' ? Access.Bool : (random.below(9) as Access);
    const bytes = ACCESS_BYTES[access]!;
    let address = pointer.id;
    // Half of them meet in few bytes, so that accesses of different widths overlap.
    let offset = bytes * random.below((random.chance(50) ? 16 : room) / bytes);
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
    const type = ACCESS_TYPES[access] ?? random.pick([Type.I32, Type.I64]);
    const flags = random.chance(10) ? VOLATILE : 0;
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
  protected farAccess(): void {
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

  protected bulk(): void {
    const { random } = this;
    const to = this.pointer((pointer) => pointer.kind === 'plain' && pointer.origin !== '');
    if (!to) return;
    const from = this.pointer(({ kind, origin }) =>
      (kind === 'plain' || kind === 'constant') && origin !== to.origin && origin !== '');
    const most = Math.min(to.room, from?.room ?? to.room);
    const count = random.chance(70) ? this.iconst(Type.I64, random.chance(50) ? most : random.below(most + 1))
      : this.emit(Op.And, Type.I64, this.value(Type.I64), this.iconst(Type.I64, most - 1));
    if (from && random.chance(70)) this.emit(Op.Memcopy, Type.Void, to.id, from.id, count);
    else if (random.chance(10)) this.emit(Op.Memcopy, Type.Void, to.id, to.id, count);
    else this.emit(Op.Memfill, Type.Void, to.id, this.value(Type.I32), count);
  }
}
