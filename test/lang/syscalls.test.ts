import { describe, expect, test } from 'vitest';
import { compile, compileSound, describe as said, runTests } from './program.ts';
import { AROUND, table } from './syscalls.ts';

const DESK = `---
module: kernel.desk
uses: [kernel.error, kernel.objects]
---

## static last: [8]u64

## fn nothing(process: *Process): !u64

\`\`\`flux
return 7
\`\`\`

## fn write(process: *Process, address: u64, length: u64, flags: u64): !u64

\`\`\`flux
if length > 100 { return .overflow }
last = [address, length, flags, 0, 0, 0, 0, 0]
return length
\`\`\`

## fn six(process: *Process, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64): !u64

\`\`\`flux
last = [a, b, c, d, e, f, 0, 0]
return 6
\`\`\`

## fn kill(process: *Process, code: u64, target: *Handle): !u64

\`\`\`flux
return target.value + code
\`\`\`

## fn wait(process: *Process, target: *Handle): !u64

\`\`\`flux
process.blocked = true
return 99
\`\`\`

## fn receive(process: *Process, from: ?*Handle, time: u64): !u64

\`\`\`flux
if let handle = from { return handle.value }
return time
\`\`\`
`;

const ROWS = [
  '| 105 | `GETPID` | | `u64` | - | | `desk.nothing` | |',
  '| 601 | `WRITE` | `text: []u8, flags: u64` | `u64` | `IO_WRITE` | | `desk.write` | Writes. |',
  '| 103 | `KILL` | `code: u64, target: agent` | `u64` | - | `target: process MAY_CONTROL` | `desk.kill` | |',
  '| 0x68 | `WAIT` | `target: capability` | | - | target: process\\|device MAY_CONTROL \\| MAY_SEND | desk.wait | |',
  '| 301 | `RECV` | `from: agent, time: u64` | | - | `from: any or 0` | `desk.receive` | |',
  '| 302 | `CLOSE` | `from: agent, time: u64` | | - | `from: region\\|device or 0` | `desk.receive` | |',
  '| 400 | `LOAD` | `target: agent` | | `IO_READ` | `target: process` | - | |',
  '| 1 | `SIX` | `a: u64, b: i64, c: addr, d: region, e: []u8` | `never` | - | | `desk.six` | |',
];

const CALLER = `---
module: main
uses: [kernel.desk, kernel.error, kernel.interface, kernel.objects, kernel.system_calls]
---

## static process: Process

### fn call(number: u64, a: u64, b: u64): u64

\`\`\`flux
process.frame.number = number
process.frame.arguments = [a, b, 3, 4, 5, 6]
process.frame.error = 55
process.frame.value = 55
process.handles[1] = Handle(object: .process, rights: 5, value: 1000)
process.handles[2] = Handle(object: .device, rights: 1, value: 2000)
process.handles[3] = Handle(object: .region, rights: 7, value: 3000)
system_calls.dispatch(&process)
if process.frame.error != 0 && process.frame.error != 55 {
    expectation(process.frame.value == 0)
    return (process.frame.error as i64) as u64
}
return process.frame.value
\`\`\`

### fn expectation(holds: bool)

\`\`\`flux
assert(holds)
\`\`\`

## test numbers

\`\`\`flux
expect(call(105, 0, 0) == 7)
expect(call(106, 0, 0) as i64 == -3 && call(0, 0, 0) as i64 == -3 && call(0xFFFF_FFFF_FFFF_FFFF, 0, 0) as i64 == -3)
expect(call(0x1_0000_0069, 0, 0) as i64 == -3)
expect(system_calls.name_of(601).len == 5 && system_calls.name_of(602).len == 0)
\`\`\`

## test capabilities

\`\`\`flux
process.authority = 0xFFFF_FFEF
expect(call(601, 8, 9) as i64 == -4)
process.authority = 16
expect(call(601, 8, 9) == 9 && desk.last[0] == 8 && desk.last[1] == 9 && desk.last[2] == 3)
expect(call(601, 8, 101) as i64 == -9)
expect(call(400, 1, 0) as i64 == -4)
process.authority = 8
expect(call(400, 1, 0) as i64 == -11 && call(400, 2, 0) as i64 == -3)
\`\`\`

## test handles

\`\`\`flux
expect(call(103, 5, 1) == 1005)
expect(call(103, 5, 2) as i64 == -3 && call(103, 5, 0) as i64 == -3 && call(103, 5, 77) as i64 == -3)
expect(call(301, 0, 44) == 44 && call(301, 3, 44) == 3000 && call(301, 9, 44) as i64 == -3)
expect(call(302, 0, 44) == 44 && call(302, 2, 44) == 2000 && call(302, 3, 44) == 3000 && call(302, 1, 44) as i64 == -3)
\`\`\`

## test who does not run keeps its frame

\`\`\`flux
expect(call(104, 3, 0) as i64 == -3 && call(104, 2, 0) as i64 == -4)
expect(call(104, 1, 0) == 55)
process.blocked = false
\`\`\`

## test six registers

\`\`\`flux
expect(call(1, 1, 2) == 6)
for i in 0..6 { expect(desk.last[i] == i + 1) }
\`\`\`
`;

describe('system calls', () => {
  test('a table is dispatched, checked and answered', () => {
    const documents = {
      ...AROUND, 'kernel/desk.flux.md': DESK, 'kernel/system_calls.flux.md': table(', kernel.desk', ...ROWS),
      'main.flux.md': CALLER,
    };
    expect(runTests(compileSound(documents)).filter((line) => !line.endsWith(': passed'))).toEqual([]);
  });

  const wrong: [string, string, string][] = [
    ['a handler that takes less', '| 1 | `A` | `a: u64` | | - | | `desk.nothing` |',
      '10:33 FX0303 expected `fn(*Process, u64): !u64`, found `fn(*Process): !u64` (it must take these parameters and give this result)'],
    ['a handler that takes no handle', '| 1 | `A` | `a: u64, to: agent` | | - | `a: any` | `desk.kill` |',
      '10:53 FX0303 expected `fn(*Process, *Handle, u64): !u64`, found `fn(*Process, u64, *Handle): !u64` (it must take these parameters and give this result)'],
    ['a handler that takes no missing handle', '| 1 | `A` | `a: u64` | | - | `a: any or 0` | `desk.wait` |',
      '10:47 FX0303 expected `fn(*Process, ?*Handle): !u64`, found `fn(*Process, *Handle): !u64` (it must take these parameters and give this result)'],
    ['a handler that nobody has', '| 1 | `A` | | | - | | `desk.nothin` |',
      '10:29 FX0307 module `kernel.desk` has no `nothin` (did you mean `nothing`?)'],
    ['a handler of a module that is not used', '| 1 | `A` | | | - | | `shop.sell` |',
      '10:24 FX0301 nothing is called `shop` here (declare it with `let` or `var`, or under a heading of this or a used document)'],
    ['a handler that is a number', '| 1 | `A` | | | - | | `interface.IO_READ` |',
      '10:24 FX0303 expected `fn(*Process): !u64`, found `integer` (write `interface.IO_READ as fn(*Process): !u64`)'],
    ['a capability that is none', '| 1 | `A` | | | `IO_REED` | | `desk.nothing` |',
      '10:18 FX0307 module `kernel.interface` has no `IO_REED` (did you mean `IO_READ`?)'],
    ['a kind of object that is none', '| 1 | `A` | `a: u64` | | - | `a: proces` | - |',
      '10:31 FX0306 `Object` has no `proces` (did you mean `process`?)'],
    ['one of several kinds', '| 1 | `A` | `a: u64` | | - | `a: region\\|devise` | - |',
      '10:42 FX0306 `Object` has no `devise` (did you mean `device`?)'],
    ['a right that is none', '| 1 | `A` | `a: u64` | | - | `a: any MAY_SEND\\|MAY_READ` | - |',
      '10:48 FX0307 module `kernel.interface` has no `MAY_READ` (did you mean `MAY_SEND`?)'],
  ];
  test('a handler may stand in the document of the table', () => {
    const documents = {
      ...AROUND,
      'kernel/system_calls.flux.md': `${table('', '| 1 | `A` | | | - | | `answer` | |')}
### fn answer(process: *Process): !u64

\`\`\`flux
return 42
\`\`\`

## test it answers

\`\`\`flux
var process: Process
process.frame.number = 1
dispatch(&process)
expect(process.frame.value == 42)
\`\`\`
`,
    };
    expect(runTests(compileSound(documents))).toEqual(['it answers: passed']);
  });

  test.each(wrong)('%s is reported at its cell', (_, row, expected) => {
    const documents = {
      ...AROUND, 'kernel/desk.flux.md': DESK, 'kernel/system_calls.flux.md': table(', kernel.desk', row),
    };
    expect(said(compile(documents))).toEqual([expected]);
  });
});
