/** Messages FX08xx: command. */
import { messages } from './message.ts';

export const COMMAND_MESSAGES = messages({});
