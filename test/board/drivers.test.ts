import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runImage } from '../../cli/qemu.ts';
import { compile } from '../../fluxc/compile.ts';
import { HOST, hostWith, readable } from '../host.ts';

/** The blocks of `docs/drivers.md` by their language, fences of four backticks included. */
function blocks(language: string): string[] {
  const text = HOST.read('docs/drivers.md')!;
  return [...text.matchAll(/^(````?)(\w+)\n([\s\S]*?)^\1$/gm)].filter((match) => match[2] === language).map((match) => match[3]!);
}

describe('docs/drivers.md', () => {
  const [driver, meter] = blocks('markdown');
  const [device] = blocks('toml');
  const files = (main: string) => ({
    'hal/device/entropy.flux.md': driver!,
    'boards/mine.toml': `extends = "qemu-arm64"\nname = "Mine"\n${device!}`,
    'main.flux.md': `---\nmodule: system_main\nuses: [board, kernel.error]\n---\n\n## fn main(): u32\n\n\`\`\`flux\n${main}\n\`\`\`\n`,
  });

  it('builds as it stands', () => {
    const main = 'board.entropy.start()\nlet number = board.entropy.get() or 0\nreturn number + board.entropy_interrupt as u32';
    const result = compile(hostWith(files(main)), { main: 'main.flux.md', board: 'mine' });
    expect(readable(result)).toBe('');
    const ranges = result.output!.linked.symbols.find(({ name }) => name === 'board.ranges')!;
    expect(ranges.size).toBeGreaterThan(0);
  });

  it('has a test that passes without the device', async () => {
    const result = compile(hostWith(files('return 0')), { main: 'hal/device/entropy.flux.md', board: 'qemu-x86_64', tests: 'document' });
    expect(readable(result)).toBe('');
    const { board, image, tests } = result.output!;
    expect(tests).toHaveLength(1);
    const path = join(mkdtempSync(join(tmpdir(), 'fluxos-driver-')), board.image.file);
    writeFileSync(path, image);
    const chunks: Uint8Array[] = [];
    const { status } = await runImage(board, path, { timeout: 60, onConsole: (chunk) => chunks.push(chunk) });
    expect(Buffer.concat(chunks).toString()).toContain('test 0: ok');
    expect(status).toBe(0);
  }, 90_000);

  it('shows an agent that drives the device, once the kernel does not', () => {
    const all = { ...files('return 0'), 'meter.flux.md': meter! };
    all['boards/mine.toml'] = all['boards/mine.toml']!.replace(/^owner.*\n/m, '');
    const result = compile(hostWith(all), { main: 'meter.flux.md', board: 'mine' });
    expect(readable(result)).toBe('');
    expect(result.output!.programs.map(({ name }) => name)).toContain('meter');
  });

  it('is right about writing to a register that can only be read', () => {
    const { diagnostics } = compile(hostWith(files('board.entropy.status = 1\nreturn 0')), { main: 'main.flux.md', board: 'mine' });
    expect(diagnostics.list.map(({ code }) => code)).toEqual(['FX0343']);
  });
});
