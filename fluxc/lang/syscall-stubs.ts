/**
 * The module `call`, with which agents make system calls: one function a row of the kernel's table, as FLUX.MD text that
 * is compiled like any other.
 *
 * A function has a body of assembly an architecture: our calling convention has the arguments where the kernel wants
 * them already, but for the fourth of x86_64, whose register `syscall` overwrites. The kernel answers in the registers of
 * a `!T` (`representation.ts`): first the error, then the value. So a stub is the number, the trap, and the way back.
 */
import type { SystemCall } from './ast.ts';
import type { Documents } from './documents.ts';

/** The document with the kernel's table. */
const TABLE = 'kernel/system_calls.flux.md';

/** The module `call`; null if there is no table. */
export function stubModule(documents: Documents): { path: string; text: string } | null {
  const text = documents.read(TABLE);
  if (text === null) return null;
  return { path: 'call.flux.md', text: stubText(documents.parse(TABLE, text).node.systemCalls) };
}

/** The text of the module for a table. */
export function stubText(calls: readonly SystemCall[]): string {
  const head = '---\nmodule: call\nuses: [kernel.error]\n---\n\n# System calls\n';
  return head + calls.map(stub).join('');
}

function stub(call: SystemCall): string {
  const params = call.arguments.map(({ name, type }) => `${name.text}: ${type}`).join(', ');
  const result = call.result === 'never' ? '' : `: !${call.result}`;
  const fourth = call.arguments.some(({ register, type }) => register + (type === '[]u8' ? 1 : 0) >= 3);
  const bodies: [string, string[]][] = [
    ['x86_64', [`mov eax, ${call.number}`, ...(fourth ? ['mov r10, rcx'] : []), 'syscall', 'ret']],
    ['arm64', [`mov x8, #${call.number}`, 'svc #0', 'ret']],
    ['riscv64', [`li a7, ${call.number}`, 'ecall', 'ret']],
  ];
  const blocks = bodies.map(([arch, lines]) => `\n\`\`\`asm ${arch}\n${lines.map((line) => `    ${line}\n`).join('')}\`\`\`\n`);
  return `\n## fn ${call.name.text.toLowerCase()}(${params})${result}\n\n${call.meaning}\n${blocks.join('')}`;
}
