/** Messages FX02xx: syntax. */
import { messages } from './message.ts';

export const SYNTAX_MESSAGES = messages({});
