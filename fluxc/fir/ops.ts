/**
 * The FIR operations: one row an operation. Verifier, printer, parser, interpreter, passes and `docs/fir.md` read this
 * table; the meaning of each operation stands here and nowhere else.
 */

/** Where an instruction keeps its operands. `a`, `b`, `c` are the three fixed fields; "pool" is the function's `extra`. */
export const enum Shape {
  /** no value operands; fields hold immediates */
  None,
  /** a */
  A,
  /** a, b */
  AB,
  /** a, b, c */
  ABC,
  /** arguments: pool[b .. b+c]; `a` is not a value */
  List,
  /** a, then arguments pool[b .. b+c] */
  AList,
  /** `a` is an edge */
  Jump,
  /** a; `b` and `c` are edges */
  Branch,
  /** a; pool[b] is the default edge, then `c` cases of (low word, high word, edge) */
  Switch,
}

/** An edge is a pool index: target block, argument count, arguments. */

export const enum Effect {
  None = 0,
  Reads = 1,
  Writes = 2,
  /** may end the program with a trap */
  Traps = 4,
  /** ends a block */
  Terminates = 8,
  /** must stay, as often and in the order it stands (calls, devices) */
  Pinned = 16,
}

export interface OpRow {
  name: string;
  shape: Shape;
  effect: number;
  /** one line for the reference page: operands, types, exact meaning */
  meaning: string;
  commutative?: boolean;
}

const T = Effect.Terminates;
const RW = Effect.Reads | Effect.Writes;

/** In the order of `Op`. */
export const OPS: readonly OpRow[] = [
  { name: 'nop', shape: Shape.None, effect: 0, meaning: 'nothing; a removed instruction' },
  { name: 'param', shape: Shape.None, effect: 0, meaning: 'the parameter `a` of its block; lives in the block\'s parameter list, not in its instruction list' },
  { name: 'iconst', shape: Shape.None, effect: 0, meaning: 'an integer: low word `a`, high word `b` (for i32 the sign of `a`; bool is 0 or 1)' },
  { name: 'fconst', shape: Shape.None, effect: 0, meaning: 'a float by its bits: low word `a`, high word `b` (0 for f32)' },
  { name: 'symbol', shape: Shape.None, effect: 0, meaning: 'the address of symbol `a` plus `c`' },
  { name: 'slot', shape: Shape.None, effect: 0, meaning: 'the address of the function\'s stack slot `a`; a slot starts with unspecified bytes' },

  { name: 'add', shape: Shape.AB, effect: 0, commutative: true, meaning: 'a + b, wrapping' },
  { name: 'sub', shape: Shape.AB, effect: 0, meaning: 'a - b, wrapping' },
  { name: 'mul', shape: Shape.AB, effect: 0, commutative: true, meaning: 'a × b, wrapping' },
  { name: 'sdiv', shape: Shape.AB, effect: Effect.Traps, meaning: 'signed a / b toward zero; b = 0 traps division_by_zero; the least number by -1 is itself. With aux = 1 (checked already) b is never 0' },
  { name: 'udiv', shape: Shape.AB, effect: Effect.Traps, meaning: 'unsigned a / b; b = 0 traps division_by_zero. aux = 1 as in sdiv' },
  { name: 'srem', shape: Shape.AB, effect: Effect.Traps, meaning: 'a - sdiv(a, b) × b; the least number by -1 gives 0. aux = 1 as in sdiv' },
  { name: 'urem', shape: Shape.AB, effect: Effect.Traps, meaning: 'a - udiv(a, b) × b. aux = 1 as in sdiv' },
  { name: 'smulh', shape: Shape.AB, effect: 0, commutative: true, meaning: 'upper half of the signed double-width product' },
  { name: 'umulh', shape: Shape.AB, effect: 0, commutative: true, meaning: 'upper half of the unsigned double-width product' },
  { name: 'and', shape: Shape.AB, effect: 0, commutative: true, meaning: 'bitwise and (also on bool)' },
  { name: 'or', shape: Shape.AB, effect: 0, commutative: true, meaning: 'bitwise or (also on bool)' },
  { name: 'xor', shape: Shape.AB, effect: 0, commutative: true, meaning: 'bitwise exclusive or (also on bool)' },
  { name: 'shl', shape: Shape.AB, effect: 0, meaning: 'a << (b modulo width); b has a\'s type' },
  { name: 'lshr', shape: Shape.AB, effect: 0, meaning: 'a >> (b modulo width), zeros enter; b has a\'s type' },
  { name: 'ashr', shape: Shape.AB, effect: 0, meaning: 'a >> (b modulo width), the sign enters; b has a\'s type' },
  { name: 'rotl', shape: Shape.AB, effect: 0, meaning: 'a rotated left by (b modulo width); b has a\'s type' },
  { name: 'neg', shape: Shape.A, effect: 0, meaning: '-a, wrapping' },
  { name: 'not', shape: Shape.A, effect: 0, meaning: 'bitwise not (on bool: 1 - a)' },
  { name: 'clz', shape: Shape.A, effect: 0, meaning: 'number of leading zero bits; the width for 0' },
  { name: 'ctz', shape: Shape.A, effect: 0, meaning: 'number of trailing zero bits; the width for 0' },
  { name: 'popcnt', shape: Shape.A, effect: 0, meaning: 'number of one bits' },
  { name: 'bswap', shape: Shape.A, effect: 0, meaning: 'bytes in reverse order' },

  { name: 'icmp', shape: Shape.AB, effect: 0, meaning: 'bool: a (condition aux) b; a and b have one type: i32, i64, ptr, func, a handle; bool with eq and ne' },
  { name: 'fcmp', shape: Shape.AB, effect: 0, meaning: 'bool: a (condition aux: eq ne lt le gt ge) b; with a NaN only ne is true' },
  { name: 'select', shape: Shape.ABC, effect: 0, meaning: 'a (bool) ? b : c' },

  { name: 'sext', shape: Shape.A, effect: 0, meaning: 'i32 to i64 by sign' },
  { name: 'zext', shape: Shape.A, effect: 0, meaning: 'i32 or bool to i64, bool to i32, with zeros' },
  { name: 'trunc', shape: Shape.A, effect: 0, meaning: 'i64 to i32, or i64 or i32 to bool (lowest bit)' },
  { name: 'sext8', shape: Shape.A, effect: 0, meaning: 'the low 8 bits by sign; result has a\'s type' },
  { name: 'sext16', shape: Shape.A, effect: 0, meaning: 'the low 16 bits by sign; result has a\'s type' },
  { name: 'bitcast', shape: Shape.A, effect: 0, meaning: 'the same bits as another type of the same width (i64 ptr func handles f64; i32 f32)' },

  { name: 'fadd', shape: Shape.AB, effect: 0, commutative: true, meaning: 'a + b, IEEE 754, to nearest even. The bits of a NaN result are unspecified, here and below' },
  { name: 'fsub', shape: Shape.AB, effect: 0, meaning: 'a - b' },
  { name: 'fmul', shape: Shape.AB, effect: 0, commutative: true, meaning: 'a × b' },
  { name: 'fdiv', shape: Shape.AB, effect: 0, meaning: 'a / b' },
  { name: 'fneg', shape: Shape.A, effect: 0, meaning: 'a with its sign bit flipped' },
  { name: 'fabs', shape: Shape.A, effect: 0, meaning: 'a with its sign bit cleared' },
  { name: 'fsqrt', shape: Shape.A, effect: 0, meaning: 'square root' },
  { name: 'sitof', shape: Shape.A, effect: 0, meaning: 'signed i32 or i64 to f32 or f64, to nearest even' },
  { name: 'uitof', shape: Shape.A, effect: 0, meaning: 'unsigned i32 or i64 to f32 or f64, to nearest even' },
  { name: 'ftosi', shape: Shape.A, effect: 0, meaning: 'f32 or f64 to i32 or i64 toward zero, saturating; NaN gives 0' },
  { name: 'ftoui', shape: Shape.A, effect: 0, meaning: 'f32 or f64 to unsigned i32 or i64 toward zero, saturating; NaN gives 0' },
  { name: 'fpromote', shape: Shape.A, effect: 0, meaning: 'f32 to f64' },
  { name: 'fdemote', shape: Shape.A, effect: 0, meaning: 'f64 to f32' },

  { name: 'ptradd', shape: Shape.AB, effect: 0, meaning: 'ptr a + i64 b bytes, wrapping' },
  { name: 'load', shape: Shape.A, effect: Effect.Reads, meaning: 'reads memory at ptr a + c; aux is the access (width, extension, volatile)' },
  { name: 'store', shape: Shape.AB, effect: Effect.Writes, meaning: 'writes b to memory at ptr a + c; aux is the access' },
  { name: 'memcopy', shape: Shape.ABC, effect: RW, meaning: 'copies i64 c bytes to ptr a from ptr b, which do not overlap or are equal; aux is an alignment both are known to have, in bytes, 0 for none' },
  { name: 'memfill', shape: Shape.ABC, effect: Effect.Writes, meaning: 'sets i64 c bytes at ptr a to the low byte of i32 b; aux is an alignment a is known to have, in bytes, 0 for none' },
  { name: 'sysread', shape: Shape.A, effect: Effect.Pinned | RW, meaning: 'reads the register numbered by i32 a in the space of aux (ports: any value; others: an iconst)' },
  { name: 'syswrite', shape: Shape.AB, effect: Effect.Pinned | RW, meaning: 'writes b to the register numbered by i32 a in the space of aux' },

  { name: 'call', shape: Shape.List, effect: Effect.Pinned | RW | Effect.Traps, meaning: 'calls symbol a with pool[b .. b+c]; aux is the signature; its type is the first result' },
  { name: 'callptr', shape: Shape.AList, effect: Effect.Pinned | RW | Effect.Traps, meaning: 'calls the function at ptr a with pool[b .. b+c]; aux is the signature' },
  { name: 'result1', shape: Shape.A, effect: Effect.Pinned, meaning: 'the second result of call a, which stands directly before it' },
  { name: 'trapif', shape: Shape.A, effect: Effect.Traps | Effect.Pinned, meaning: 'if a (bool) is 1, traps with code aux' },

  { name: 'jump', shape: Shape.Jump, effect: T, meaning: 'goes along edge a' },
  { name: 'brif', shape: Shape.Branch, effect: T, meaning: 'goes along edge b if a (bool) is 1, else along edge c' },
  { name: 'switch', shape: Shape.Switch, effect: T, meaning: 'goes along the edge of the case equal to a (i32 or i64), else along the default edge; cases differ' },
  { name: 'ret', shape: Shape.List, effect: T, meaning: 'returns pool[b .. b+c], the function\'s results' },
  { name: 'trap', shape: Shape.None, effect: T | Effect.Traps, meaning: 'ends with trap code aux' },
];

export const enum Op {
  Nop, Param, Iconst, Fconst, Symbol, Slot,
  Add, Sub, Mul, Sdiv, Udiv, Srem, Urem, Smulh, Umulh, And, Or, Xor, Shl, Lshr, Ashr, Rotl,
  Neg, Not, Clz, Ctz, Popcnt, Bswap,
  Icmp, Fcmp, Select,
  Sext, Zext, Trunc, Sext8, Sext16, Bitcast,
  Fadd, Fsub, Fmul, Fdiv, Fneg, Fabs, Fsqrt, Sitof, Uitof, Ftosi, Ftoui, Fpromote, Fdemote,
  Ptradd, Load, Store, Memcopy, Memfill, Sysread, Syswrite,
  Call, Callptr, Result1, Trapif,
  Jump, Brif, Switch, Ret, Trap,
}

/** Conditions of icmp and fcmp (aux). `invert` is `cond ^ 1`. */
export const enum Cond { Eq, Ne, Slt, Sge, Sgt, Sle, Ult, Uge, Ugt, Ule }
export const COND_NAMES = ['eq', 'ne', 'slt', 'sge', 'sgt', 'sle', 'ult', 'uge', 'ugt', 'ule'] as const;
/** fcmp uses Eq, Ne, Slt, Sge, Sgt, Sle of `Cond`, printed without the `s`. Inverting one is NOT `cond ^ 1` (NaN). */

/** The condition after a and b change places. */
export const COND_SWAPPED: readonly Cond[] = [
  Cond.Eq, Cond.Ne, Cond.Sgt, Cond.Sle, Cond.Slt, Cond.Sge, Cond.Ugt, Cond.Ule, Cond.Ult, Cond.Uge,
];

/** Access of a load or store (low four bits of aux). Loads of 8 and 16 bits give i32 or i64 by the result's type. */
export const enum Access { U8, S8, U16, S16, U32, S32, W64, F32, F64, Bool }
export const ACCESS_NAMES = ['u8', 's8', 'u16', 's16', 'u32', 's32', '64', 'f32', 'f64', 'bool'] as const;
export const ACCESS_BYTES = [1, 1, 2, 2, 4, 4, 8, 4, 8, 1];
export const ACCESS_MASK = 15;
/** set in aux: exactly one access of exactly this width, never moved, merged or dropped */
export const VOLATILE = 16;
/** set in aux of a load: the memory never changes, so the load may move and merge freely */
export const INVARIANT = 32;

/** Register spaces of sysread and syswrite: space in the low four bits of aux, width in bytes in the next four. */
export const enum Space { Port, Control, Msr, System, Csr }
export const SPACE_NAMES = ['port', 'cr', 'msr', 'system', 'csr'] as const;

/** Trap codes: what a panic says and what `docs/language.md` lists. */
export const enum TrapCode {
  Unreachable = 1, DivisionByZero, OutOfBounds, AssertFailed, Overflow, NullUnwrap, BadEnum, StackOverflow, Explicit,
}
export const TRAP_NAMES = [
  '', 'unreachable', 'division_by_zero', 'out_of_bounds', 'assert_failed', 'overflow', 'null_unwrap', 'bad_enum',
  'stack_overflow', 'explicit',
] as const;

export function hasEffect(op: Op, effect: Effect): boolean {
  return (OPS[op]!.effect & effect) !== 0;
}

export function isTerminator(op: Op): boolean {
  return op >= Op.Jump;
}
