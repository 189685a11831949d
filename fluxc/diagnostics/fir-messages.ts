/** Messages FX04xx: fir. */
import { messages } from './message.ts';

export const FIR_MESSAGES = messages({});
