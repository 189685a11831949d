/** What traps, with which code, at which place; and what does not. */
import { describe, expect, test } from 'vitest';
import { Interpreter } from '../../fluxc/fir/interpret.ts';
import { compileSound, run, section } from './program.ts';

describe('traps', () => {
  const item = 'let xs: [3]u32 = [1, 2, 3]\nreturn xs[i]';
  const copying = 'var xs: [2]u8 = [0, 0]\ncopy(&xs, "abc"[0..n])\nreturn xs[1]';
  const part = 'var xs: [4]u16 = [1, 2, 3, 4]\nreturn xs[n..4].len';
  const cases: [what: string, signature: string, body: string, args: (bigint | number)[], outcome: string][] = [
    ['an array index at its end', '(i: u64): u32', item, [3n], 'trap out_of_bounds'],
    ['a negative index', '(i: i8): u32', item, [-1], 'trap out_of_bounds'],
    ['the last item', '(i: i8): u32', item, [2], '3'],
    ['a huge unsigned index', '(i: u64): u8', 'return "abc"[i]', [0xffff_ffff_ffff_ffffn], 'trap out_of_bounds'],
    ['an index into an empty slice', '(i: u32): u8', 'let s = ""\nreturn s[i]', [0], 'trap out_of_bounds'],
    ['writing past the end', '(i: u64)', 'var xs: [2]u8 = [0, 0]\nxs[i] = 1', [2n], 'trap out_of_bounds'],
    ['a slice that ends too late', '(n: u64): u64', 'return "abc"[0..n].len', [4n], 'trap out_of_bounds'],
    ['a slice up to the end', '(n: u64): u64', 'return "abc"[0..n].len', [3n], '3'],
    ['a slice that ends before it starts', '(n: u64): u64', 'return "abc"[n..1].len', [2n], 'trap out_of_bounds'],
    ['a slice that starts too late', '(n: u64): u64', 'return "abc"[n..].len', [4n], 'trap out_of_bounds'],
    ['a slice from the very end', '(n: u64): u64', 'return "abc"[n..].len', [3n], '0'],
    ['a slice of an array', '(n: i32): u64', part, [-1], 'trap out_of_bounds'],
    ['copying more than there is room for', '(n: u64): u8', copying, [3n], 'trap out_of_bounds'],
    ['copying what fits', '(n: u64): u8', copying, [2n], '98'],
    ['division by zero', '(a: u32, b: u32): u32', 'return a / b', [5, 0], 'trap division_by_zero'],
    ['the rest of a division by zero', '(a: i8, b: i8): i8', 'return a % b', [5, 0], 'trap division_by_zero'],
    ['dividing in place', '(a: i64, b: i64): i64', 'var c = a\nc /= b\nreturn c', [5n, 0n], 'trap division_by_zero'],
    ['a float divided by zero', '(a: f64): bool', 'return a / 0.0 > 1e308', [1], '1'],
    ['assert', '(n: u8)', 'assert(n < 3)', [3], 'trap assert_failed'],
    ['assert that holds', '(n: u8): u8', 'assert(n < 3)\nreturn n', [2], '2'],
    ['unreachable', '(n: ?*u8): u8', 'let p = n or unreachable\nreturn p.*', [0n], 'trap unreachable'],
    ['trap', '(n: u8): u8', 'if n > 2 { trap("too much") }\nreturn n', [3], 'trap explicit'],
    ['a number without a member', '(n: u8): u8', 'return n as Color as u8', [3], 'trap bad_enum'],
    ['a number with a member', '(n: u8): u8', 'return n as Color as u8', [2], '2'],
    ['a number that only wraps to a member', '(n: u32): u8', 'return n as Color as u8', [256], 'trap bad_enum'],
    ['a number in a gap', '(n: i32): i16', 'return n as Sparse as i16', [0], 'trap bad_enum'],
    ['a negative member', '(n: i32): i16', 'return n as Sparse as i16', [-7], '-7'],
    ['a register index', '(i: u32)', 'let d = 0x1000 as *Device\nd.row[i] = 1', [4], 'trap out_of_bounds'],
    ['ok as an error of a value', '(): u32', 'return wrapped(.ok) or 5', [], 'trap bad_enum'],
  ];
  const declarations = `## enum Color: u8

| name | value | meaning |
|---|---|---|
| \`red\` | 0 | |
| \`green\` | 1 | |
| \`blue\` | 2 | |

## enum Sparse: i16

| name | value | meaning |
|---|---|---|
| \`low\` | -7 | |
| \`high\` | 500 | |

## registers Device: u32

| offset | name | access | meaning |
|---|---|---|---|
| 0 | \`row[4]\` | rw | |

## fn wrapped(error: Error): !u32

\`\`\`flux
return error
\`\`\`
`;
  for (const [what, signature, body, args, outcome] of cases) {
    test(what, () => expect(run(signature, body, args, declarations)).toBe(outcome));
  }

  test('a trap names the place in the document', () => {
    const text = `# Title\n\nProse.\n\n${section('fn run(i: u64): u8', 'let text = "abc"\nreturn 1 +\n    text[i]')}`;
    const { module, sources } = compileSound({ 't.flux.md': text });
    const outcome = new Interpreter(module).call('t.run', [9n]);
    expect(outcome.kind).toBe('trap');
    if (outcome.kind === 'trap') expect(sources.place(outcome.loc)).toEqual({ path: 't.flux.md', line: 10, column: 5 });
  });

  test('a failed test names its line', () => {
    const text = '## test one\n\n```flux\nexpect(1 + 1 == 2)\nlet n = 3\nexpect(n == 4)\nexpect(n == 5)\n```\n';
    const { module, tests } = compileSound({ 't.flux.md': text });
    expect(tests).toEqual([{ document: 't.flux.md', module: 't', title: 'one', line: 1, symbol: 't.test.0', inAgent: false }]);
    expect(new Interpreter(module).call('t.test.0')).toEqual({ kind: 'results', results: [6n] });
  });
});
