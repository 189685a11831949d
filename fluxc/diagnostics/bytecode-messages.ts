/** Messages FX0923 to FX0930: agents that run bytecode. */
import { messages } from './message.ts';

export const BYTECODE_MESSAGES = messages({
  FX0923: {
    text: 'the key `{}` is for agents that run bytecode',
    hint: 'add `- bytecode: program.fluxbc`, or take it out',
    example: '- fuel: 1_000_000',
  },
  FX0924: {
    text: 'the agent `{}` has bytecode, and code as well',
    hint: 'take one of them out, or make two agents of it that talk to each other',
    example: '- bytecode: blink.fluxbc\n\n### init',
  },
  FX0925: {
    text: 'there is no file `{}`',
    hint: 'the path starts at the folder of the document',
    example: '- bytecode: missing.fluxbc',
  },
  FX0926: {
    text: '`{}` is no sound bytecode: {}',
    hint: 'make it anew with `fluxos vm asm`',
    example: 'a `.fluxbc` of which a byte has changed',
  },
  FX0927: {
    text: '`{}` needs {}, and the agent `{}` has not',
    hint: 'add it to `- capabilities:`, or take it out of the program',
    example: '- bytecode: talks.fluxbc      without `- capabilities: COMMUNICATE`',
  },
  FX0928: {
    text: 'handle {} of `{}` is for `{}`, and that of the agent `{}` is {}',
    hint: 'name the agents under `- talks to:` in the order of the program, before topics, devices and programs',
    example: '- talks to: logger, host      for a program that talks to host, logger',
  },
  FX0929: {
    text: '`{}` needs {} bytes for its code, stack and regions, and the agent `{}` has {}',
    hint: 'give it more with `- regions:`',
    example: '- regions: 4 KiB',
  },
  FX0930: {
    text: '`{}` is written in {}, and agents run flux64',
    hint: 'translate it with `fluxos isa translate`',
    example: '- bytecode: stack.fluxbc',
  },
});
