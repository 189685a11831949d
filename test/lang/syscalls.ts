/** What a table of system calls needs around it, as small as it can be: the kernel's modules, with the words that the code of a table uses. */
const TRAP = `---
module: hal.cpu.trap
---

## struct Frame

| field | type |
|---|---|
| \`number\` | \`u64\` |
| \`arguments\` | \`[6]u64\` |
| \`error\` | \`i32\` |
| \`value\` | \`u64\` |

## fn number(frame: *Frame): u64

\`\`\`flux
return frame.number
\`\`\`

## fn argument(frame: *Frame, index: u64): u64

\`\`\`flux
return frame.arguments[index]
\`\`\`

## fn set_result(frame: *Frame, error: i32, value: u64)

\`\`\`flux
frame.error = error
frame.value = value
\`\`\`
`;

const INTERFACE = `---
module: kernel.interface
---

## const

| name | value |
|---|---|
| \`IO_READ\` | 8 |
| \`IO_WRITE\` | 16 |
| \`MAY_SEND\` | 1 |
| \`MAY_CONTROL\` | 4 |

## enum Object: u8

| name |
|---|
| \`nothing\` |
| \`process\` |
| \`region\` |
| \`device\` |
`;

const OBJECTS = `---
module: kernel.objects
uses: [hal.cpu.trap, kernel.interface]
---

## struct Process

| field | type |
|---|---|
| \`frame\` | \`trap.Frame\` |
| \`authority\` | \`u64\` |
| \`blocked\` | \`bool\` |
| \`handles\` | \`[4]Handle\` |

## struct Handle

| field | type |
|---|---|
| \`object\` | \`Object\` |
| \`rights\` | \`u16\` |
| \`value\` | \`u64\` |
`;

const HANDLE = `---
module: kernel.handle
uses: [kernel.error, kernel.interface, kernel.objects]
---

## fn find(process: *Process, number: u64, object: Object, rights: u16): !*Handle

\`\`\`flux
if number == 0 || number >= process.handles.len { return .invalid }
let found = &process.handles[number]
if found.object == .nothing || (object != .nothing && found.object != object) { return .invalid }
if found.rights & rights != rights { return .denied }
return found
\`\`\`
`;

const SCHED = `---
module: kernel.sched
uses: [kernel.objects]
---

## fn runs(process: *Process): bool

\`\`\`flux
return !process.blocked
\`\`\`
`;

export const AROUND: Record<string, string> = {
  'hal/cpu/trap.flux.md': TRAP,
  'kernel/interface.flux.md': INTERFACE,
  'kernel/objects.flux.md': OBJECTS,
  'kernel/handle.flux.md': HANDLE,
  'kernel/sched.flux.md': SCHED,
};

const HEAD = '| number | name | arguments | result | capability | handle | handler | meaning |\n|---|---|---|---|---|---|---|---|\n';

/** A document with a table of these rows. */
export function table(uses: string, ...rows: string[]): string {
  const always = 'kernel.error, kernel.handle, kernel.interface, kernel.objects, kernel.sched, hal.cpu.trap';
  return `---\nmodule: kernel.system_calls\nuses: [${always}${uses}]\n---\n\n## syscalls\n\n${HEAD}${rows.join('\n')}\n`;
}
