/**
 * Vectors of the public sets that no rule can pass together with the others: each contradicts another vector or what it says
 * itself. They are run like all others. One is reported as contradictory only if it fails in just the way that stands here; the
 * page `docs/conformance.md` shows this list.
 */
import type { Profile } from './vector.ts';

export interface Contradiction {
  profile: Profile;
  name: string;
  /** as `judge` writes them */
  expected: string;
  got: string;
  reason: string;
}

const JSON_VECTORS: readonly Omit<Contradiction, 'profile'>[] = [
  { name: 'arith_add_chain5', expected: '[5]', got: '[6]', reason: 'six times 1 is pushed and added five times: 6' },
  {
    name: 'arith_add_from_stack', expected: '[30]', got: '[]',
    reason: 'it has no program: where the bytecode should be stood the initial stack',
  },
  {
    name: 'ctrl_jz_taken', expected: '[]', got: '[1]',
    reason: 'EQ of equal values gives 1, so JZ does not jump; `ctrl_jnz_not_taken_eq` reads the result of EQ the same way',
  },
  { name: 'ctrl_call_pop', expected: '[]', got: '[42]', reason: 'CALL 2 leads into the immediate of the first PUSH, a 0, which is HALT; as an offset it would lead to HALT too' },
  { name: 'int_call_add100', expected: '[142]', got: 'STACK_UNDERFLOW', reason: 'the function starts with POP, which takes the 42 that it means to add to' },
  {
    name: 'stack_rot3', expected: '[2, 3, 1]', got: '[1, 3, 2]',
    reason: 'lists its stack bottom first; `mem_store_two`, `mem_many_stores`, `a2a_multi`, `a2a_fifo` and `stack_over_add` list the top first',
  },
  { name: 'edge_mem_multi_peek', expected: '[10, 20]', got: '[20, 10]', reason: 'lists its stack bottom first, as `stack_rot3` does' },
  { name: 'float_sub', expected: '[1074790400]', got: '[1073741824]', reason: '5 - 3 is 2, 0x40000000; the file says 2.25' },
  { name: 'float_mul', expected: '[1101529088]', got: '[1109917696]', reason: '6 × 7 is 42, 0x42280000; the file says 21' },
  { name: 'float_div', expected: '[1077097267]', got: '[1079334229]', reason: '10 / 3 is 0x40555555; the file says 2.8' },
  { name: 'edge_float_sub_neg', expected: '[3227516928]', got: '[-1071644672]', reason: '0.5 - 3 is -2.5, 0xC0200000; the file says -3.5' },
  {
    name: 'float_div_by_zero', expected: '[]', got: '[2139095040]',
    reason: 'the same program as `edge_float_div_zero`, which expects infinity, as IEEE 754 has it',
  },
];

const V3_VECTORS: readonly Omit<Contradiction, 'profile'>[] = [
  {
    name: 'escape_fuel_decrement_per_check', expected: '[8] flags 0', got: '[10, 9] flags 0',
    reason: 'two FUEL_CHECKs push two values; the first is 10 as `escape_fuel_set_then_check` has it (100 of 100)',
  },
  {
    name: 'security_fuel_multiple_check', expected: '[1] flags 0', got: 'FUEL_EXHAUSTED flags 0',
    reason: 'five FUEL_CHECKs push more than one value, and its description lets the last one run out of fuel, which is an error in `escape_fuel_exhausted_halt`',
  },
  {
    name: 'escape_cap_invoke_granted', expected: '[0] flags 0', got: 'CAP_DENIED flags 0',
    reason: 'the same program as `escape_cap_invoke_denied_no_capability`; the format cannot say which capabilities are installed (`capabilities`, of ours, can)',
  },
  {
    name: 'escape_probe_unknown_extension', expected: '[0] flags 0', got: 'EXT_UNKNOWN flags 0',
    reason: 'FF FE 00 is no EXT_PROBE: `escape_probe_known_extension` has it as FF 00 01, and `escape_unsupported_traps` wants FF FD to be an error',
  },
  {
    name: 'async_fork_multiple', expected: '[3, 2, 1] flags 0', got: '[1, 2, 3] flags 0',
    reason: 'lists its stack top first; `escape_time_now_monotonic` lists the bottom first',
  },
  { name: 'v3_backward_compat_loop', expected: '[5] flags 0', got: '[0] flags 0', reason: 'LOOP leads back into the immediate of the second MOVI, a 0, which is HALT' },
  {
    name: 'v3_backward_compat_fibonacci', expected: '[21] flags 0', got: 'UNKNOWN_OPCODE flags 0',
    reason: 'MOVI is three bytes long in it and four everywhere else; its own description comes to 13',
  },
  {
    name: 'backward_compat_cmp_operations', expected: '[1, 1, 1, 0] flags 0', got: '[0, 0, 0, 1] flags 0',
    reason: 'its description comes to 0, 0, 0, 1 for 5 and 3',
  },
  { name: 'mixed_fuel_gated_computation', expected: '[30] flags 0', got: '[11] flags 0', reason: 'its last instruction is ADD of 5 and 6; the description means MUL' },
  {
    name: 'backward_compat_storeoff_loadoff', expected: '[42] flags 0', got: '[0, 0] flags 0',
    reason: 'what should store has the code of LOADOFF, 48; `mixed_sandbox_protected_memory` stores with 49',
  },
  {
    name: 'async_suspend_preserves_registers', expected: '[37] flags 0', got: 'UNKNOWN_OPCODE flags 0',
    reason: 'ADD is five bytes long in it and four everywhere else; its own description comes to 53',
  },
];

export const CONTRADICTIONS: readonly Contradiction[] = [
  ...JSON_VECTORS.map((vector) => ({ profile: 'json' as const, ...vector })),
  ...V3_VECTORS.map((vector) => ({ profile: 'v3' as const, ...vector })),
];

/** Why a vector cannot pass; null if it could. */
export function contradictionOf(profile: Profile, name: string, expected: string, got: string): string | null {
  const found = CONTRADICTIONS.find((one) => {
    return one.profile === profile && one.name === name && one.expected === expected && one.got === got;
  });
  return found?.reason ?? null;
}
