/** A loop round a large switch, as interpreters are: the same on every corner, and each case with a dispatch of its own. */
import { expect, test } from 'vitest';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { optimise } from '../../fluxc/fir/passes/pipeline.ts';
import { generate } from '../../fluxc/target/machine/generate.ts';
import { TARGETS } from '../../fluxc/targets.ts';
import type { Batch } from '../differential/corner.ts';
import { CORNERS } from '../differential/corners.ts';
import { compileSound, section } from '../lang/program.ts';

/** Cases 1 to 40 of 256, each its own arithmetic; 0 ends; others count. `first` moves all cases up. */
function interpreter(first: number, subject: string): string {
  const arms = Array.from({ length: 40 }, (_, i) => `${first + 1 + i} => { a = a * ${3 + 2 * i} + b\nb = b ^ (a >> ${i % 13}) },`);
  return `---
module: loop
---
${section('static code: [512]u8', '[0; 512]')}
${section('fn run(seed: u64): u64', `
var random = seed
for i in 0..400 {
    random = random * 6364136223846793005 + 1442695040888963407
    code[i] = ((random >> 33) % 60 + ${first}) as u8
    if code[i] == ${first} { code[i] = ${first + 7} }
}
code[400] = ${first}
var pc: u64 = 0
var a = seed
var b: u64 = 1
while true {
    let byte = code[pc & 511]
    pc += 1
    match ${subject} {
        ${first} => return a ^ b,
        ${arms.join('\n        ')}
        _ => { b += 1 },
    }
}`)}
${[1, 2, 3].map((n) => section(`fn main${n}(): i64`, `return run(${n * 977}) as i64`)).join('\n')}`;
}

function batch(first: number, subject: string): Batch {
  const mains = ['loop.main1', 'loop.main2', 'loop.main3'];
  const { module } = compileSound({ 'loop.flux.md': interpreter(first, subject) }, { exports: mains });
  return { module, mains };
}

test.each([
  ['a byte', 0, 'byte'],
  ['a byte far from 0', 190, 'byte'],
  ['a wide number', 100, 'byte as i64 - 3'],
  ['a number that may be negative', 0, '(byte as i32) * 1'],
])('%s', async (_, first, subject) => {
  const expected = await CORNERS['passes-0']!().run(batch(first, subject));
  expect(expected.every(({ kind }) => kind === 'value')).toBe(true);
  for (const corner of ['x86_64-2', 'x86_64-checked', 'arm64-2', 'riscv64-2', 'wasm32-2']) {
    expect(await CORNERS[corner]!().run(batch(first, subject)), corner).toEqual(expected);
  }
});

test.each([
  // jump: how a jump through a register reads
  { name: 'x86_64', jump: /^jmp r/ } as const, { name: 'arm64', jump: /^br x/ } as const,
])('$name jumps from each case to the next', ({ name, jump }) => {
  const { module } = batch(0, 'byte');
  const target = TARGETS[name];
  optimise(module, target, { level: 2 });
  const atom = generate(module, target, new Diagnostics()).find(({ symbol }) => module.symbols[symbol]?.name === 'loop.run')!;
  let jumps = 0;
  for (let at = 0; at < atom.size;) {
    const { text, length } = target.disassemble(atom.bytes, at, at);
    if (jump.test(text)) jumps++;
    at += length;
  }
  expect(jumps).toBeGreaterThan(40);
  // 41 cases of some 20 instructions and one table of 256 entries.
  expect(atom.size).toBeLessThan(256 * 4 + 41 * 20 * 6);
});
