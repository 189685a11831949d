/** The module `call`, made from the kernel's table: every stub has the signature of its row and assembles to a few instructions. */
import { describe, expect, it } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import type { ModuleNode } from '../../fluxc/lang/ast.ts';
import { lowerModules } from '../../fluxc/lang/compile-modules.ts';
import { Documents } from '../../fluxc/lang/documents.ts';
import { stubModule } from '../../fluxc/lang/syscall-stubs.ts';
import { generate } from '../../fluxc/target/machine/generate.ts';
import { TARGETS } from '../../fluxc/targets.ts';
import { HOST } from '../host.ts';

const USER = `---
module: user
uses: [call, kernel.error]
---

## fn run(): !u64

\`\`\`flux
let child: agent = try call.spawn(5 as capability, 0, 1, 100, 0)
let code: u64 = try call.wait(child, 10)
let memory: addr = try call.mmap(6 as capability, 3)
try call.a2a_subscribe(call.open("news") or return .not_found, 1)
try call.yield(0)
call.exit(code)
return try call.write("done") + memory as u64
\`\`\`
`;

function build(arch: 'x86_64' | 'arm64' | 'riscv64') {
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const documents = new Documents(HOST, sources, diagnostics);
  const stubs = stubModule(documents)!;
  const nodes: ModuleNode[] = [
    documents.parse('kernel/error.flux.md', HOST.read('kernel/error.flux.md')!).node,
    documents.parse(stubs.path, stubs.text).node,
    documents.parse('user.flux.md', USER).node,
  ];
  const exports = ['user.run', ...nodes[1]!.decls.map(({ name }) => `call.${name.text}`)];
  const environment = { arch, placements: new Map(), aliases: new Map(), tests: false, exports, sources };
  const module = lowerModules(nodes, environment, diagnostics);
  const atoms = generate(module, TARGETS[arch], diagnostics);
  expect(diagnostics.list.map(({ message }) => message)).toEqual([]);
  const code = (name: string): string[] => {
    const { bytes } = atoms.find(({ symbol }) => module.symbols[symbol]!.name === name)!;
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const { text, length } = TARGETS[arch].disassemble(bytes, at, at);
      lines.push(text);
      at += length;
    }
    return lines;
  };
  return { names: nodes[1]!.decls.map(({ name }) => name.text), code };
}

describe('the module `call`', () => {
  it('has a function for each of the thirty-one system calls', () => {
    const { names } = build('x86_64');
    expect(names).toHaveLength(31);
    expect(names.slice(0, 6)).toEqual(['spawn', 'yield', 'exit', 'kill', 'wait', 'getpid']);
  });

  it.each([
    ['x86_64', ['mov eax, 601', 'syscall', 'ret'], ['mov eax, 300', 'mov r10, rcx', 'syscall', 'ret']],
    ['arm64', ['mov x8, #0x259', 'svc #0x0', 'ret'], ['mov x8, #0x12c', 'svc #0x0', 'ret']],
    ['riscv64', ['li a7, 601', 'ecall', 'ret'], ['li a7, 300', 'ecall', 'ret']],
  ] as const)('is the number, the trap and the way back on %s', (arch, write, send) => {
    const { names, code } = build(arch);
    expect(code('call.write')).toEqual(write);
    expect(code('call.a2a_send')).toEqual(send);
    for (const name of names) expect(code(`call.${name}`).length).toBeLessThanOrEqual(4);
  });
});
