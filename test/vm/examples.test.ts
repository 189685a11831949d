/** The programs of the first FLUX documents: what each gives on the host, in Flux in an image, and as bytecode in an image. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assemble, compileAndRun, disassemble, run } from '../../cli/vm/index.ts';
import { compile } from '../../fluxc/compile.ts';
import { hostWith, readable, ROOT } from '../host.ts';
import { ARCHES, boot, BOARDS } from '../kernel/guest.ts';

const VALUES: Readonly<Record<string, bigint>> = { hello_world: 30n, polyglot_add: 91n, fibonacci: 55n, recursion: 55n };

function text(name: string): string {
  return readFileSync(join(ROOT, `examples/vm/${name}.fasm`), 'utf8');
}

function program(name: string): Uint8Array {
  return assemble(text(name), { name });
}

describe('on the host', () => {
  it.each(Object.entries(VALUES))('%s gives %d', (name, value) => {
    const { programs } = run([program(name)]);
    expect(programs).toMatchObject([{ name, ending: 'halted', result: value, error: null }]);
    expect(run([assemble(disassemble(program(name)))]).programs[0]!.result).toBe(value);
  });

  it('the handshake gives 4207, then 49, whoever is named first', () => {
    for (const names of [['navigator', 'engine'], ['engine', 'navigator']]) {
      const { programs, console } = run(names.map(program));
      expect(console).toBe('4207\n49\n');
      expect(programs.find(({ name }) => name === 'navigator')).toMatchObject({ ending: 'halted', result: 49n });
      expect(programs.find(({ name }) => name === 'engine')).toMatchObject({ ending: 'halted', result: 0n });
    }
  });

  it('the sixteen operations give 50, and whatever else they are asked', () => {
    expect(compileAndRun(text('readme'))).toBe(50n);
    expect(compileAndRun('load r0, 42\nload r1, 8\nadd r2, r0, r1\nemit r2\nhalt')).toBe(50n);
    expect(compileAndRun(`
      load r0, 5
      load r1, 1
      load r2, 1
loop: jz r0, done
      mul r1, r1, r0
      sub r0, r0, r2
      jmp loop
done: push r1
      call last
      halt
last: pop r3
      emit r3
      ret`)).toBe(120n);
    expect(compileAndRun('load r1, 3\nload r2, 7\ncmp r1, r2\nemit r13\nand r3, r1, r2\nor r4, r1, r2\nemit r4\nhalt')).toBe(7n);
    expect(() => compileAndRun('load r0, 42\nhalt')).toThrow('emitted nothing');
    expect(() => compileAndRun('pop r0')).toThrow('the stack is empty');
    expect(() => compileAndRun('a: jmp a', { fuel: 1000n })).toThrow('has not ended (fuel)');
    expect(() => compileAndRun('lod r0, 1')).toThrow('did you mean `load`?');
  });

  it('the stack machine gives 10!', () => {
    expect(run([program('factorial_stack')]).programs[0]).toMatchObject({ ending: 'halted', result: 3628800n });
  });
});

describe.each(ARCHES)('in an image for %s', (arch) => {
  it('the documents in Flux pass their tests', async () => {
    const result = compile(hostWith({}), { main: 'examples/vm/documents.flux.md', board: BOARDS[arch], tests: 'document' });
    expect(readable(result)).toBe('');
    const { status, console } = await boot(result.output!);
    expect([status, result.output!.tests.length], String(console)).toEqual([0, 4]);
  });

  it.each(arch === 'x86_64' ? ['hello_world', 'polyglot_add', 'fibonacci'] : ['fibonacci'])('%s gives the same as bytecode', async (name) => {
    const main = 'examples/vm/one.flux.md';
    const document = `---\nmodule: one\n---\n\n## agent ${name}\n\n- bytecode: ${name}.fasm\n- fuel: 10_000\n- regions: 16 KiB\n- memory: 128 KiB\n`;
    const result = compile(hostWith({ [main]: document }), { main, board: BOARDS[arch] });
    expect(readable(result)).toBe('');
    expect((await boot(result.output!)).status).toBe(Number(VALUES[name]));
  });

  it('the handshake gives 4207, then 49', async () => {
    const result = compile(hostWith({}), { main: 'examples/vm/handshake.flux.md', board: BOARDS[arch] });
    expect(readable(result)).toBe('');
    const { status, lines } = await boot(result.output!);
    expect(lines.slice(-3)).toEqual(['4207', '49', '']);
    expect(status).toBe(49);
  });
});
