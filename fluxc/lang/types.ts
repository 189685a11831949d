/**
 * The types of Flux: what they are, when two are the same, what they are called, and how their values lie in memory.
 *
 * Structs, enums and register blocks are themselves (two with the same fields differ); every other type is compared by
 * its parts. A `variable` stands for the type of an integer or float literal until its use decides: `prune` looks
 * through it, `unify` decides it, and `settle` gives what stays open its default, `i64` or `f64`.
 * Layout is that of C on 64-bit machines: each field at its natural alignment, in the order of the declaration.
 */
import type { Access as Accessible } from './entities.ts';

export interface IntType { kind: 'int'; name: string; bits: 8 | 16 | 32 | 64; signed: boolean }
export interface FloatType { kind: 'float'; name: string; bits: 32 | 64 }
export interface HandleType { kind: 'handle'; name: 'agent' | 'capability' | 'bytecode' | 'region' }
/** `bad` is the type of what was reported already: it goes with everything. `never`: no value, control leaves */
export interface PlainType { kind: 'bad' | 'void' | 'never' | 'null' | 'bool' }
export interface PointerType { kind: 'pointer'; to: FluxType }
export interface OptionalType { kind: 'optional'; of: FluxType }
/** `of` is void for `!` alone */
export interface ResultType { kind: 'result'; of: FluxType }
export interface ArrayType { kind: 'array'; count: number; of: FluxType }
export interface SliceType { kind: 'slice'; of: FluxType }
export interface FunctionType { kind: 'function'; params: FluxType[]; result: FluxType }

export interface StructField {
  name: string;
  type: FluxType;
  offset: number;
}

export interface StructType {
  kind: 'struct';
  name: string;
  module: string;
  /** filled by `complete` */
  fields: StructField[];
  size: number;
  align: number;
  /** may all its bytes be zero? */
  hasZero: boolean;
  /** resolves the fields at first need; null once done or while it runs */
  complete: (() => void) | null;
  /** layout is being computed: reached again, the struct contains itself */
  isOpen: boolean;
}

export interface EnumType {
  kind: 'enum';
  name: string;
  module: string;
  base: IntType;
  members: Map<string, bigint>;
  complete: (() => void) | null;
}

export interface BitFieldType { name: string; low: number; high: number }

export interface RegisterType {
  name: string;
  offset: number;
  type: IntType;
  /** how many stand one after the other; 0 if it is no array */
  count: number;
  access: Accessible;
  fields: BitFieldType[];
}

export interface RegistersType {
  kind: 'registers';
  name: string;
  module: string;
  /** `memory` and `port` blocks are reached through a reference; the others are one object, named by the type */
  space: 'memory' | 'port' | 'cr' | 'msr' | 'system' | 'csr';
  /** the type itself is the object: `registers … in <space>` */
  isAbsolute: boolean;
  stride: number;
  width: IntType;
  registers: Map<string, RegisterType>;
  complete: (() => void) | null;
}

export interface Variable {
  kind: 'variable';
  isFloat: boolean;
  bound: FluxType | null;
}

export type FluxType =
  | IntType | FloatType | HandleType | PlainType | PointerType | OptionalType | ResultType | ArrayType | SliceType
  | FunctionType | StructType | EnumType | RegistersType | Variable;

const int = (name: string, bits: 8 | 16 | 32 | 64, signed: boolean): IntType => ({ kind: 'int', name, bits, signed });

export const BAD: PlainType = { kind: 'bad' };
export const VOID: PlainType = { kind: 'void' };
export const NEVER: PlainType = { kind: 'never' };
export const NULL: PlainType = { kind: 'null' };
export const BOOL: PlainType = { kind: 'bool' };
export const I8 = int('i8', 8, true);
export const I16 = int('i16', 16, true);
export const I32 = int('i32', 32, true);
export const I64 = int('i64', 64, true);
export const U8 = int('u8', 8, false);
export const U16 = int('u16', 16, false);
export const U32 = int('u32', 32, false);
export const U64 = int('u64', 64, false);
/** an address as an integer: unsigned, 64 bits, and no `u64` */
export const ADDR = int('addr', 64, false);
export const F32: FloatType = { kind: 'float', name: 'f32', bits: 32 };
export const F64: FloatType = { kind: 'float', name: 'f64', bits: 64 };
export const TEXT: SliceType = { kind: 'slice', of: U8 };

export const BUILT_IN_TYPES = new Map<string, FluxType>([
  ...[I8, I16, I32, I64, U8, U16, U32, U64, ADDR].map((type): [string, FluxType] => [type.name, type]),
  ['f32', F32], ['f64', F64], ['bool', BOOL],
  ...(['agent', 'capability', 'bytecode', 'region'] as const).map((name): [string, FluxType] => [
    name, { kind: 'handle', name },
  ]),
]);

// ---- variables ----

export function variable(isFloat: boolean): Variable {
  return { kind: 'variable', isFloat, bound: null };
}

/** The type itself, or what a decided variable stands for. */
export function prune(type: FluxType): FluxType {
  while (type.kind === 'variable' && type.bound) type = type.bound;
  return type;
}

/** Decides every open variable in `type` with its default. */
export function settle(type: FluxType): FluxType {
  const pruned = prune(type);
  switch (pruned.kind) {
    case 'variable': return (pruned.bound = pruned.isFloat ? F64 : I64);
    case 'pointer': settle(pruned.to); break;
    case 'optional': case 'result': case 'array': case 'slice': settle(pruned.of); break;
  }
  return pruned;
}

/** Are the two types the same, once open variables in them are decided? Decides them if so. */
export function unify(left: FluxType, right: FluxType): boolean {
  const a = prune(left);
  const b = prune(right);
  if (a === b) return true;
  if (a.kind === 'bad' || b.kind === 'bad') return true;
  if (a.kind === 'variable') return decide(a, b);
  if (b.kind === 'variable') return decide(b, a);
  switch (a.kind) {
    case 'pointer': return b.kind === 'pointer' && unify(a.to, b.to);
    case 'optional': return b.kind === 'optional' && unify(a.of, b.of);
    case 'result': return b.kind === 'result' && unify(a.of, b.of);
    case 'array': return b.kind === 'array' && a.count === b.count && unify(a.of, b.of);
    case 'slice': return b.kind === 'slice' && unify(a.of, b.of);
    case 'function':
      return b.kind === 'function' && a.params.length === b.params.length &&
        a.params.every((param, index) => unify(param, b.params[index]!)) && unify(a.result, b.result);
    default: return false;
  }
}

function decide(open: Variable, type: FluxType): boolean {
  const wanted = open.isFloat ? 'float' : 'int';
  const fits = type.kind === 'variable' ? type.isFloat === open.isFloat : type.kind === wanted;
  if (fits) open.bound = type;
  return fits;
}

// ---- questions ----

export function isInteger(type: FluxType): boolean {
  const pruned = prune(type);
  return pruned.kind === 'int' || (pruned.kind === 'variable' && !pruned.isFloat);
}

export function isFloat(type: FluxType): boolean {
  const pruned = prune(type);
  return pruned.kind === 'float' || (pruned.kind === 'variable' && pruned.isFloat);
}

export function isBad(type: FluxType): boolean {
  return prune(type).kind === 'bad';
}

/** What an optional or a result would hold: literals and `.name` mean that. */
export function innermost(type: FluxType | null): FluxType | null {
  let inner = type && prune(type);
  while (inner && (inner.kind === 'optional' || inner.kind === 'result')) inner = prune(inner.of);
  return inner;
}

/** A pointer in a register that null can be told from: `?T` of it needs no flag. */
export function isPointerLike(type: FluxType): boolean {
  const kind = prune(type).kind;
  return kind === 'pointer' || kind === 'function' || kind === 'registers';
}

export function rangeOf(type: IntType): { least: bigint; most: bigint } {
  const bits = BigInt(type.bits);
  return type.signed
    ? { least: -(1n << (bits - 1n)), most: (1n << (bits - 1n)) - 1n }
    : { least: 0n, most: (1n << bits) - 1n };
}

/** The range of a type in words. */
export function rangeText(type: IntType): string {
  const { least, most } = rangeOf(type);
  return `\`${type.name}\` holds ${least} to ${most}`;
}

/** `value` modulo the type's width. */
export function wrap(value: bigint, type: IntType): bigint {
  return type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value);
}

export function fieldsOf(type: StructType): StructField[] {
  type.complete?.();
  return type.fields;
}

export function membersOf(type: EnumType): Map<string, bigint> {
  type.complete?.();
  return type.members;
}

export function registersOf(type: RegistersType): Map<string, RegisterType> {
  type.complete?.();
  return type.registers;
}

/** May a value of the type be all zero bytes? Pointers that are never null and enums without a zero may not. */
export function hasZero(type: FluxType): boolean {
  const pruned = prune(type);
  switch (pruned.kind) {
    case 'pointer': case 'function': case 'registers': return false;
    case 'array': return pruned.count === 0 || hasZero(pruned.of);
    case 'struct':
      pruned.complete?.();
      return pruned.hasZero;
    case 'enum': {
      for (const value of membersOf(pruned).values()) if (value === 0n) return true;
      return membersOf(pruned).size === 0;
    }
    case 'result': return hasZero(pruned.of);
    default: return true;
  }
}

/** The type as a document writes it. */
export function nameOf(type: FluxType): string {
  const pruned = prune(type);
  switch (pruned.kind) {
    case 'int': case 'float': case 'handle': case 'struct': case 'enum': case 'registers': return pruned.name;
    case 'pointer': return `*${nameOf(pruned.to)}`;
    case 'optional': return `?${nameOf(pruned.of)}`;
    case 'result': return prune(pruned.of).kind === 'void' ? '!' : `!${nameOf(pruned.of)}`;
    case 'array': return `[${pruned.count}]${nameOf(pruned.of)}`;
    case 'slice': return `[]${nameOf(pruned.of)}`;
    case 'function': {
      const result = prune(pruned.result).kind === 'void' ? '' : `: ${nameOf(pruned.result)}`;
      return `fn(${pruned.params.map(nameOf).join(', ')})${result}`;
    }
    case 'variable': return pruned.isFloat ? 'float' : 'integer';
    case 'void': return 'nothing';
    default: return pruned.kind;
  }
}

// ---- layout ----

export interface Layout {
  /** bytes, a multiple of `align` */
  size: number;
  align: number;
}

const LAYOUT_NONE: Layout = { size: 0, align: 1 };
const LAYOUT_8: Layout = { size: 8, align: 8 };
const LAYOUT_SLICE: Layout = { size: 16, align: 8 };

/** No object of more bytes than this: offsets in FIR are 32-bit. */
export const LARGEST_OBJECT = 0x4000_0000;

export function layoutOf(type: FluxType): Layout {
  const pruned = prune(type);
  switch (pruned.kind) {
    case 'int': case 'float': return { size: pruned.bits / 8, align: pruned.bits / 8 };
    case 'bool': return { size: 1, align: 1 };
    case 'handle': case 'pointer': case 'function': case 'registers': case 'variable': return LAYOUT_8;
    case 'slice': return LAYOUT_SLICE;
    case 'enum': return layoutOf(pruned.base);
    case 'struct':
      pruned.complete?.();
      return pruned;
    case 'array': {
      const item = layoutOf(pruned.of);
      return { size: Math.min(item.size * pruned.count, LARGEST_OBJECT), align: item.align };
    }
    case 'optional': return isPointerLike(pruned.of) ? LAYOUT_8 : tagged(1, pruned.of);
    case 'result': return tagged(4, pruned.of);
    default: return LAYOUT_NONE;
  }
}

/** Where the value of a `?T` or `!T` stands behind its tag (one byte, or the four of an error). */
export function payloadOffset(type: OptionalType | ResultType): number {
  if (type.kind === 'optional' && isPointerLike(type.of)) return 0;
  return alignUp(type.kind === 'optional' ? 1 : 4, layoutOf(type.of).align);
}

function tagged(tag: number, of: FluxType): Layout {
  const value = layoutOf(of);
  const align = Math.max(tag, value.align);
  return { size: alignUp(alignUp(tag, value.align) + value.size, align), align };
}

export function alignUp(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}
