/** Bytes that do nothing, between functions and in front of aligned places. */
import type { ByteSink } from './encode.ts';

/** The no-operations that Intel recommends, by length (SDM volume 2, NOP, table 4-12). */
const NOPS = [
  [], [0x90], [0x66, 0x90], [0x0f, 0x1f, 0x00], [0x0f, 0x1f, 0x40, 0x00], [0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00], [0x0f, 0x1f, 0x80, 0, 0, 0, 0], [0x0f, 0x1f, 0x84, 0x00, 0, 0, 0, 0],
  [0x66, 0x0f, 0x1f, 0x84, 0x00, 0, 0, 0, 0],
];

/** Writes `count` bytes that code may fall through, in as few instructions as possible. */
export function putPadding(out: ByteSink, count: number): void {
  for (let rest = count; rest > 0;) {
    const nop = NOPS[Math.min(rest, NOPS.length - 1)]!;
    for (const byte of nop) out.put8(byte);
    rest -= nop.length;
  }
}
