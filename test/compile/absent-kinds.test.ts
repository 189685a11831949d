/** Which kinds of messages programs send, as the compiler sees it, and what of the kernel goes if nobody sends a kind. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../fluxc/compile.ts';
import { hostWith, readable } from '../host.ts';

const BOARDS = ['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'];

/** A system of two agents, of which one does `code`. */
function build(code: string, board: string) {
  const document = `---
module: system_of_two
uses: [call, kernel.agent.messages, kernel.error, kernel.interface]
---

# Two

## agent sender

- capabilities: COMMUNICATE
- talks to: receiver
- topics: market (publish)

### init

\`\`\`flux
var message: Message
${code}
\`\`\`

## agent receiver

### init

\`\`\`flux
var message: Message
_ = messages.receive(&message, interface.FOREVER)
\`\`\`

## fn own(to: agent)

\`\`\`asm x86_64
    mov eax, 300
    syscall
    ret
\`\`\`

\`\`\`asm arm64
    mov x8, #300
    svc #0
    ret
\`\`\`

\`\`\`asm riscv64
    li a7, 300
    ecall
    ret
\`\`\`
`;
  const result = compile(hostWith({ 'two.flux.md': document }), { main: 'two.flux.md', board });
  expect(readable(result)).toBe('');
  return result.output!;
}

function kinds(code: string, board: string): number[] | null {
  const sent = build(code, board).programs.find(({ name }) => name === 'sender')!.kinds;
  return sent && [...sent].sort((a, b) => a - b);
}

describe('the kinds of messages that a program sends', () => {
  it.each([
    ['nothing', '', []],
    ['a question of the library', '_ = messages.ask_word(receiver, argument)', [1]],
    ['a message in memory', '_ = messages.tell(receiver, &message)', [0]],
    ['an answer to what came', '_ = messages.receive(&message, 0)\n_ = messages.reply_and_receive(&message)', [2]],
    ['several', '_ = messages.delegate(receiver, &message)\n_ = messages.publish(market, &message)', [3, 7]],
    ['a number among other bits', '_ = call.a2a_send(receiver, 9 | argument << 16, 0, 0, 0, 0)', [9]],
    ['a number that is computed', '_ = call.a2a_send(receiver, argument, 0, 0, 0, 0)', null],
    ['bits that reach the kind', '_ = call.a2a_send(receiver, argument << 4, 0, 0, 0, 0)', null],
    ['its own assembly', 'own(receiver)', null],
    ['a function by its address', 'let send = call.a2a_send\nlet functions = [send, send]\n_ = functions[argument](receiver, 0, 0, 0, 0, 0)', null],
    ['a broadcast', '_ = call.a2a_broadcast(0, 1, 2, 3, 4)', [0]],
  ])('%s', (_, code, expected) => {
    expect(kinds(code, 'qemu-x86_64')).toEqual(expected);
  });

  it.each(BOARDS)('are what the kernel has code for (%s)', (board) => {
    const size = (code: string) => build(code, board).linked.sections[0]!.bytes.length;
    const asks = size('_ = messages.ask_word(receiver, 1)');
    const tells = size('_ = messages.tell_word(receiver, 1)');
    const delegates = size('_ = messages.delegate(receiver, &message)');
    const any = size('own(receiver)');
    expect(asks + 200).toBeLessThan(tells);
    expect(tells + 500).toBeLessThan(delegates);
    expect(delegates + 300).toBeLessThan(any);
  });
});
