import { expect, test } from 'vitest';
import { compile, describe as d, run, compileSound } from '/work/main/test/lang/program.ts';
import { printModule } from '/work/main/fluxc/fir/print.ts';
import * as fs from 'fs';
test('x', () => {
  console.log(run('(a: u8, b: u8): u8', 'return a + b', [200, 100]));
  console.log(run('(n: u64): u64', 'var s: u64 = 0\nfor i in 1..=n { if i % 3 == 0 { continue }\n s += i }\nreturn s', [10n]));
  console.log(run('(n: u64): u64', 'let xs = [1, 2, 3]\nreturn xs[n]', [1n]));
  console.log(run('(n: u64): u64', 'let xs = [1, 2, 3]\nreturn xs[n]', [3n]));
});
