/** Agents of bytecode: what their documents may say, and what a build says of files that are not as they should be. */
import { describe, expect, it } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { compile } from '../../fluxc/compile.ts';
import { BYTECODE_MESSAGES } from '../../fluxc/diagnostics/bytecode-messages.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { assemble } from '../../fluxc/isa/assemble.ts';
import { type Container, writeContainer } from '../../fluxc/isa/container.ts';
import type { Host } from '../../fluxc/lang/host.ts';
import { instructionSets } from '../../fluxc/lang/instruction-sets.ts';
import { HOST, hostWith, readable } from '../host.ts';

const BOARD = 'qemu-riscv64';
const HALT = '.set flux64\n    movi r16, 7\n    halt\n';
const PATH = 'systems/a.flux.md';

const set = instructionSets(HOST);
function container(text: string, change: Partial<Container> = {}): Uint8Array {
  const { container: made } = assemble(new Sources().add('p.fasm', text), { set, name: 'p' }, new Diagnostics())!;
  return writeContainer({ ...made, ...change });
}

const sound = container(HALT);
const damaged = sound.slice();
damaged[75] = 9;
const FILES: Record<string, Uint8Array> = {
  'systems/p.fluxbc': sound,
  'systems/damaged.fluxbc': damaged,
  'systems/short.fluxbc': sound.slice(0, 60),
  'systems/stack.fluxbc': container(HALT, { set: 'asm16' }),
  'systems/talks.fluxbc': container(`.capability COMMUNICATE\n.capability IO_WRITE\n.peer other\n${HALT}`),
  'systems/large.fluxbc': container(`.set flux64\n.region all 70000 write\n.code\n${HALT.slice(12)}`),
  'shared/p.fluxbc': sound,
};
const TEXTS: Record<string, string> = {
  'systems/p.fasm': HALT,
  'systems/handles.fasm': '.set flux64\n    movi r16, other\n    movi r17, other_program\n    movi r18, climate\n    halt\n',
  'systems/wrong.fasm': '.set flux64\n    movi r16\n    hold\n',
};

function document(keys: string[], more = ''): string {
  return `---\nmodule: a\nuses: [kernel.error]\n---\n\n## agent one\n\n${keys.map((key) => `- ${key}\n`).join('')}\n${more}\n` +
    '## agent other\n\n### init\n\n```flux\nreturn 0\n```\n';
}

function build(text: string, change: Partial<Host> = {}) {
  const host = { ...hostWith({ [PATH]: text, ...TEXTS }), readBytes: (path: string) => FILES[path] ?? null, ...change };
  return compile(host, { main: PATH, board: BOARD });
}

const seen = new Set<string>();

/** `line:column CODE text`; the line of the first key is 8. */
function said(text: string, change: Partial<Host> = {}): string[] {
  const { diagnostics, sources } = build(text, change);
  return diagnostics.list.map(({ code, span, message }) => {
    const place = span ? sources.place(span.start) : null;
    seen.add(code);
    return `${place ? `${place.path === PATH ? '' : place.path} ${place.line}:${place.column}` : '-'} ${code} ${message}`.trim();
  });
}

describe('an agent of bytecode', () => {
  it('has a program that holds its container, in whatever form the file is', () => {
    const images = ['p.fluxbc', '.././shared/p.fluxbc'].map((path) => {
      const result = build(document([`bytecode: ${path}`]));
      expect(readable(result)).toBe('');
      return result.output!;
    });
    const { bytes, machine, calls } = images[0]!.programs[0]!;
    expect(Buffer.from(bytes).includes(Buffer.from(sound))).toBe(true);
    expect(machine).toBeGreaterThan(0);
    expect([...calls!]).not.toContain(500);
    expect(images[1]!.image).toEqual(images[0]!.image);
    expect(readable(build(document(['bytecode: p.fasm', 'fuel: 1_000, 10 per message', 'regions: 20 KiB'])))).toBe('');
  });

  it('finds its handles by name in assembly', () => {
    const keys = ['talks to: other', 'topics: climate (publish)', 'spawns: other', 'bytecode: handles.fasm'];
    const { output } = build(document(keys));
    const words = Buffer.from(output!.programs[0]!.bytes);
    for (const [register, handle] of [[16, 3], [17, 5], [18, 4]]) {
      expect(words.includes(Buffer.from([0xb8, register!, handle!, 0]))).toBe(true);
    }
  });

  it.each<[string, string, string[]]>([
    ['no file', document(['bytecode: nothing.fluxbc']), ['8:13 FX0925 there is no file `systems/nothing.fluxbc`']],
    ['no text', document(['bytecode: nothing.fasm']), ['8:13 FX0925 there is no file `systems/nothing.fasm`']],
    ['a changed file', document(['bytecode: damaged.fluxbc']), [
      '8:13 FX0926 `systems/damaged.fluxbc` is no sound bytecode: its checksum does not fit: bytes have changed',
    ]],
    ['a short file', document(['bytecode: short.fluxbc']), [expect.stringMatching(/^8:13 FX0926 .* a part is missing$/) as unknown as string]],
    ['another set', document(['bytecode: stack.fluxbc']), ['8:13 FX0930 `systems/stack.fluxbc` is written in asm16, and agents run flux64']],
    ['too few capabilities', document(['capabilities: IO_WRITE', 'talks to: other', 'bytecode: talks.fluxbc']), [
      '10:13 FX0927 `systems/talks.fluxbc` needs `COMMUNICATE`, and the agent `one` has not',
    ]],
    ['nobody to talk to', document(['capabilities: IO_WRITE, COMMUNICATE', 'bytecode: talks.fluxbc']), [
      '9:13 FX0928 handle 3 of `systems/talks.fluxbc` is for `other`, and that of the agent `one` is not there',
    ]],
    ['somebody else', document(['capabilities: IO_WRITE, COMMUNICATE', 'topics: climate (publish)', 'talks to: other', 'bytecode: talks.fluxbc']), [
      '11:13 FX0928 handle 3 of `systems/talks.fluxbc` is for `other`, and that of the agent `one` is for `climate`',
    ]],
    ['too much memory', document(['bytecode: large.fluxbc']), [
      expect.stringMatching(/^8:13 FX0929 `systems\/large.fluxbc` needs \d+ bytes for its code, stack and regions, and the agent `one` has 65536$/) as unknown as string,
    ]],
    ['wrong assembly', document(['bytecode: wrong.fasm']), [
      expect.stringMatching(/^systems\/wrong.fasm 2:\d+ FX11/) as unknown as string, expect.stringMatching(/^systems\/wrong.fasm 3:5 FX1101/) as unknown as string,
    ]],
    ['code as well', document(['bytecode: p.fluxbc'], '### init\n\n```flux\nreturn 0\n```\n'), ['6:4 FX0924 the agent `one` has bytecode, and code as well']],
    ['another kind of file', document(['bytecode: p.txt']), [
      '8:13 FX0904 `bytecode` takes the path of a file `.fluxbc` or `.fasm`, or `any`, not `p.txt`',
    ]],
    ['fuel for code', document(['fuel: 100', 'regions: 1 KiB'], '### init\n\n```flux\nreturn 0\n```\n'), [
      '8:3 FX0923 the key `fuel` is for agents that run bytecode', '9:3 FX0923 the key `regions` is for agents that run bytecode',
    ]],
    ['no fuel', document(['bytecode: any', 'fuel: 0']), [expect.stringMatching(/^9:9 FX0904 `fuel` takes .* not `0`$/) as unknown as string]],
    ['fuel twice', document(['bytecode: any', 'fuel: 1, 2']), [expect.stringMatching(/^9:9 FX0904/) as unknown as string]],
    ['fuel for nothing', document(['bytecode: any', 'fuel: 10 per day']), [expect.stringMatching(/^9:9 FX0904 .* not `10 per day`$/) as unknown as string]],
  ])('is refused with %s', (_, text, expected) => {
    expect(said(text)).toEqual(expected);
  });

  it('has every message shown', () => {
    expect(Object.keys(BYTECODE_MESSAGES).filter((known) => !seen.has(known))).toEqual([]);
  });

  it('is refused by a host without files', () => {
    expect(said(document(['bytecode: p.fluxbc']), { readBytes: undefined })).toEqual(['8:13 FX0925 there is no file `systems/p.fluxbc`']);
  });
});

it('a system without bytecode holds nothing of it', () => {
  const { output } = build(document([], '### init\n\n```flux\nreturn 0\n```\n'));
  expect(output!.documents.some(({ name }) => name.startsWith('vm.') || name === 'machines')).toBe(false);
  // Texts are named for the first module that has them.
  const names = output!.linked.symbols.map(({ name }) => name).filter((name) => /^(kernel\.bytecode|vm|machines)\./.test(name));
  expect(names.filter((name) => !name.includes('.string.'))).toEqual([]);
  expect(output!.programs.every(({ machine }) => machine === null)).toBe(true);
});
