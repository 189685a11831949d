/** Registers: which accesses a program makes, how wide, where, in which order. */
import { describe, expect, test } from 'vitest';
import { Interpreter } from '../../fluxc/fir/interpret.ts';
import { SPACE_NAMES } from '../../fluxc/fir/ops.ts';
import type { Environment } from '../../fluxc/lang/compile-modules.ts';
import { compileSound, outcomeText, section } from './program.ts';

const DEVICES = `---
module: devices
---

## registers Uart: u32

| offset | name | access | meaning |
|---|---|---|---|
| 0x00 | \`data\` | rw | |
| 0x04 | \`flags\` | r | |
| | \`.full\` | bit 5 | |
| | \`.level\` | bits 8..11 | |
| | \`.top\` | bits 28..31 | |
| 0x08 | \`line\` | w | |
| | \`.fifo\` | bit 4 | |
| | \`.word\` | bits 5..6 | |
| 0x0C | \`control\` | rw | |
| | \`.enable\` | bit 0 | |
| | \`.speed\` | bits 1..3 | |
| 0x10 | \`enable[4]\` | rw | |
| 0x40 | \`bytes[8]: u8\` | rw | |
| 0x80 | \`wide: u64\` | rw | |
| | \`.all\` | bits 0..62 | |
| 0x90 | \`half: u16\` | rw | |

## registers Pic in port: u8

| offset | name | access | meaning |
|---|---|---|---|
| 0x20 | \`command\` | rw | |
| | \`.mask\` | bit 3 | |
| 0x70 | \`pair[2]\` | rw | |

## registers Csr in csr: u64

| offset | name | access | meaning |
|---|---|---|---|
| 0x100 | \`sstatus\` | rw | |
| | \`.sie\` | bit 1 | |
| 0x140 | \`scratch: u32\` | rw | |

## registers Msr in msr: u64

| offset | name | access | meaning |
|---|---|---|---|
| 0xC000_0080 | \`efer\` | rw | |
`;

/** Runs statements on device registers that all read as `value`, and lists the accesses. */
function accesses(body: string, environment: Partial<Environment> = {}, value = 0n): string[] {
  const code = section('fn run(n: u32, i: u64, b: bool)', `let uart = 0x1000 as *Uart\n${body}`);
  const { module } = compileSound({ 'devices.flux.md': `${DEVICES}\n${code}` }, environment);
  const log: string[] = [];
  const hex = (number: bigint) => `0x${number.toString(16)}`;
  const cut = (number: bigint, bytes: number) => hex(BigInt.asUintN(bytes * 8, number));
  const outcome = new Interpreter(module, {
    device: {
      read: (address, bytes) => (log.push(`read${bytes * 8} ${hex(address)}`), value),
      write: (address, bytes, written) => void log.push(`write${bytes * 8} ${hex(address)} ${cut(written, bytes)}`),
    },
    system: {
      read: (space, register, bytes) => {
        log.push(`${SPACE_NAMES[space]} read${bytes * 8} ${cut(BigInt(register), 4)}`);
        return value;
      },
      write: (space, register, bytes, written) =>
        void log.push(`${SPACE_NAMES[space]} write${bytes * 8} ${cut(BigInt(register), 4)} ${cut(written, bytes)}`),
    },
  }).call('devices.run', [5, 3n, 1]);
  if (outcome.kind !== 'results') log.push(outcomeText(outcome));
  return log;
}

describe('registers in memory', () => {
  test('one access of exactly the width, each time', () => {
    const wide = 'uart.half = 7\nuart.wide = 0x1_0000_0000\nuart.bytes[2] = 0xFF';
    expect(accesses(`uart.data = 1\nuart.data = 1\nuart.data\n${wide}`)).toEqual([
      'write32 0x1000 0x1', 'write32 0x1000 0x1', 'read32 0x1000', 'write16 0x1090 0x7', 'write64 0x1080 0x100000000',
      'write8 0x1042 0xff',
    ]);
  });
  test('arrays', () => {
    expect(accesses('uart.enable[i] = n\nuart.bytes[n] = 1\nuart.enable[0] |= 2', {}, 5n)).toEqual([
      'write32 0x101c 0x5', 'write8 0x1045 0x1', 'read32 0x1010', 'write32 0x1010 0x7',
    ]);
  });
  test('fields are read', () => {
    const flags = 'assert(uart.flags.full)\nassert(uart.flags.level == 0xC)\nassert(uart.flags.top == 0xF)';
    const wide = 'assert(uart.wide.all == 0x7FFF_FFFF_F000_0C20)';
    expect(accesses(`${flags}\n${wide}`, {}, 0xffff_ffff_f000_0c20n)).toEqual([
      'read32 0x1004', 'read32 0x1004', 'read32 0x1004', 'read64 0x1080',
    ]);
  });
  test('write sets the other fields to 0', () => {
    const control = 'uart.control.write(speed: n, enable: b)\nuart.control.write()';
    expect(accesses(`uart.line.write(fifo: 1, word: 3)\n${control}`)).toEqual([
      'write32 0x1008 0x70', 'write32 0x100c 0xb', 'write32 0x100c 0x0',
    ]);
  });
  test('modify and assignment keep the other fields', () => {
    const body = 'uart.control.modify(speed: 2, enable: false)\nuart.control.enable = b\nuart.control.speed = n';
    expect(accesses(body, {}, 0xffff_ffffn)).toEqual([
      'read32 0x100c', 'write32 0x100c 0xfffffff4', 'read32 0x100c', 'write32 0x100c 0xffffffff', 'read32 0x100c',
      'write32 0x100c 0xfffffffb',
    ]);
  });
  test('a value too wide for its field is cut', () => {
    expect(accesses('uart.control.write(speed: n + 8)')).toEqual(['write32 0x100c 0xa']);
  });
  test('a stride spreads the registers', () => {
    const placements = new Map([['devices.Uart', { space: 'memory' as const, stride: 4 }]]);
    expect(accesses('uart.flags\nuart.enable[i] = 1\nuart.bytes[1] = 2', { placements })).toEqual([
      'read32 0x1010', 'write32 0x1070 0x1', 'write8 0x1104 0x2',
    ]);
  });
});

describe('registers in other spaces', () => {
  test('a board may place a block among the ports', () => {
    const placements = new Map([['devices.Uart', { space: 'port' as const, stride: 1 }]]);
    const body = 'uart.data = n\nuart.flags\nuart.bytes[i] = 1\nuart.half |= 1';
    expect(accesses(body, { arch: 'x86_64', placements })).toEqual([
      'port write32 0x1000 0x5', 'port read32 0x1004', 'port write8 0x1043 0x1', 'port read16 0x1090',
      'port write16 0x1090 0x1',
    ]);
  });
  test('ports with numbers of their own', () => {
    const body = 'Pic.command = 0x11\nPic.command.mask = true\nPic.pair[1] = 3\nPic.pair[n - 4] = 3';
    expect(accesses(body, { arch: 'x86_64' })).toEqual([
      'port write8 0x20 0x11', 'port read8 0x20', 'port write8 0x20 0x8', 'port write8 0x71 0x3',
      'port write8 0x71 0x3',
    ]);
  });
  test('control and status registers', () => {
    const writes = 'Csr.sstatus.sie = true\nCsr.sstatus |= 0x20\nCsr.scratch = n';
    const body = `${writes}\nlet old = Csr.sstatus\nassert(old == 0x100)`;
    expect(accesses(body, { arch: 'riscv64' }, 0x100n)).toEqual([
      'csr read64 0x100', 'csr write64 0x100 0x102', 'csr read64 0x100', 'csr write64 0x100 0x120',
      'csr write64 0x140 0x5', 'csr read64 0x100',
    ]);
  });
  test('model-specific registers', () => {
    expect(accesses('Msr.efer = Msr.efer | 0x800', { arch: 'x86_64' }, 1n)).toEqual([
      'msr read64 0xc0000080', 'msr write64 0xc0000080 0x801',
    ]);
  });
});
