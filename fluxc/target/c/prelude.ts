/**
 * What stands at the start of every C file: the operations that C has no operator for, or that C leaves undefined.
 *
 * The program around it gives `flux_trap` (which does not return) and, if the FIR reads or writes system registers,
 * `flux_sysread` and `flux_syswrite`. Needs a compiler with `__int128` and the `__builtin` bit operations (GCC, Clang);
 * compile with `-fwrapv -fno-strict-aliasing -ffp-contract=off -fno-math-errno`, link with `-lm`.
 */

/** Helpers on integers of `w` bits. */
function integers(w: 32 | 64): string {
  const builtin = w === 32 ? '' : 'll';
  const half = w === 32 ? 'uint64_t' : 'unsigned __int128';
  const signedHalf = w === 32 ? 'int64_t' : '__int128';
  const u = `uint${w}_t`;
  const s = `int${w}_t`;
  return `
static inline ${u} flux_sdiv_checked${w}(${u} a, ${u} b) { return b == (${u})-1 ? 0 - a : (${u})((${s})a / (${s})b); }
static inline ${u} flux_srem_checked${w}(${u} a, ${u} b) { return b == (${u})-1 ? 0 : (${u})((${s})a % (${s})b); }
static inline ${u} flux_sdiv${w}(${u} a, ${u} b) { if (b == 0) flux_trap(2); return flux_sdiv_checked${w}(a, b); }
static inline ${u} flux_srem${w}(${u} a, ${u} b) { if (b == 0) flux_trap(2); return flux_srem_checked${w}(a, b); }
static inline ${u} flux_udiv${w}(${u} a, ${u} b) { if (b == 0) flux_trap(2); return a / b; }
static inline ${u} flux_urem${w}(${u} a, ${u} b) { if (b == 0) flux_trap(2); return a % b; }
static inline ${u} flux_umulh${w}(${u} a, ${u} b) { return (${u})(((${half})a * b) >> ${w}); }
static inline ${u} flux_smulh${w}(${u} a, ${u} b) { return (${u})(((${signedHalf})(${s})a * (${s})b) >> ${w}); }
static inline ${u} flux_rotl${w}(${u} a, ${u} b) { return a << (b & ${w - 1}) | a >> (-b & ${w - 1}); }
static inline ${u} flux_clz${w}(${u} a) { return a ? (${u})__builtin_clz${builtin}(a) : ${w}; }
static inline ${u} flux_ctz${w}(${u} a) { return a ? (${u})__builtin_ctz${builtin}(a) : ${w}; }`;
}

/** Conversions of float type `c` (FIR `name`) to integers: saturating, NaN to 0. */
function conversions(c: string, name: string): string {
  const rows = [32, 64].map((w) => {
    const most = `${2 ** (w - 1)}.0`;
    const unsignedMost = `${w === 32 ? 2 ** 32 : '18446744073709551616'}.0`;
    return `
static inline uint${w}_t flux_ftosi_${name}_${w}(${c} x) {
  if (x != x) return 0;
  if (x >= (${c})${most}) return UINT${w}_MAX >> 1;
  if (x < -(${c})${most}) return (uint${w}_t)1 << ${w - 1};
  return (uint${w}_t)(int${w}_t)x;
}
static inline uint${w}_t flux_ftoui_${name}_${w}(${c} x) {
  if (!(x > 0)) return 0;
  return x >= (${c})${unsignedMost} ? UINT${w}_MAX : (uint${w}_t)x;
}`;
  });
  return rows.join('');
}

/** Loads and stores at any address, as plain and as volatile accesses. */
function accesses(): string {
  const rows = [
    ['u8', 'uint8_t'], ['s8', 'int8_t'], ['u16', 'uint16_t'], ['s16', 'int16_t'], ['u32', 'uint32_t'],
    ['s32', 'int32_t'], ['64', 'uint64_t'], ['f32', 'float'], ['f64', 'double'], ['bool', 'uint8_t'],
  ];
  return rows.map(([name, c]) => `
static inline ${c} flux_load_${name}(uint64_t at) {
  ${c} x;
  memcpy(&x, (const void *)(uintptr_t)at, sizeof x);
  return x;
}
static inline void flux_store_${name}(uint64_t at, ${c} x) { memcpy((void *)(uintptr_t)at, &x, sizeof x); }
static inline ${c} flux_load_volatile_${name}(uint64_t at) { return *(volatile ${c} *)(uintptr_t)at; }
static inline void flux_store_volatile_${name}(uint64_t at, ${c} x) { *(volatile ${c} *)(uintptr_t)at = x; }`).join('');
}

/** Structures that functions with two results return, for each pair of register kinds. */
function pairs(): string {
  const kinds = [['32', 'uint32_t'], ['64', 'uint64_t'], ['f32', 'float'], ['f64', 'double']];
  return kinds.flatMap(([a, first]) => kinds.map(([b, second]) =>
    `\nstruct flux_${a}_${b} { ${first} first; ${second} second; };`)).join('');
}

/** The same bits as another type. */
function bitcasts(): string {
  const rows = [['f32', 'float', 'uint32_t', '32'], ['f64', 'double', 'uint64_t', '64']];
  return rows.map(([name, c, u, w]) => {
    const sign = `((${u})1 << (${w} - 1))`;
    return `
static inline ${u} flux_bits_${name}(${c} x) { ${u} bits; memcpy(&bits, &x, sizeof bits); return bits; }
static inline ${c} flux_${name}(${u} bits) { ${c} x; memcpy(&x, &bits, sizeof x); return x; }
static inline ${c} flux_fneg_${name}(${c} x) { return flux_${name}(flux_bits_${name}(x) ^ ${sign}); }
static inline ${c} flux_fabs_${name}(${c} x) { return flux_${name}(flux_bits_${name}(x) & ~${sign}); }`;
  }).join('');
}

export function prelude(): string {
  return `#include <stdint.h>
#include <string.h>

_Noreturn void flux_trap(uint32_t code);
uint64_t flux_sysread(uint32_t space, uint32_t number, uint32_t bytes);
void flux_syswrite(uint32_t space, uint32_t number, uint32_t bytes, uint64_t value);
${pairs()}
${integers(32)}
${integers(64)}
${bitcasts()}
${conversions('float', 'f32')}${conversions('double', 'f64')}
${accesses()}
`;
}
