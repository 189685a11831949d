/** The C names of FIR symbols and the C types of FIR types. */
import { Type } from '../../fir/types.ts';

/**
 * The C identifier of a FIR symbol. Different symbols have different ones: `.` becomes `__`, `_` becomes `_u`, other
 * characters but letters and digits `_x` with their code in hexadecimal and `_`.
 */
export function cName(symbol: string): string {
  let out = 'fir_';
  for (let i = 0; i < symbol.length; i++) {
    const code = symbol.charCodeAt(i);
    const letter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
    out += letter ? symbol[i] : code === 46 ? '__' : code === 95 ? '_u' : `_x${code.toString(16)}_`;
  }
  return out;
}

/**
 * Integers are unsigned, for C defines how those wrap; addresses are integers, for C would say what they may point
 * to.
 */
export function cType(type: Type): string {
  switch (type) {
    case Type.Void: return 'void';
    case Type.I32: case Type.Bool: return 'uint32_t';
    case Type.F32: return 'float';
    case Type.F64: return 'double';
    default: return 'uint64_t';
  }
}

/** Suffix of a helper of the prelude for a type: `32` or `64` for integers, `f32` or `f64`. */
export function helperSuffix(type: Type): string {
  switch (type) {
    case Type.I32: case Type.Bool: return '32';
    case Type.F32: return 'f32';
    case Type.F64: return 'f64';
    default: return '64';
  }
}

/** The C type that functions with these results return. */
export function resultType(results: readonly Type[]): string {
  if (results.length < 2) return cType(results[0] ?? Type.Void);
  return `struct flux_${results.map(helperSuffix).join('_')}`;
}

/** A function's declarator: `uint64_t name(uint32_t, double)`. */
export function declarator(
  name: string, params: readonly Type[], results: readonly Type[], names?: readonly string[],
): string {
  const list = params.map((type, index) => cType(type) + (names ? ' ' + names[index] : ''));
  return `${resultType(results)} ${name}(${list.join(', ') || 'void'})`;
}
