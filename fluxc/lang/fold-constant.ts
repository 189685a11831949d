/**
 * Computes constants: a typed expression becomes a `ConstantValue`, with the same meaning as at run time (integers
 * wrap, division truncates). What cannot be known before the image runs is handed back as the part that `failed`.
 */
import type { CompareOp, ConstantValue, IntNode, TypedExpr } from './typed-tree.ts';
import {
  BOOL, fieldsOf, type FluxType, type IntType, isPointerLike, layoutOf, membersOf, prune, rangeOf, wrap,
} from './types.ts';

/** The value of an integer constant, null if it is none. */
export function foldInteger(node: TypedExpr): bigint | null {
  const value = fold(node);
  return value.constant?.kind === 'int' ? value.constant.value : null;
}

type Folded = { constant: ConstantValue; failed: null } | { constant: null; failed: TypedExpr };

/** The constant that `node` is, or the part of it that is none. */
export function fold(node: TypedExpr): Folded {
  const constant = foldNode(node);
  return constant.kind === 'failed' ? { constant: null, failed: constant.at } : { constant, failed: null };
}

type Part = ConstantValue | { kind: 'failed'; at: TypedExpr };

const failed = (at: TypedExpr): Part => ({ kind: 'failed', at });

function int(value: bigint, node: TypedExpr): IntNode {
  return { kind: 'int', value, isMask: false, isFolded: false, type: node.type, span: node.span };
}

function bool(value: boolean, node: TypedExpr): ConstantValue {
  return { kind: 'bool', value, type: BOOL, span: node.span };
}

function foldNode(node: TypedExpr): Part {
  switch (node.kind) {
    case 'int': case 'float': case 'bool': case 'null': case 'string': case 'function': case 'symbol': case 'zero':
      return node;
    case 'constant':
      node.entity.evaluate();
      return node.entity.value ?? failed({ kind: 'bad', type: { kind: 'bad' }, span: node.span });
    case 'some': {
      const value = foldNode(node.value);
      return value.kind === 'failed' ? value : { ...node, value };
    }
    case 'ok': {
      const value = node.value && foldNode(node.value);
      return value?.kind === 'failed' ? value : { ...node, value };
    }
    case 'arraySlice': {
      const pointer = foldNode(node.pointer);
      return pointer.kind === 'failed' ? pointer : { ...node, pointer };
    }
    case 'struct': {
      const fields: (ConstantValue | null)[] = [];
      for (const field of node.fields) {
        const value = field && foldNode(field);
        if (value?.kind === 'failed') return value;
        fields.push(value);
      }
      return { ...node, fields };
    }
    case 'array': {
      const items: ConstantValue[] = [];
      for (const item of node.items) {
        const value = foldNode(item);
        if (value.kind === 'failed') return value;
        items.push(value);
      }
      return { ...node, items };
    }
    case 'repeat': {
      const item = foldNode(node.item);
      return item.kind === 'failed' ? item : { ...node, item };
    }
    case 'address': return foldAddress(node.place, node.type) ?? failed(node.place);
    case 'slice': {
      const type = prune(node.object.type);
      const isWhole = type.kind === 'array' && !node.from && !node.to;
      const pointer = isWhole && foldAddress(node.object, { kind: 'pointer', to: type });
      return pointer ? { kind: 'arraySlice', pointer, type: node.type, span: node.span } : failed(node);
    }
    case 'field': return foldField(node);
    case 'index': return foldIndex(node);
    case 'length': {
      const slice = foldNode(node.slice);
      if (slice.kind === 'string') return int(BigInt(slice.bytes.length), node);
      return slice.kind === 'failed' ? slice : failed(node);
    }
    case 'unary': return foldUnary(node);
    case 'binary': return foldBinary(node);
    case 'compare': {
      const left = foldNode(node.left);
      const right = foldNode(node.right);
      if (left.kind === 'failed') return left;
      if (right.kind === 'failed') return right;
      const a = numberOf(left);
      const b = numberOf(right);
      return a === null || b === null ? failed(node) : bool(holds(node.op, a, b), node);
    }
    case 'logic': {
      const left = foldNode(node.left);
      if (left.kind !== 'bool') return left.kind === 'failed' ? left : failed(node);
      return left.value === (node.op === '||') ? left : foldNode(node.right);
    }
    case 'cast': return foldCast(node);
    case 'builtIn': {
      const [first, second] = node.args.map(foldNode);
      if (first?.kind === 'failed') return first;
      if (second?.kind === 'failed') return second;
      if (node.name !== 'min' && node.name !== 'max') return failed(node);
      if (first?.kind !== 'int' || second?.kind !== 'int') return failed(node);
      return (first.value < second.value) === (node.name === 'min') ? first : second;
    }
    default: return failed(node);
  }
}

function numberOf(value: ConstantValue): bigint | number | null {
  switch (value.kind) {
    case 'int': case 'float': return value.value;
    case 'bool': return value.value ? 1 : 0;
    default: return null;
  }
}

/** The address of an object of the program, or of a part of one. */
function foldAddress(place: TypedExpr, type: FluxType): Extract<ConstantValue, { kind: 'symbol' }> | null {
  switch (place.kind) {
    case 'static': case 'constant':
      return { kind: 'symbol', symbol: place.entity.symbol, offset: 0, type, span: place.span };
    case 'field': {
      const base = foldAddress(place.object, type);
      return base && { ...base, offset: base.offset + place.field.offset };
    }
    case 'index': {
      if (prune(place.object.type).kind !== 'array') return null;
      const base = foldAddress(place.object, type);
      const index = foldNode(place.index);
      if (!base || index.kind !== 'int') return null;
      return { ...base, offset: base.offset + Number(index.value) * layoutOf(place.type).size };
    }
    default: return null;
  }
}

function foldField(node: Extract<TypedExpr, { kind: 'field' }>): Part {
  const object = foldNode(node.object);
  if (object.kind === 'failed') return object;
  const type = prune(node.object.type);
  if (object.kind === 'struct' && type.kind === 'struct') {
    const value = object.fields[fieldsOf(type).indexOf(node.field)];
    return value ? foldNode(value) : { kind: 'zero', type: node.type, span: node.span };
  }
  return object.kind === 'zero' ? { ...object, type: node.type } : failed(node);
}

function foldIndex(node: Extract<TypedExpr, { kind: 'index' }>): Part {
  const object = foldNode(node.object);
  const index = foldNode(node.index);
  if (object.kind === 'failed') return object;
  if (index.kind === 'failed') return index;
  if (index.kind !== 'int') return failed(node);
  const at = Number(index.value);
  if (object.kind === 'array' && at < object.items.length) return foldNode(object.items[at]!);
  if (object.kind === 'repeat') return foldNode(object.item);
  if (object.kind === 'zero') return { ...object, type: node.type };
  if (object.kind === 'string' && at < object.bytes.length) return int(BigInt(object.bytes[at]!), node);
  return failed(node);
}

function foldUnary(node: Extract<TypedExpr, { kind: 'unary' }>): Part {
  const operand = foldNode(node.operand);
  if (operand.kind === 'bool') return bool(!operand.value, node);
  if (operand.kind === 'float') return { ...operand, value: -operand.value, span: node.span };
  const type = prune(node.type);
  if (operand.kind !== 'int' || type.kind !== 'int') return operand.kind === 'failed' ? operand : failed(node);
  return int(wrap(node.op === '-' ? -operand.value : ~operand.value, type), node);
}

function foldBinary(node: Extract<TypedExpr, { kind: 'binary' }>): Part {
  const left = foldNode(node.left);
  const right = foldNode(node.right);
  if (left.kind === 'failed') return left;
  if (right.kind === 'failed') return right;
  const type = prune(node.type);
  if (left.kind === 'float' && right.kind === 'float' && type.kind === 'float') {
    const value = floatOperation(node.op, left.value, right.value);
    return value === null ? failed(node) : { kind: 'float', value: round(value, type.bits), type, span: node.span };
  }
  if (left.kind === 'bool' && right.kind === 'bool') {
    if (node.op === '&') return bool(left.value && right.value, node);
    return bool(node.op === '|' ? left.value || right.value : left.value !== right.value, node);
  }
  if (left.kind !== 'int' || right.kind !== 'int' || type.kind !== 'int') return failed(node);
  const value = integerOperation(node.op, left.value, right.value, type);
  return value === null ? failed({ ...node, kind: 'trap', code: 2 }) : int(wrap(value, type), node);
}

function floatOperation(op: string, a: number, b: number): number | null {
  switch (op) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return a / b;
    default: return null;
  }
}

/** As FIR does it, before the result wraps; null where it traps. */
function integerOperation(op: string, a: bigint, b: bigint, type: IntType): bigint | null {
  const count = BigInt.asUintN(64, b) % BigInt(type.bits);
  switch (op) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return b === 0n ? null : a / b;
    case '%': return b === 0n ? null : a % b;
    case '&': return a & b;
    case '|': return a | b;
    case '^': return a ^ b;
    case '<<': return a << count;
    default: return a >> count;
  }
}

function foldCast(node: Extract<TypedExpr, { kind: 'cast' }>): Part {
  const value = foldNode(node.value);
  const to = prune(node.type);
  switch (value.kind) {
    case 'int':
      if (to.kind === 'int') return int(wrap(value.value, to), node);
      if (to.kind === 'float') {
        return { kind: 'float', value: round(Number(value.value), to.bits), type: to, span: node.span };
      }
      if (to.kind === 'enum') {
        for (const member of membersOf(to).values()) if (member === value.value) return int(value.value, node);
        return failed({ ...node, kind: 'trap', code: 7 });
      }
      if (isPointerLike(to) || to.kind === 'optional' || to.kind === 'handle') return int(value.value, node);
      return failed(node);
    case 'bool': return to.kind === 'int' ? int(value.value ? 1n : 0n, node) : failed(node);
    case 'float':
      if (to.kind === 'float') return { ...value, value: round(value.value, to.bits), type: to, span: node.span };
      return to.kind === 'int' ? int(saturate(value.value, to), node) : failed(node);
    case 'symbol': return { ...value, type: to, span: node.span };
    case 'function':
      if (!isPointerLike(to) && to.kind !== 'int') return failed(node);
      return { kind: 'symbol', symbol: value.entity.symbol, offset: 0, type: to, span: node.span };
    case 'failed': return value;
    default: return failed(node);
  }
}

function round(value: number, bits: 32 | 64): number {
  return bits === 32 ? Math.fround(value) : value;
}

function saturate(value: number, type: IntType): bigint {
  const { least, most } = rangeOf(type);
  if (value !== value) return 0n;
  const whole = Math.trunc(value);
  if (whole <= Number(least)) return least;
  return whole >= Number(most) ? most : BigInt(whole);
}

/** Are all bytes of the value zero? */
export function isZero(value: TypedExpr): boolean {
  switch (value.kind) {
    case 'int': return value.value === 0n;
    case 'bool': return !value.value;
    case 'null': case 'zero': return true;
    case 'float': return Object.is(value.value, 0);
    case 'repeat': return value.count === 0 || isZero(value.item);
    case 'array': return value.items.every(isZero);
    case 'struct': return value.fields.every((field) => field === null || isZero(field));
    default: return false;
  }
}

/** What a comparison gives. */
export function holds(op: CompareOp, a: bigint | number, b: bigint | number): boolean {
  switch (op) {
    case '==': return a === b;
    case '!=': return a !== b;
    case '<': return a < b;
    case '<=': return a <= b;
    case '>': return a > b;
    case '>=': return a >= b;
  }
}
