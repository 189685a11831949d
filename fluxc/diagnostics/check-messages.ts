/** Messages FX03xx: check. */
import { messages } from './message.ts';

export const CHECK_MESSAGES = messages({});
