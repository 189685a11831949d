import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { NOWHERE } from '../../fluxc/base/source.ts';
import { compile, type CompileRequest } from '../../fluxc/compile.ts';
import { Func } from '../../fluxc/fir/function.ts';
import { Library } from '../../fluxc/lang/library.ts';
import type { Host } from '../../fluxc/lang/host.ts';
import { CodeLibrary } from '../../fluxc/target/machine/code-library.ts';
import { HOST, hostWith, readable, ROOT } from '../host.ts';

const BOARDS = ['pc', 'qemu-arm64', 'qemu-riscv64', 'qemu-x86_64', 'rpi3', 'rpi4'];
const library = new Library();
const code = new CodeLibrary();

/** Counts what is made anew while `run` runs. */
function madeIn<T>(run: () => T): { made: string[]; result: T } {
  const made: string[] = [];
  const atom = code.atom.bind(code);
  code.atom = (symbol, module, target, make) => atom(symbol, module, target, () => {
    made.push(symbol.name);
    return make();
  });
  try {
    return { result: run(), made };
  } finally {
    code.atom = atom;
  }
}

/** Compiles with the libraries and without: the same must come out. Gives the names of the code that was made. */
function expectSame(request: CompileRequest, host: Host = HOST): string[] {
  const alone = compile(host, request);
  const { result: shared, made } = madeIn(() => compile(host, { ...request, library, code }));
  expect(readable(alone)).toBe('');
  expect(Buffer.from(shared.output!.image).equals(Buffer.from(alone.output!.image))).toBe(true);
  expect(Buffer.from(shared.output!.elf).equals(Buffer.from(alone.output!.elf))).toBe(true);
  return made;
}

beforeAll(() => {
  for (const folder of ['hal', 'kernel']) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      if (name.endsWith('.flux.md')) library.add(`${folder}/${name}`, HOST);
    }
  }
  code.keepBefore(library.end);
  for (const name of ['greeting', 'hello']) {
    for (const board of ['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64']) compile(HOST, { main: `examples/${name}.flux.md`, board, library, code });
  }
  code.keepBefore(NOWHERE);
});

describe('code of an earlier build', () => {
  it.each(BOARDS)('gives the same image for %s, at every level, for every example', (board) => {
    for (const name of ['hello', 'demo', 'panic']) {
      for (const level of [0, 1, 2] as const) expectSame({ main: `examples/${name}.flux.md`, board, passes: { level } });
    }
    expectSame({ main: 'examples/greeting.flux.md', board });
    expectSame({ main: 'examples/demo.flux.md', board, tests: 'all' });
  });

  it('is taken: only what holds code of the program is made', () => {
    const made = expectSame({ main: 'examples/hello.flux.md', board: 'qemu-x86_64' });
    expect(made).toContain('kernel.start.start');
    expect(made.length).toBeLessThan(4);
  });

  it('is taken for each of two systems that make something different of a function', () => {
    const made = expectSame({ main: 'examples/greeting.flux.md', board: 'qemu-arm64' });
    expect(made.filter((name) => !/^(greeting|call)\./.test(name)).length).toBeLessThan(4);
  });

  it('never holds the program itself', () => {
    const { made } = madeIn(() => compile(HOST, {
      main: 'examples/hello.flux.md', board: 'qemu-arm64', library, code, passes: { level: 0 },
    }));
    expect(made).toContain('hello.main');
  });

  it('is not taken where a document is another', () => {
    for (const path of ['kernel/start.flux.md', 'hal/device/ns16550.flux.md', 'kernel/panic.flux.md']) {
      const text = HOST.read(path);
      if (text === null) continue;
      expectSame({ main: 'examples/hello.flux.md', board: 'qemu-x86_64' }, hostWith({ [path]: text.replace('\n# ', '\n\n\n# ') }));
    }
  });

  it('knows all that a function is made of', () => {
    // What debuggers are told of a function (`debug`) changes nothing about its code, and with it no earlier code is used.
    expect(Object.keys(new Func('f', { params: [], results: [] })).filter((key) => key !== 'debug').sort(), 'recipeOfFunction must compare a new field').toEqual([
      'a', 'attributes', 'aux', 'b', 'block', 'blockCount', 'c', 'count', 'extra', 'first', 'last', 'layout', 'loc', 'loc0', 'name',
      'next', 'op', 'params', 'prev', 'signature', 'slots', 'type',
    ]);
  });
});
