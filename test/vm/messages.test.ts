/** Programs beside each other on the host: what they send arrives, and waiting ends as `kernel.interface` says. */
import { describe, expect, it } from 'vitest';
import { assemble, run } from '../../cli/vm/index.ts';

const HEAD = `.set flux64
.capability COMMUNICATE, IO_WRITE
.const WORD 16
.const TOPIC 40
`;
const MEMORY = `.region memory, 512, write
message: .zero 48
payload: .text "payload!"
room: .zero 64
.code
    movi r20, message
`;

function program(name: string, peers: string[], code: string): Uint8Array {
  const text = `${HEAD}.agent ${name}\n${peers.map((peer) => `.peer ${peer}\n`).join('')}${MEMORY}${code}\n    halt\n`;
  return assemble(text, { name });
}

/** `name ending result` of each program. */
function outcomes(...programs: Uint8Array[]): string[] {
  return run(programs, { fuel: 100_000n }).programs.map(({ name, ending, result }) => `${name} ${ending} ${result}`);
}

const SERVE_ONE = `
    agent_wait r1, r0, r20
    load r2, r20, WORD
    addi r2, 1
    store r2, r20, WORD
    reply r3, r20
    mov r16, r1`;

describe('programs beside each other', () => {
  it('start with their handles in registers', () => {
    expect(outcomes(program('a', ['b', 'c'], 'imul r16, r17, r32\niadd r16, r16, r34\niadd r16, r16, r35\niadd r16, r16, r36'),
      program('b', [], ''), program('c', [], ''))).toEqual(['a halted 9', 'b halted 0', 'c halted 0']);
  });

  it('ask and reply', () => {
    const asks = 'movi r1, 41\nmovi r2, b\ncall_agent r16, r2, r1';
    expect(outcomes(program('a', ['b'], asks), program('b', [], SERVE_ONE))).toEqual(['a halted 42', 'b halted 1']);
    expect(outcomes(program('b', [], SERVE_ONE), program('a', ['b'], asks))).toEqual(['b halted 1', 'a halted 42']);
  });

  it('tell: messages come in the order in which they were sent', () => {
    const tells = [7, 8, 9].map((word) => `movi r1, ${word}\nmovi r2, b\nagent_signal r3, r2, r1`).join('\n');
    const takes = `movi r5, 3\nmovi r6, 10\nnext: agent_wait r1, r0, r20\nload r2, r20, WORD\nimul r16, r16, r6\niadd r16, r16, r2\ndec r5\njnz r5, next`;
    expect(outcomes(program('a', ['b'], tells), program('b', [], takes))).toEqual(['a halted 0', 'b halted 789']);
  });

  it('delegate: the result has the number of the work', () => {
    const boss = `movi r2, b\nmovi r1, 20\nstore r1, r20, WORD\ndelegate r5, r2, r20\nagent_wait r1, r2, r20\nload32 r6, r20, 4\nisub r6, r6, r5\nload r16, r20, WORD\niadd r16, r16, r6\nimul r16, r16, r1`;
    expect(outcomes(program('a', ['b'], boss), program('b', [], SERVE_ONE))).toEqual(['a halted 84', 'b halted 3']);
  });

  it('payloads arrive in the room that is named, cut to its size', () => {
    const long = (room: number) => `movi r1, 1\nstore8 r1, r20, 1\nmovi r1, payload\nstore r1, r20, WORD\nmovi r1, 8\nstore r1, r20, WORD + 8\nmovi r22, room\nstore r22, r20, WORD + 16\nmovi r1, ${room}\nstore r1, r20, WORD + 24`;
    const sends = `${long(64)}\nmovi r2, b\ntell r16, r2, r20`;
    const takes = (room: number) => `${long(room)}\nagent_wait r1, r0, r20\nload16 r2, r20, 12\nload r3, r20, WORD\nisub r3, r3, r22\nload8 r4, r22, 3\nmovi r5, 100\nimul r16, r2, r5\niadd r16, r16, r3\niadd r16, r16, r4`;
    expect(outcomes(program('a', ['b'], sends), program('b', [], takes(64)))).toEqual(['a halted 1', `b halted ${800 + 'l'.charCodeAt(0)}`]);
    expect(outcomes(program('a', ['b'], sends), program('b', [], takes(4)))[1]).toBe(`b halted ${400 + 'l'.charCodeAt(0)}`);
    const outside = `${long(64)}\nmovi r1, 600\nstore r1, r20, WORD\nmovi r2, b\ntell r1, r2, r20\nineg r16, r61`;
    expect(outcomes(program('a', ['b'], outside), program('b', [], ''))[0]).toBe('a halted 3');
  });

  it('publish and meet at a barrier', () => {
    const subscribe = 'movi r2, TOPIC\nagent_subscribe r1, r2\nbarrier r4, r2, r0';
    const publishes = `${subscribe}\nmovi r1, 5\nstore r1, r20, WORD\nagent_broadcast r16, r2, r20\nmovi r5, 10\nimul r16, r16, r5\niadd r16, r16, r4`;
    const takes = `${subscribe}\nagent_wait r1, r0, r20\nload r16, r20, WORD\nimul r16, r16, r1`;
    // Those that come first meet alone: they are all the subscribers there are.
    const [a, b] = outcomes(program('a', [], `sys_yield\n${publishes}`), program('b', [], takes));
    expect([a, b]).toEqual(['a halted 12', 'b halted 35']);
    expect(outcomes(program('a', [], 'movi r2, TOPIC\nbarrier r1, r2, r0\nineg r16, r61'))).toEqual(['a halted 3']);
  });

  it('time passes when nobody can run: sleeps and timeouts end', () => {
    expect(outcomes(program('a', [], 'movi r1, 1000\nsys_sleep r1\nmovi r1, 5\nsys_timed_wait r2, r1, r20\nineg r16, r61'))).toEqual(['a halted 5']);
    const asks = 'movi r1, 3\nstore16 r1, r20, 2\nmovi r2, b\nask r1, r2, r20\nineg r16, r61';
    expect(outcomes(program('a', ['b'], asks), program('b', [], 'movi r1, 1000\nsys_sleep r1'))).toEqual(['a halted 5', 'b halted 0']);
  });

  it('an answer that cannot come any more is an error', () => {
    const asks = 'movi r2, b\ncall_agent r1, r2, r0\nineg r16, r61';
    expect(outcomes(program('a', ['b'], asks), program('b', [], ''))).toEqual(['a halted 7', 'b halted 0']);
    expect(outcomes(program('a', ['b'], asks), program('b', [], 'agent_wait r1, r0, r20'))).toEqual(['a halted 7', 'b halted 0']);
  });

  it('a program that waits in vain, or asks for what nobody has, is told so', () => {
    expect(outcomes(program('a', [], 'agent_wait r1, r0, r20'))).toEqual(['a waiting 0']);
    expect(outcomes(program('a', [], 'movi r60, 1\nsyscall\nineg r16, r61'))).toEqual(['a halted 11']);
    expect(outcomes(program('a', [], 'movi r2, 9\nagent_signal r1, r2, r2\nineg r16, r61'))).toEqual(['a halted 7']);
  });

  it('suspends, and is woken', () => {
    expect(outcomes(program('a', [], 'sys_suspend\nmovi r16, 1'), program('b', ['a'], 'movi r1, a\nagent_query r16, r1\nsys_resume r2, r1'))).toEqual(['a halted 1', 'b halted 3']);
    expect(outcomes(program('b', ['a'], 'movi r1, a\nsys_wake r2, r1\nmovi r16, 2'), program('a', [], 'sys_suspend\nmovi r16, 1'))).toEqual(['b halted 2', 'a halted 1']);
  });

  it('capabilities go from one that has them to another', () => {
    const gives = (bit: number) => `movi r1, b\nmovi r2, ${bit}\ncap_grant r3, r1, r2\nineg r16, r61`;
    const takes = 'movi r5, 16\ncap_check r5\njne without\nmovi r16, 100\nwithout: agent_wait r1, r0, r20\nmovi r5, 16\ncap_check r5\njne still\naddi r16, 1\nstill: nop';
    const poor = assemble(`.set flux64\n.capability COMMUNICATE\n.agent b\n${MEMORY}${takes}\n    halt`, { name: 'b' });
    expect(outcomes(program('a', ['b'], gives(0x10)), poor)).toEqual(['a halted 0', 'b halted 1']);
    const [a] = run([program('a', ['b'], gives(0x40)), poor]).programs;
    expect(a).toMatchObject({ ending: 'error', error: expect.stringContaining('capability') });
  });

  it('one that never ends does not keep the others from running', () => {
    const { programs } = run([program('a', [], 'again: jmp again'), program('b', [], 'movi r16, 5')], { fuel: 1_000_000n });
    expect(programs.map(({ ending, result }) => [ending, result])).toEqual([['fuel', 0n], ['halted', 5n]]);
  });
});
