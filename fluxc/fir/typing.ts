/**
 * The types that each operation takes and gives, one row an operation, in the order of `Op`. Parser, verifier and the
 * reference page read it.
 *
 * `T` stands for one type out of the row's `T`, the same wherever it occurs; other words name a type or a set of types.
 * What no row can say (accesses, conversions, calls) is in `verify.ts`; such rows say as much as always holds.
 */
import { Op, OPS } from './ops.ts';
import { isFloat, isInteger, isValueType, Type, TYPE_NAMES } from './types.ts';

export interface TypingRow {
  name: string;
  /** '' if the operation gives no value; `call` may give one or not */
  result: string;
  operands: readonly string[];
  /** what `T` may be */
  T: string;
}

const ROWS: readonly (readonly [name: string, result: string, operands: string, T?: string])[] = [
  ['nop', '', ''],
  ['param', 'value', ''],
  ['iconst', 'integral', ''],
  ['fconst', 'float', ''],
  ['symbol', 'address', ''],
  ['slot', 'ptr', ''],
  ['add', 'T', 'T T', 'int'],
  ['sub', 'T', 'T T', 'int'],
  ['mul', 'T', 'T T', 'int'],
  ['sdiv', 'T', 'T T', 'int'],
  ['udiv', 'T', 'T T', 'int'],
  ['srem', 'T', 'T T', 'int'],
  ['urem', 'T', 'T T', 'int'],
  ['smulh', 'T', 'T T', 'int'],
  ['umulh', 'T', 'T T', 'int'],
  ['and', 'T', 'T T', 'bits'],
  ['or', 'T', 'T T', 'bits'],
  ['xor', 'T', 'T T', 'bits'],
  ['shl', 'T', 'T T', 'int'],
  ['lshr', 'T', 'T T', 'int'],
  ['ashr', 'T', 'T T', 'int'],
  ['rotl', 'T', 'T T', 'int'],
  ['neg', 'T', 'T', 'int'],
  ['not', 'T', 'T', 'bits'],
  ['clz', 'T', 'T', 'int'],
  ['ctz', 'T', 'T', 'int'],
  ['popcnt', 'T', 'T', 'int'],
  ['bswap', 'T', 'T', 'int'],
  ['icmp', 'bool', 'T T', 'integral'],
  ['fcmp', 'bool', 'T T', 'float'],
  ['select', 'T', 'bool T T', 'value'],
  ['sext', 'i64', 'i32'],
  ['zext', 'int', 'narrow'],
  ['trunc', 'narrow', 'int'],
  ['sext8', 'T', 'T', 'int'],
  ['sext16', 'T', 'T', 'int'],
  ['bitcast', 'value', 'value'],
  ['fadd', 'T', 'T T', 'float'],
  ['fsub', 'T', 'T T', 'float'],
  ['fmul', 'T', 'T T', 'float'],
  ['fdiv', 'T', 'T T', 'float'],
  ['fneg', 'T', 'T', 'float'],
  ['fabs', 'T', 'T', 'float'],
  ['fsqrt', 'T', 'T', 'float'],
  ['sitof', 'float', 'int'],
  ['uitof', 'float', 'int'],
  ['ftosi', 'int', 'float'],
  ['ftoui', 'int', 'float'],
  ['fpromote', 'f64', 'f32'],
  ['fdemote', 'f32', 'f64'],
  ['ptradd', 'ptr', 'ptr i64'],
  ['load', 'value', 'ptr'],
  ['store', '', 'ptr value'],
  ['memcopy', '', 'ptr ptr i64'],
  ['memfill', '', 'ptr i32 i64'],
  ['sysread', 'int', 'i32'],
  ['syswrite', '', 'i32 int'],
  ['call', 'value', ''],
  ['callptr', 'value', 'address'],
  ['result1', 'value', ''],
  ['trapif', '', 'bool'],
  ['jump', '', ''],
  ['brif', '', 'bool'],
  ['switch', '', 'int'],
  ['ret', '', ''],
  ['trap', '', ''],
];

export const TYPING: readonly TypingRow[] = ROWS.map(([name, result, operands, T = '']) => ({
  name, result, operands: operands === '' ? [] : operands.split(' '), T,
}));

/** The sets of types that rows name. */
export const TYPE_SETS: Readonly<Record<string, (type: Type) => boolean>> = {
  int: isInteger,
  float: isFloat,
  bits: (type) => isInteger(type) || type === Type.Bool,
  narrow: (type) => type === Type.I32 || type === Type.Bool,
  address: (type) => type === Type.Ptr || type === Type.Func,
  integral: (type) => isValueType(type) && !isFloat(type),
  value: isValueType,
};

/** Does `type` belong to `set`, a name of `TYPE_SETS` or of a type? */
export function typeMatches(type: Type, set: string): boolean {
  const test = TYPE_SETS[set];
  return test ? test(type) : TYPE_NAMES[type] === set;
}

/** Does an instruction of this operation always give a value, never, or as its signature says (calls)? */
export function givesValue(op: Op): 'always' | 'never' | 'by signature' {
  if (op === Op.Call || op === Op.Callptr) return 'by signature';
  return TYPING[op]!.result === '' ? 'never' : 'always';
}

for (let op = 0; op < OPS.length; op++) {
  if (TYPING[op]?.name !== OPS[op]!.name) throw new Error(`typing row ${op} is not about ${OPS[op]!.name}`);
}
