/** Devices for agents: what the kernel is told of them, and what it has nothing of. */
import { describe, expect, it } from 'vitest';
import { compile, type CompileResult } from '../../fluxc/compile.ts';
import { hostWith } from '../host.ts';
import { printExpr } from '../syntax/print.ts';

const DRIVER = `---
module: hal.device.two_blocks
device: TwoBlocks
---

## registers Block: u32

| offset | name | access |
|---|---|---|
| 0x0FF8 | \`end[4]\` | rw |

## struct TwoBlocks

| field | type |
|---|---|
| \`low\` | \`*Block\` |
| \`high\` | \`*Block\` |
`;

const MAIN = '---\nmodule: main\nuses: [board]\n---\n\n## fn main(): u32\n\n```flux\nreturn board.devices.len as u32\n```\n';

function build(board: string, extra: Record<string, string> = {}): CompileResult {
  const files = { 'main.flux.md': MAIN, 'hal/device/two_blocks.flux.md': DRIVER, ...extra };
  return compile(hostWith({ ...files, 'boards/mine.toml': board }), { main: 'main.flux.md', board: 'mine' });
}

function devices({ output }: CompileResult): string[] {
  const decl = output!.documents.find(({ name }) => name === 'board')!.decls.find(({ name }) => name.text === 'devices');
  return decl?.kind === 'const' && decl.value.kind === 'array' ? decl.value.items.map(printExpr) : [];
}

const BOARD = 'extends = "qemu-riscv64"\nname = "Mine"\n';

describe('a device without a role', () => {
  it('is one of `board.devices`: its pages, and its interrupt', () => {
    const board = `${BOARD}[device.second]\ndriver = "ns16550"\nbase = 0x10010040\ninterrupt = 12\n` +
      '[device.pair]\ndriver = "two_blocks"\nlow = 0x10020000\nhigh = 0x10022000\n';
    const said = devices(build(board));
    expect(said.slice(-2).map((text) => text.replace(/\s+/g, ' '))).toEqual([
      expect.stringMatching(new RegExp(`"second".*start: ${0x10010000}\\D.*end: ${0x10011000}\\D.*is_port: false.*interrupt: 12\\b`)),
      expect.stringMatching(new RegExp(`"pair".*start: ${0x10020000}\\D.*end: ${0x10024000}\\D.*is_port: false.*interrupt: 0\\b`)),
    ]);
  });

  it('is a range of ports on a PC', () => {
    const said = devices(build('extends = "qemu-x86_64"\nname = "Mine"\n[device.second]\ndriver = "ns16550"\nbase = 0x2F8\nspace = "port"\ninterrupt = 35\n'));
    expect(said[said.length - 1]).toMatch(new RegExp(`start: ${0x2f8}\\D.*end: ${0x2fe}\\D.*is_port: true.*interrupt: 35`));
  });

  it('is nothing of the kernel\'s: neither mapped, nor named, nor driven', () => {
    const result = build(`${BOARD}[device.second]\ndriver = "two_blocks"\nlow = 0x10020000\nhigh = 0x10022000\n`);
    const board = result.output!.documents.find(({ name }) => name === 'board')!;
    expect(board.decls.map(({ name }) => name.text).filter((name) => name.startsWith('second'))).toEqual([]);
    expect(board.uses.map(({ text }) => text)).not.toContain('hal.device.two_blocks');
    const ranges = board.decls.find(({ name }) => name.text === 'ranges');
    expect(ranges?.kind === 'const' && printExpr(ranges.value)).not.toContain(String(0x10020000));
  });

  it('is the kernel\'s if it says so', () => {
    const result = build(`${BOARD}[device.second]\ndriver = "two_blocks"\nlow = 0x10020000\nhigh = 0x10022000\nowner = "kernel"\n`);
    const board = result.output!.documents.find(({ name }) => name === 'board')!;
    expect(board.decls.map(({ name }) => name.text)).toContain('second');
    expect(devices(result).join()).not.toContain('"second"');
  });

  it('has its registers in one range', () => {
    const { diagnostics, sources } = build(`${BOARD}[device.pair]\ndriver = "two_blocks"\nlow = 0x10020000\nhigh = 0x10040000\n`);
    expect(diagnostics.list.map(({ code, span }) => `${code} ${sources.place(span!.start)!.line}`)).toEqual(['FX0714 3']);
  });

  it('is given to agents by its number', () => {
    const agent = '---\nmodule: main\n---\n\n## agent driver\n\n- devices: second\n\n### init\n\n```flux\nreturn second as u64 as u32\n```\n';
    const board = `${BOARD}[device.second]\ndriver = "ns16550"\nbase = 0x10010000\n`;
    const { output, diagnostics } = build(board, { 'main.flux.md': agent });
    expect(diagnostics.list).toEqual([]);
    const index = devices({ output } as CompileResult).findIndex((text) => text.includes('"second"'));
    const grants = output!.documents.find(({ name }) => name === 'agents')!.decls.find(({ name }) => name.text === 'grants_0');
    expect(grants?.kind === 'const' && printExpr(grants.value)).toMatch(new RegExp(`\\.device.*index: ${index}\\b`));
  });
});
