/**
 * How a value of a type travels: as one FIR value, as two, or through memory.
 *
 * | type | first | second |
 * |---|---|---|
 * | integers, `bool`, enums, floats, handles, pointers | the value | |
 * | `?*T` and other optional pointers | the pointer, 0 for null | |
 * | `!` | i32 error, 0 for none | |
 * | `[]T` | ptr | i64 length |
 * | `?T`, T one value | bool: is there one | the value |
 * | `!T`, T one value | i32 error, 0 for none | the value |
 *
 * Everything else lies in memory, `?T` and `!T` with their tag at offset 0. Integers of 8 and 16 bits are i32 that hold
 * the value extended by its type's sign: every operation leaves them so.
 */
import { Access } from '../fir/ops.ts';
import { Type } from '../fir/types.ts';
import { type FluxType, isPointerLike, payloadOffset, prune } from './types.ts';

/** One FIR value and where it lies in memory. */
export interface Part {
  type: Type;
  /** access of the value in memory */
  access: Access;
  /** bytes from the start of the whole */
  offset: number;
}

export interface Representation {
  kind: 'none' | 'scalar' | 'pair' | 'memory';
  first: Part;
  second: Part;
}

const part = (type: Type, access: Access, offset = 0): Part => ({ type, access, offset });
const NO_PART = part(Type.Void, Access.U8);
const PTR = part(Type.Ptr, Access.W64);
const I32_PART = part(Type.I32, Access.S32);
const BOOL_PART = part(Type.Bool, Access.Bool);
const LENGTH = part(Type.I64, Access.W64, 8);
const NOTHING: Representation = { kind: 'none', first: NO_PART, second: NO_PART };
const MEMORY: Representation = { kind: 'memory', first: NO_PART, second: NO_PART };
const SLICE: Representation = { kind: 'pair', first: PTR, second: LENGTH };

const INTEGERS: Record<string, Part> = {
  u8: part(Type.I32, Access.U8), i8: part(Type.I32, Access.S8),
  u16: part(Type.I32, Access.U16), i16: part(Type.I32, Access.S16),
  u32: part(Type.I32, Access.U32), i32: part(Type.I32, Access.S32),
  u64: part(Type.I64, Access.W64), i64: part(Type.I64, Access.W64), addr: part(Type.I64, Access.W64),
};
const HANDLES = { agent: Type.Agent, capability: Type.Capability, bytecode: Type.Bytecode, region: Type.Region };

/** The one FIR value that holds a value of the type; null if it takes none, two or memory. */
export function scalarPart(type: FluxType): Part | null {
  const pruned = prune(type);
  switch (pruned.kind) {
    case 'int': return INTEGERS[pruned.name]!;
    case 'enum': return INTEGERS[pruned.base.name]!;
    case 'bool': return BOOL_PART;
    case 'float': return pruned.bits === 32 ? part(Type.F32, Access.F32) : part(Type.F64, Access.F64);
    case 'handle': return part(HANDLES[pruned.name], Access.W64);
    case 'pointer': case 'registers': case 'function': return PTR;
    case 'optional': return isPointerLike(pruned.of) ? PTR : null;
    case 'result': return prune(pruned.of).kind === 'void' ? I32_PART : null;
    default: return null;
  }
}

export function representationOf(type: FluxType): Representation {
  const pruned = prune(type);
  const scalar = scalarPart(pruned);
  if (scalar) return { kind: 'scalar', first: scalar, second: NO_PART };
  switch (pruned.kind) {
    case 'slice': return SLICE;
    case 'optional': case 'result': {
      const inner = scalarPart(pruned.of);
      if (!inner) return MEMORY;
      return {
        kind: 'pair', first: pruned.kind === 'optional' ? BOOL_PART : I32_PART,
        second: part(inner.type, inner.access, payloadOffset(pruned)),
      };
    }
    case 'struct': case 'array': return MEMORY;
    default: return NOTHING;
  }
}

export function isInMemory(type: FluxType): boolean {
  return representationOf(type).kind === 'memory';
}
