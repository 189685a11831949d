/**
 * The catalogue of messages: one row a code, gathered from one file a stage. `docs/errors.md` is made from it.
 * Codes are stable: a retired code is never given to another message.
 */
import { AGENT_MESSAGES } from './agent-messages.ts';
import { ASSEMBLER_MESSAGES } from './assembler-messages.ts';
import { BOARD_MESSAGES } from './board-messages.ts';
import { BYTECODE_MESSAGES } from './bytecode-messages.ts';
import { CHECK_MESSAGES } from './check-messages.ts';
import { COMMAND_MESSAGES } from './command-messages.ts';
import { CONFORMANCE_MESSAGES } from './conformance-messages.ts';
import { DOCUMENT_MESSAGES } from './document-messages.ts';
import { FIR_MESSAGES } from './fir-messages.ts';
import { ISA_MESSAGES } from './isa-messages.ts';
import { LINK_MESSAGES } from './link-messages.ts';
import { SYNTAX_MESSAGES } from './syntax-messages.ts';
import { VM_MESSAGES } from './vm-messages.ts';

export const CATALOGUE = {
  ...DOCUMENT_MESSAGES,
  ...SYNTAX_MESSAGES,
  ...CHECK_MESSAGES,
  ...FIR_MESSAGES,
  ...ASSEMBLER_MESSAGES,
  ...LINK_MESSAGES,
  ...BOARD_MESSAGES,
  ...COMMAND_MESSAGES,
  ...AGENT_MESSAGES,
  ...BYTECODE_MESSAGES,
  ...ISA_MESSAGES,
  ...VM_MESSAGES,
  ...CONFORMANCE_MESSAGES,
};

export type Code = keyof typeof CATALOGUE;
