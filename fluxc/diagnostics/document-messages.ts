/** Messages FX01xx: document. */
import { messages } from './message.ts';

export const DOCUMENT_MESSAGES = messages({});
