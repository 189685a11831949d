/** Messages FX06xx: link. */
import { messages } from './message.ts';

export const LINK_MESSAGES = messages({});
