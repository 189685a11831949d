/** Checks registers: which there are, what may be done with them, and values of their bit fields. */
import type { Expr, Name } from './ast.ts';
import type { Checker } from './checker.ts';
import { oneOf } from './entities.ts';
import type { FieldValue, RegisterPlace, TypedExpr } from './typed-tree.ts';
import {
  type BitFieldType, BOOL, isBad, prune, registersOf, type RegistersType, type RegisterType, VOID,
} from './types.ts';

type MemberExpr = Extract<Expr, { kind: 'member' }>;
type CallExpr = Extract<Expr, { kind: 'call' }>;
type RegisterNode = Extract<TypedExpr, { kind: 'registerRead' }>;

/** A register of a block, or of a space for `block` null. */
export function registerOf(k: Checker, registers: RegistersType, block: TypedExpr | null, expr: MemberExpr): TypedExpr {
  const { name, span } = expr;
  const register = registersOf(registers).get(name.text);
  if (!register) {
    k.report('FX0306', name.span, registers.name, name.text, oneOf(name.text, [...registersOf(registers).keys()]));
    return k.bad(span);
  }
  const arch = k.c.environment.arch;
  const home = HOME_OF_SPACE[registers.space];
  if (home && home !== arch) {
    k.report('FX0345', span, registers.name, registers.space, arch);
    return k.bad(span);
  }
  const place: RegisterPlace = { registers, register, block, index: null };
  return { kind: 'registerRead', place, field: null, type: register.type, span };
}

/** The one architecture that has a register space. */
const HOME_OF_SPACE: Record<RegistersType['space'], string | null> = {
  memory: null, port: 'x86_64', cr: 'x86_64', msr: 'x86_64', system: 'arm64', csr: 'riscv64',
};

/** A bit field of a register. */
export function bitField(k: Checker, object: RegisterNode, expr: MemberExpr): TypedExpr {
  const { register } = object.place;
  const name: Name = expr.name;
  if (!isWhole(k, object)) return k.bad(expr.span);
  const field = register.fields.find((candidate) => candidate.name === name.text);
  if (!field) {
    const hint = oneOf(name.text, register.fields.map((other) => other.name), 'its fields are');
    k.report('FX0306', name.span, register.name, name.text, hint);
    return k.bad(expr.span);
  }
  const type = field.low === field.high ? BOOL : register.type;
  return { ...object, field, type, span: expr.span };
}

/** Is one register meant, not a whole array of them? Reports if not. */
export function isWhole(k: Checker, node: RegisterNode): boolean {
  const { register, index } = node.place;
  if (register.count === 0 || index) return true;
  k.report('FX0342', node.span, register.name, register.count, register.name);
  return false;
}

/** A register as a value: it must be readable. */
export function readRegister(k: Checker, node: RegisterNode): TypedExpr {
  if (!isWhole(k, node)) return k.bad(node.span);
  if (node.place.register.access !== 'w') return node;
  const hint = 'it cannot be read: keep what you wrote in a variable';
  k.report('FX0343', node.span, node.place.register.name, 'write-only', hint);
  return k.bad(node.span);
}

/** Checks that a register may be written, or changed in part. */
export function canWrite(k: Checker, node: RegisterNode, reads: boolean): boolean {
  if (!isWhole(k, node)) return false;
  const { register } = node.place;
  if (register.access === 'r') {
    const hint = 'the table of its registers says `r`: nothing can be written';
    k.report('FX0343', node.span, register.name, 'read-only', hint);
    return false;
  }
  if (reads && register.access === 'w') {
    k.report('FX0343', node.span, register.name, 'write-only',
      `its other fields cannot be kept: write them all with \`${register.name}.write(field: value, …)\``);
    return false;
  }
  return true;
}

/** `register.write(…)`, or `register.modify(…)` with `reads`. */
export function registerFields(
  k: Checker, object: RegisterNode, reads: boolean, expr: CallExpr,
): TypedExpr {
  const { register } = object.place;
  const isRight = canWrite(k, object, reads);
  const fields: FieldValue[] = [];
  for (const argument of expr.args) {
    if (!argument.name) {
      const hint = 'say which field: `register.write(field: value)`; the whole register is written with `=`';
      k.report('FX0356', argument.value.span, register.name, hint);
      continue;
    }
    const name = argument.name.text;
    const field = register.fields.find((candidate) => candidate.name === name);
    if (!field) {
      const hint = oneOf(name, register.fields.map((other) => other.name), 'its fields are');
      k.report('FX0306', argument.name.span, register.name, name, hint);
      continue;
    }
    if (fields.some((other) => other.field === field)) k.report('FX0317', argument.name.span, name);
    fields.push({ field, value: fieldValue(k, register, field, argument.value) });
  }
  if (!isRight) return k.bad(expr.span);
  return { kind: 'registerFields', place: object.place, fields, reads, type: VOID, span: expr.span };
}

/** A value for a bit field: one bit takes a `bool`, or 0 or 1; more bits take the register's type. */
export function fieldValue(k: Checker, register: RegisterType, field: BitFieldType, expr: Expr): TypedExpr {
  const isOneBit = field.low === field.high;
  const value = k.check(expr, isOneBit ? BOOL : register.type);
  if (isBad(value.type)) return value;
  if (isOneBit) {
    if (value.kind === 'int' && prune(value.type).kind === 'variable' && (value.value === 0n || value.value === 1n)) {
      value.isFolded = true;
      return { kind: 'bool', value: value.value === 1n, type: BOOL, span: value.span };
    }
    return k.coerce(value, BOOL, expr);
  }
  const node = k.coerce(value, register.type, expr);
  const bits = field.high - field.low + 1;
  if (node.kind === 'int' && (node.value < 0n || node.value >= 1n << BigInt(bits))) {
    node.isFolded = true;
    k.report('FX0344', node.span, String(node.value), field.name, bits, bits);
  }
  return node;
}
