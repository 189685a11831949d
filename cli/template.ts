/** The files of a new project: two agents, a test, what to type next. They build, boot and test as they stand. */

/** By path. `name`: of the project and of its module. */
export function projectFiles(name: string, board: string): Record<string, string> {
  const module = moduleName(name);
  const title = module[0]!.toUpperCase() + module.slice(1).replace(/_/g, ' ');
  return {
    'fluxos.toml': `# What \`fluxos build\` builds in this folder.\nname = "${name}"\nmain = "${module}.flux.md"\nboard = "${board}"\n`,
    [`${module}.flux.md`]: systemDocument(module, title),
    'README.md': readme(title, module),
    '.gitignore': 'build/\n',
  };
}

/** A name of letters, digits and \`_\` that starts with a letter, made from any text. */
export function moduleName(text: string): string {
  const clean = text.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[_0-9]+|_+$/g, '');
  return clean || 'system';
}

function systemDocument(module: string, title: string): string {
  return `---
module: ${module}
uses: [kernel.agent.console, kernel.agent.messages, kernel.error, kernel.interface]
---

# ${title}

Two agents, each in an address space of its own. \`sensor\` reads a temperature and asks \`alarm\` what to do about it;
\`alarm\` decides and writes to the console. What is not in the lists below, they cannot do.

## const

| name | value | meaning |
|---|---|---|
| \`LIMIT\` | 25 | degrees Celsius above which the alarm rings |
| \`READINGS\` | 5 | then both agents end, and the machine is turned off |

## agent sensor

- priority: 100
- capabilities: COMMUNICATE
- talks to: alarm
- restart: on fault, at most 5 times in 60 s

### init

\`ask_word\` waits for the answer. It may fail, so \`or\` says what then: \`return 1\` ends the agent with code 1.

\`\`\`flux
for turn in 0..READINGS {
    messages.ask_word(alarm, celsius(turn)) or return 1
}
\`\`\`

## agent alarm

- priority: 200
- capabilities: COMMUNICATE, IO_WRITE

### init

\`\`\`flux
var message: Message
for turn in 0..READINGS {
    messages.receive(&message, interface.FOREVER) or return 1
    console.decimal(message.words[0])
    if is_too_warm(message.words[0]) { console.print(" degrees: ringing\\n") } else { console.print(" degrees\\n") }
    message.words[0] = 0
    messages.reply(&message) or return 2
}
\`\`\`

## fn celsius(turn: u64): u64

What the thermometer says. There is none yet: put the driver of yours here (\`docs/drivers.md\` shows how to write one).

\`\`\`flux
return 21 + turn * 7 % 10
\`\`\`

## fn is_too_warm(degrees: u64): bool

\`\`\`flux
return degrees > LIMIT
\`\`\`

## test the alarm rings above the limit

\`\`\`flux
expect(is_too_warm(LIMIT + 1))
expect(!is_too_warm(LIMIT))
\`\`\`
`;
}

function readme(title: string, module: string): string {
  return `# ${title}

A system of two agents. Everything that it does stands in [${module}.flux.md](${module}.flux.md).

| command | does |
|---|---|
| \`fluxos run\` | builds it and boots it in QEMU |
| \`fluxos run --watch\` | and again whenever you save the document |
| \`fluxos test\` | boots its tests |
| \`fluxos debug -x 'break ${module}.agent.sensor'\` | stops gdb on a line of the document |
| \`fluxos run --trace trace.json\` | shows what happened on a time line |
| \`fluxos build --board rpi4\` | makes the image for a Raspberry Pi 4; \`fluxos boards\` lists the others |
| \`fluxos flash --board rpi4 /dev/sdX\` | writes a card |
`;
}
