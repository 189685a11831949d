/** Messages FX09xx: agents, what their documents say of them, and their programs. */
import { messages } from './message.ts';

export const AGENT_MESSAGES = messages({
  // ---- key lists ----
  FX0901: {
    text: 'this list takes lines `- key: value`',
    hint: 'the keys are {}; lists for the reader stand behind this one',
    example: '## agent sensor\n\n- priority 100',
  },
  FX0902: {
    text: 'nothing is known of the key `{}`',
    hint: '{}',
    example: '## agent sensor\n\n- priorty: 100',
  },
  FX0903: {
    text: 'the key `{}` stands here twice',
    hint: 'keep one of the two lines; several values stand in one line with commas between',
    example: '- talks to: alarm\n- talks to: logger',
  },
  FX0904: {
    text: '`{}` takes {}, not `{}`',
    hint: 'write `- {}: {}`',
    example: '- priority: 300',
  },
  FX0905: {
    text: 'there is no capability `{}`',
    hint: '{}',
    example: '- capabilities: FLY',
  },
  FX0906: {
    text: '`{}` names `{}` twice',
    hint: 'take one out',
    example: '- devices: uart1, uart1',
  },
  FX0907: {
    text: 'these are keys of agents, and this test runs in the kernel',
    hint: 'add `- in: agent`, or take them out',
    example: '## test it writes\n\n- capabilities: IO_WRITE',
  },

  // ---- agents ----
  FX0910: {
    text: 'the agent `{}` does nothing',
    hint: 'write what it does in a block ```flux under `init`, `loop` or `on tell(message: *Message)`, a heading one level below its own',
    example: '## agent sensor\n\n- priority: 100',
  },
  FX0911: {
    text: 'steps in words are not understood yet',
    hint: 'write them as code, in a block ```flux',
    example: '### loop\n\n1. Read the temperature.',
  },
  FX0912: {
    text: 'the agent `{}` has a second {}',
    hint: 'put the code of both under one heading',
    example: '### on tell(message: *Message)\n\n### on tell(again: *Message)',
  },
  FX0913: {
    text: 'a handler takes a `*Message`, not {}',
    hint: 'write `### on {}(message: *Message)`, and use `kernel.interface`, where `Message` is declared',
    example: '### on tell(number: u64)',
  },
  FX0914: {
    text: 'two agents are called `{}`',
    hint: 'agents speak to each other by name: give one of them another',
    example: 'an `## agent sensor` in each of two documents',
  },
  FX0915: {
    text: 'there is no agent `{}`',
    hint: '{}',
    example: '- talks to: nobody',
  },
  FX0916: {
    text: 'the board `{}` has no device `{}` for agents',
    hint: '{}',
    example: '- devices: uart7',
  },
  FX0917: {
    text: 'an agent reaches itself by the name `self`',
    hint: 'take `{}` out',
    example: '## agent sensor\n\n- talks to: sensor',
  },
  FX0918: {
    text: '{} {} are more than the {} that {} can have',
    hint: null,
    example: 'an agent that talks to 100 others',
  },
  FX0919: {
    text: '`{}` is longer than the {} bytes that a name may have',
    hint: 'find a shorter one',
    example: '## agent the_one_that_watches_the_temperature',
  },

  // ---- programs ----
  FX0920: {
    text: 'agent `{}` reaches `{}`, which only the kernel has: {}',
    hint: 'an agent reaches devices by handles that its document gives, everything else by messages and system calls',
    example: 'an agent that calls `kernel.console.print`',
  },
  FX0921: {
    text: 'agent `{}` may have {} bytes, and its stack and data alone are {}',
    hint: 'give it more with `- memory:`, or less with `- stack:`',
    example: '- memory: 16 KiB\n- stack: 16 KiB',
  },
  FX0922: {
    text: '`{}` is for agents, and this is code of the kernel',
    hint: 'call the function of the kernel itself, or move this code into an agent',
    example: '`call.write("text")` in `main`',
  },
});
