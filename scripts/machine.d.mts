import type { Machine } from './install-plan.mjs';

export function readMachine(options: { judges: boolean; setup: string }): Machine;
export function has(program: string): boolean;
