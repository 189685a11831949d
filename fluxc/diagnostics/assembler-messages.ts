/** Messages FX05xx: assembler. */
import { messages } from './message.ts';

export const ASSEMBLER_MESSAGES = messages({});
