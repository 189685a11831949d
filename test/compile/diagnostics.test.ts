import { describe, expect, it } from 'vitest';
import { compile } from '../../fluxc/compile.ts';
import { hostWith } from '../host.ts';

/** `code line` of everything that is wrong with a root document, in the order of its lines. */
function wrong(text: string, files: Record<string, string> = {}): string[] {
  const { diagnostics, sources, output } = compile(hostWith({ 'bad.flux.md': text, ...files }), { main: 'bad.flux.md', board: 'qemu-x86_64' });
  expect(output).toBeNull();
  return diagnostics.list
    .map(({ code, span }) => ({ code, place: span ? sources.place(span.start) : null }))
    .sort((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0))
    .map(({ code, place }) => `${code} ${place?.path}:${place?.line}`);
}

const HEAD = '---\nmodule: bad\nuses: [kernel.console]\n---\n\n# Bad\n';

describe('one build shows the errors of all stages', () => {
  it('of the syntax, of types and of assembly, without their consequences', () => {
    expect(wrong(`${HEAD}
## fn main(): u32

\`\`\`flux
let a: u8 = 300
other(
return 0
\`\`\`

## fn wrong(: u32

\`\`\`flux
return 1
\`\`\`

## fn third(): u32

\`\`\`flux
let b: u32 = "text"
return wrong(b)
\`\`\`

## fn machine()

\`\`\`asm x86_64
    movv rax, rbx
\`\`\`
`)).toEqual(['FX0311 bad.flux.md:11', 'FX0210 bad.flux.md:13', 'FX0224 bad.flux.md:16', 'FX0303 bad.flux.md:25', 'FX0501 bad.flux.md:32']);
  });

  it('of every document', () => {
    const other = '---\nmodule: other\n---\n\n## fn f(): u32\n\n```flux\nreturn "text"\n```\n';
    const text = HEAD.replace('kernel.console', 'other') + '\n## fn main(): u32\n\n```flux\nlet x: bool = 1\nreturn other.f()\n```\n';
    expect(wrong(text, { 'other.flux.md': other })).toEqual(['FX0303 other.flux.md:8', 'FX0303 bad.flux.md:11']);
  });

  it('names what only the linker can miss', () => {
    const text = HEAD + '\n## fn main(): u32\n\n```asm x86_64\n    call nowhere.at.all\n    ret\n```\n';
    expect(wrong(text)).toEqual(['FX0603 bad.flux.md:11']);
  });
});
