/**
 * The model documents that the language was drafted with, in `models/`: a scheduler and a driver, as they were but for
 * the lines that `docs/language.md` names, beside as much of a kernel as they need.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Interpreter } from '../../fluxc/fir/interpret.ts';
import { compileSound, outcomeText, runTests, section } from './program.ts';

const folder = join(import.meta.dirname, 'models');
const documents: Record<string, string> = {};
for (const file of readdirSync(folder).sort()) documents[file] = readFileSync(join(folder, file), 'utf8');

const USE = `---
module: use
uses: [hal.device.ns16550, kernel.sched, kernel.process, kernel.error]
---

${section('fn send(port: u64)', 'let uart = port as Ns16550\nuart.start(26)\nuart.put(\'a\')')}
${section('fn receive(port: u64): i32', [
  'let uart = port as Ns16550', 'if let byte = uart.get() { return byte as i32 }', 'return uart.get().error as i32',
].join('\n'))}
${section('test a message lifts its receiver', [
  'let a = process.make(priority: 10)', 'let b = process.make(priority: 20)', 'a.state = .waiting', 'b.state = .ready',
  'sched.enqueue(b)', 'sched.wake(a, .message)', 'expect(a.level == 26 && a.state == .ready)',
  'expect(sched.pick() == a && sched.pick() == b && sched.pick() == null)',
].join('\n'))}`;

test('the scheduler', () => {
  expect(runTests(compileSound({ ...documents, 'use.flux.md': USE }))).toEqual([
    'the highest level runs first, and equals take turns: passed', 'a message lifts its receiver: passed',
  ]);
});

test.each([
  { space: 'port' as const, stride: 1, arch: 'x86_64' as const, base: 0x3f8n },
  { space: 'memory' as const, stride: 4, arch: 'riscv64' as const, base: 0x1000_0000n },
])('the serial port in $space, $stride apart', ({ space, stride, arch, base }) => {
  const placements = new Map([['hal.device.ns16550.Ns16550', { space, stride }]]);
  const { module } = compileSound({ ...documents, 'use.flux.md': USE }, { arch, placements });
  const log: string[] = [];
  let status = 0x20n;
  const read = (register: bigint): bigint => {
    const at = (register - base) / BigInt(stride);
    return at === 5n ? status : 0x41n;
  };
  const write = (register: bigint, value: bigint): void => {
    log.push(`${(register - base) / BigInt(stride)}=${value & 0xffn}`);
  };
  const interpreter = new Interpreter(module, {
    device: { read: (address) => read(address), write: (address, _, value) => write(address, value) },
    system: { read: (_, port) => read(BigInt(port)), write: (_, port, __, value) => write(BigInt(port), value) },
  });
  expect(outcomeText(interpreter.call('use.send', [base]))).toBe('');
  expect(log).toEqual(['1=0', '3=128', '0=26', '1=0', '3=3', '2=7', '0=97']);
  expect(outcomeText(interpreter.call('use.receive', [base]))).toBe('-6');
  status = 0x21n;
  expect(outcomeText(interpreter.call('use.receive', [base]))).toBe('65');
});
