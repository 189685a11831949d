import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../fluxc/compile.ts';
import { PLAIN, renderDiagnostics } from '../../fluxc/diagnostics/render.ts';
import { Library } from '../../fluxc/lang/library.ts';
import { mapOf } from '../../fluxc/link/map.ts';
import { HOST, hostWith, ROOT } from '../host.ts';

const BOARDS = ['pc', 'qemu-arm64', 'qemu-riscv64', 'qemu-x86_64', 'rpi3', 'rpi4'];
const LIBRARY = new Library();

/** Makes `value` and all that it leads to unchangeable: who writes there throws. Byte arrays cannot be frozen. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return;
  Object.freeze(value);
  if (value instanceof Map) for (const item of value.values()) freeze(item);
  for (const item of Object.values(value)) freeze(item);
}

beforeAll(() => {
  for (const folder of ['hal', 'kernel']) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      const path = `${folder}/${name}`;
      if (!path.endsWith('.flux.md')) continue;
      LIBRARY.add(path, HOST);
      const document = LIBRARY.find(path, HOST.read(path)!);
      expect(document, path).not.toBeNull();
      freeze(document!.node);
    }
  }
});

describe('a build with the library', () => {
  it.each(BOARDS)('gives the same image, map and tests for %s, and changes nothing in it', (board) => {
    const request = { main: 'examples/demo.flux.md', board, tests: 'all' as const };
    const [alone, shared] = [compile(HOST, request), compile(HOST, { ...request, library: LIBRARY })];
    expect(shared.diagnostics.list).toEqual([]);
    expect(Buffer.from(shared.output!.image).equals(Buffer.from(alone.output!.image))).toBe(true);
    expect(Buffer.from(shared.output!.elf).equals(Buffer.from(alone.output!.elf))).toBe(true);
    expect(mapOf(shared.output!.linked, [], shared.sources)).toEqual(mapOf(alone.output!.linked, [], alone.sources));
    expect(shared.output!.tests).toEqual(alone.output!.tests);
    expect(shared.sources.list.map(({ path }) => path)).toEqual(alone.sources.list.map(({ path }) => path));
  });

  it('parses a document anew whose text is another', () => {
    const start = HOST.read('kernel/start.flux.md')!;
    const host = hostWith({ 'kernel/start.flux.md': `${start}\n## fn extra(): u32\n\n\`\`\`flux\nreturn wrong\n\`\`\`\n` });
    const request = { main: 'examples/hello.flux.md', board: 'qemu-arm64' };
    const [alone, shared] = [compile(host, request), compile(host, { ...request, library: LIBRARY })];
    const said = [alone, shared].map(({ diagnostics, sources }) => renderDiagnostics(diagnostics.list, sources, PLAIN));
    expect(said[0]).toContain('wrong');
    expect(said[1]).toBe(said[0]);
  });

  it('leaves documents out that something is to be said about', () => {
    const library = new Library();
    library.add('broken.flux.md', hostWith({ 'broken.flux.md': '# T\n\n## fn broken(\n' }));
    library.add('missing.flux.md', HOST);
    expect(library.find('broken.flux.md', '# T\n\n## fn broken(\n')).toBeNull();
    expect(library.find('missing.flux.md', '')).toBeNull();
  });
});
