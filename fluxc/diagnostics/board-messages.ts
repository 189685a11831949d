/** Messages FX07xx: board. */
import { messages } from './message.ts';

export const BOARD_MESSAGES = messages({});
