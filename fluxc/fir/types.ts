/**
 * The seventeen FIR types, their sizes in memory and the registers that hold them.
 *
 * Values in registers have one of the *value types*: `i32`, `i64`, `f32`, `f64`, `ptr`, `bool`, `func` and the handles.
 * `i8` and `i16` exist in memory only (loads widen, stores narrow): 32-bit machines and wider ones compute alike on
 * `i32`, so nobody has to say what the upper bits of a byte register hold. `struct` and `array` are memory as well.
 */
export const enum Type {
  Void,
  I8,
  I16,
  I32,
  I64,
  F32,
  F64,
  Ptr,
  Func,
  Struct,
  Array,
  Bool,
  Agent,
  Capability,
  Bytecode,
  Region,
  Any,
}

export const TYPE_NAMES = [
  'void', 'i8', 'i16', 'i32', 'i64', 'f32', 'f64', 'ptr', 'func', 'struct', 'array', 'bool',
  'agent', 'capability', 'bytecode', 'region', 'any',
] as const;

/** Bytes of a value of the type in memory; 0 where only the declaration knows (struct, array) or there is none. */
export const TYPE_BYTES = [0, 1, 2, 4, 8, 4, 8, 8, 8, 0, 0, 1, 8, 8, 8, 8, 8];

/** May a FIR value have this type? */
export function isValueType(type: Type): boolean {
  return type >= Type.I32 && type !== Type.Struct && type !== Type.Array;
}

export function isFloat(type: Type): boolean {
  return type === Type.F32 || type === Type.F64;
}

/** Held in a 64-bit integer register: everything but i32, bool and floats. */
export function isWide(type: Type): boolean {
  return type === Type.I64 || type === Type.Ptr || type === Type.Func || type >= Type.Agent;
}

/** Integer arithmetic is defined on these two; pointers move with `ptradd`. */
export function isInteger(type: Type): boolean {
  return type === Type.I32 || type === Type.I64;
}
