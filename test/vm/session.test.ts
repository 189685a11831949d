import { describe, expect, it } from 'vitest';
import { Debugger } from '../../cli/vm/debugger.ts';
import { Repl } from '../../cli/vm/repl.ts';
import { assembleText, type Program } from '../../cli/vm/programs.ts';
import { Machine } from '../../cli/vm/machine.ts';
import { Session } from '../../cli/vm/session.ts';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { HOST } from '../host.ts';
import { Random } from '../random.ts';

function programOf(text: string, path = 'test.fasm'): Program {
  const program = assembleText(path, text, new Sources(), new Diagnostics());
  if (!program) throw new Error('the text has errors');
  return program;
}

function session(program: Program, others: readonly Program[] = [], input = ''): { session: Session; written: () => string } {
  let rest = Buffer.from(input);
  const written: Uint8Array[] = [];
  const machineOf = (each: Program) => Machine.load(each.file, 0x7ff).machine!;
  const made = new Session(program, machineOf(program), others.map((each) => ({ program: each, machine: machineOf(each) })), {
    write: (bytes) => void written.push(bytes),
    read: (most) => {
      const part = rest.subarray(0, most);
      rest = rest.subarray(part.length);
      return part;
    },
  });
  return { session: made, written: () => Buffer.concat(written).toString() };
}

function example(name: string): Program {
  return programOf(HOST.read(`examples/vm/${name}.fasm`)!, `${name}.fasm`);
}

/** Everything that a program can see of itself. */
function stateOf({ machine }: Session): string {
  const { pc, registers, flags, stack, calls, executed, regions } = machine;
  const memory = regions.map(({ address, size }) => Buffer.from(machine.bytes(address, Math.min(size, 4096))).toString('hex'));
  return [pc, flags, executed, registers.join(), stack.join(), calls.join(), memory.join()].join(' | ');
}

/** Copies its input to its output, in capitals, and sums it up. */
const ECHO = `.set flux64
.capability IO_READ, IO_WRITE
.region buffer, 16, write
place: .zero 4
.code
next:
    movi r1, place
    movi r2, 3
    io_read r3, r1, r2
    jz r3, done
    load8 r4, r1, 0
    iadd r16, r16, r4
    addi r4, -32
    store8 r4, r1, 0
    io_write r0, r1, r3
    jmp next
done:
    halt
`;

describe('a session', () => {
  it.each<[string, () => ReturnType<typeof session>]>([
    ['of recursion', () => session(example('recursion'))],
    ['of the stack machine', () => session(example('factorial_stack'))],
    ['of asm16', () => session(example('readme'))],
    ['that reads and writes', () => session(programOf(ECHO), [], 'some text\n')],
    ['of two programs', () => session(example('navigator'), [example('engine')])],
  ])('%s goes back to any instruction, and forward again', (_, make) => {
    const { session: made, written } = make();
    const states: string[] = [];
    while (made.ended === null) {
      states[Number(made.executed)] = stateOf(made);
      made.step();
    }
    const end = stateOf(made);
    const text = written();
    const random = new Random(3);
    for (let i = 0; i < 30; i++) {
      const to = random.below(states.length);
      made.goTo(BigInt(to));
      expect(stateOf(made)).toBe(states[to]);
      for (let more = to + 1; more < Math.min(to + 20, states.length); more++) {
        made.step();
        expect(stateOf(made)).toBe(states[more]);
      }
    }
    made.continue();
    expect(stateOf(made)).toBe(end);
    expect(written()).toBe(text);
  });

  it('goes back from an error to the instruction before it', () => {
    const { session: made } = session(programOf('.set flux64\n movi r1, 1\n idiv r2, r1, r0\n halt'));
    expect(made.continue()).toEqual({ kind: 'error' });
    expect(made.machine.error.text).toContain('division by zero');
    made.back();
    expect([made.machine.pc, made.ended]).toEqual([4, null]);
    const { session: small } = session(programOf('.set asm16\n load r1, 1\n pop r2\n halt'));
    expect(small.continue()).toEqual({ kind: 'error' });
    small.back();
    expect([small.machine.pc, small.ended]).toEqual([10, null]);
  });

  it('goes far back: copies are kept, and not too many', () => {
    const { session: made } = session(programOf('.set flux64\n movi r1, 10\n movhi r1, 0\nloop: inc r2\n dec r1\n jnz r1, loop\n halt'));
    made.breakpoints.add(20);
    expect(made.continue(600_000n).kind).toBe('limit');
    const there = stateOf(made);
    made.goTo(599_990n);
    for (let i = 0; i < 10; i++) made.step();
    expect(stateOf(made)).toBe(there);
    made.goTo(100n);
    expect(made.machine.registers[2]).toBe(33n);
  });
});

describe('the debugger', () => {
  it('does what its commands say', () => {
    const { session: made } = session(example('recursion'));
    const tool = new Debugger(made);
    const say = (line: string) => tool.execute(line).join('\n').replace(/(\S) {3,}; /g, '$1 ; ');
    const line = HOST.read('examples/vm/recursion.fasm')!.split('\n').findIndex((each) => each.includes('pop r2 ')) + 1;
    expect(say('step 2')).toBe('=> 000c  movi r1, 2 ; line 12: movi r1, 2\n   r16 = 10');
    expect(say('calls')).toBe('=> 000c  movi r1, 2 ; line 12: movi r1, 2\n   0008  halt ; line 8: halt');
    expect(say(`break ${line}`)).toMatch(/^ \* 0020 {2}pop r2 /);
    expect(say('continue')).toMatch(/^breakpoint\n=> 0020 .*\n {3}r1 = 2, r16 = 1$/);
    expect(say('stack')).toBe(['2', '3', '4', '5', '6', '7', '8', '9', '10'].map((value, index) => `${String(8 - index).padStart(5)}: ${value}`).join('\n'));
    expect(say('r r16')).toMatch(/^r16 = 1 {2}hexadecimal 0x1 /);
    const at = made.executed;
    expect(say('back 5')).toContain('=> ');
    expect(made.executed).toBe(at - 5n);
    expect(say('continue-back')).toBe('at the start\n=> 0000  movi r16, 10 ; line 6: movi r16, 10\n   r1 = 0, r16 = 0');
    expect(say('delete')).toBe('all removed');
    expect(say('break fib')).toMatch(/000c/);
    expect(say('next')).toContain('0004');
    expect(say('next')).toMatch(/^breakpoint\n=> 000c/);
    expect(say('delete fib')).toBe('removed');
    expect(say('finish')).toMatch(/^=> 0008 {2}halt/);
    expect(made.machine.registers[16]).toBe(55n);
    expect(say('step')).toBe('ended: r16 = 55 after 1414 instructions');
    expect(say('restart')).toMatch(/^at the start\n=> 0000/);
    expect(say('goto 1414')).toContain('ended: r16 = 55');
    expect(say('goto 3')).toContain('=> 0010  blt');
    expect(say('list fib')).toContain('    11  fib:');
    expect(say('disassemble main 2')).toBe('main:\n   0000  movi r16, 10 ; line 6: movi r16, 10\n   0004  calli fib ; line 7: calli fib');
    expect(say('where')).toContain('recursion, flux64, 3 instructions executed');
    expect(say('flags')).toBe('no flag is set');
    expect(say('help').split('\n').length).toBeGreaterThan(20);
    expect(say('nonsense')).toBe('there is no command `nonsense`; `help` lists them');
    expect(say('break nowhere')).toBe('`nowhere` is no line, label or address');
    expect(say('break 0x2')).toBe('no instruction starts at 0002');
    expect(say('watch')).toBe('it is written `watch REGION+OFFSET[:SIZE]`');
    expect(say('watch data+0')).toBe('there is no region `data`; `regions` lists them');
    expect(say('regions')).toBe('the program has no region');
    expect(tool.isDone).toBe(false);
    expect([say('quit'), tool.isDone]).toEqual(['', true]);
  });

  it('watches memory, and shows it', () => {
    const { session: made, written } = session(programOf(ECHO), [], 'abc');
    const tool = new Debugger(made);
    const say = (line: string) => tool.execute(line).join('\n').replace(/(\S) {3,}; /g, '$1 ; ');
    expect(say('regions')).toBe(' 0  buffer                  16 bytes, write, active');
    expect(say('watch buffer+0:4')).toBe('watching buffer+0:4: 00 00 00 00');
    expect(say('c').split('\n').slice(0, 2)).toEqual(['buffer+0:4 changed: 00 00 00 00 -> 61 62 63 00', '=> 000c  jz r3, done ; line 10: jz r3, done']);
    expect(say('c')).toMatch(/^buffer\+0:4 changed: 61 62 63 00 -> 41 62 63 00\n/);
    expect(say('x buffer 4')).toBe('000000  41 62 63 00                                      Abc.');
    expect(say('d buffer')).toBe('removed');
    expect(say('c')).toContain('ended: r16 = 97');
    expect(written()).toBe('Abc');
    say('restart');
    say('c');
    expect(written()).toBe('Abc');
  });
});

describe('the repl', () => {
  it('does once what a line asks for, however often the program runs', () => {
    const written: string[] = [];
    const repl = new Repl('flux64', 0, { write: (bytes) => void written.push(Buffer.from(bytes).toString()), read: () => new Uint8Array(0) });
    for (const line of ['.region memory, 64, write', '.text "hello"', '.code', 'movi r1, 5', 'io_write r2, r0, r1']) repl.execute(line);
    expect(written).toEqual(['hello']);
    expect(repl.execute('movi r3, 1')).toEqual(['r3 = 1']);
    expect(repl.execute(':undo')).toEqual(['5 lines']);
    expect(repl.execute(':undo')).toEqual(['4 lines']);
    expect(written).toEqual(['hello']);
    expect(repl.execute('io_write r2, r0, r1')).toEqual(['r2 = 5']);
    expect(written).toEqual(['hello', 'hello']);
    expect(repl.execute('again: jmp again')[0]).toContain('still running');
    expect(repl.execute('agent_wait r1, r0, r0')[0]).toContain('nobody is there');
    expect(repl.execute('r2 * 2 + memory')).toEqual(['10  0xa']);
    expect([repl.execute(':quit'), repl.isDone]).toEqual([[], true]);
  });
});
