import { describe, expect, test } from 'vitest';
import { CodeBuffer } from '../../fluxc/target/machine/code-buffer.ts';
import { Random } from '../random.ts';

const SHORT = 1;
const LONG = 2;

/** A branch like x86's `jmp`: EB rel8, or E9 rel32, relative to its end. */
function branch(out: CodeBuffer, label: number): void {
  if (out.nextIsLong()) {
    out.put8(0xe9);
    out.fixup(LONG, label);
    out.put32(0);
  } else {
    out.put8(0xeb);
    out.fixup(SHORT, label);
    out.put8(0);
  }
}

function patch(bytes: Uint8Array, position: number, kind: number, distance: number): boolean {
  if (kind === LONG) {
    new DataView(bytes.buffer).setInt32(position, distance - 4, true);
    return true;
  }
  if (distance - 1 < -128 || distance - 1 > 127) return false;
  bytes[position] = distance - 1;
  return true;
}

function emit(labels: number, write: (out: CodeBuffer) => void): CodeBuffer {
  const out = new CodeBuffer(labels);
  out.emitUntilStable(() => write(out), (code) => {
    out.put8(0xcc);
    out.put8(code);
  }, patch);
  return out;
}

const fill = (out: CodeBuffer, count: number) => {
  for (let i = 0; i < count; i++) out.put8(0x90);
};

/** Where a branch at `at` goes. */
function destination(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer);
  if (bytes[at] === 0xeb) return at + 2 + view.getInt8(at + 1);
  expect(bytes[at]).toBe(0xe9);
  return at + 5 + view.getInt32(at + 1, true);
}

describe('bytes', () => {
  test('are little-endian and grow beyond the first room', () => {
    const out = emit(0, (buffer) => {
      buffer.put16(0x1234);
      buffer.put32(0xdeadbeef | 0);
      fill(buffer, 1000);
    });
    expect([...out.finished().slice(0, 6)]).toEqual([0x34, 0x12, 0xef, 0xbe, 0xad, 0xde]);
    expect(out.finished().length).toBe(1006);
  });
});

describe('branches', () => {
  test.each([[127, 0xeb], [128, 0xe9]])('forward over %i bytes', (distance, opcode) => {
    const out = emit(1, (buffer) => {
      branch(buffer, 0);
      fill(buffer, distance);
      buffer.bind(0);
      fill(buffer, 1);
    });
    const bytes = out.finished();
    expect(bytes[0]).toBe(opcode);
    expect(destination(bytes, 0)).toBe(out.labelPosition(0));
  });

  test.each([[126, 0xeb], [127, 0xe9]])('backward over %i bytes', (distance, opcode) => {
    const bytes = emit(1, (buffer) => {
      buffer.bind(0);
      fill(buffer, distance);
      branch(buffer, 0);
    }).finished();
    expect(bytes[distance]).toBe(opcode);
    expect(destination(bytes, distance)).toBe(0);
  });

  test.each([[100, 0], [200, 1], [40_000, 2]])('over %i bytes in the form of level %i', (distance, level) => {
    const out = new CodeBuffer(1);
    const limits = [127, 32767, Infinity];
    let last = -1;
    out.emitUntilStable(() => {
      last = out.nextLevel();
      out.fixup(last, 0);
      fill(out, distance);
      out.bind(0);
    }, () => {}, (_bytes, _position, kind, away) => away <= limits[kind]!);
    expect(last).toBe(level);
  });

  test('one that grows pushes another out of reach', () => {
    const out = emit(2, (buffer) => {
      branch(buffer, 0);
      branch(buffer, 1);
      fill(buffer, 125);
      buffer.bind(0);
      fill(buffer, 100);
      buffer.bind(1);
      fill(buffer, 1);
    });
    const bytes = out.finished();
    expect([bytes[0], bytes[5]]).toEqual([0xe9, 0xe9]);
    expect(destination(bytes, 0)).toBe(out.labelPosition(0));
    expect(destination(bytes, 5)).toBe(out.labelPosition(1));
  });

  test('random tangles all arrive', () => {
    for (let seed = 0; seed < 200; seed++) {
      const labels = 2 + new Random(seed).below(12);
      const sites: [at: number, label: number][] = [];
      const out = emit(labels, (buffer) => {
        const random = new Random(seed + 1000);
        sites.length = 0;
        for (let label = 0; label < labels; label++) {
          buffer.bind(label);
          fill(buffer, random.below(70));
          const to = random.below(labels);
          sites.push([buffer.length, to]);
          branch(buffer, to);
        }
      });
      const bytes = out.finished();
      for (const [at, label] of sites) expect(destination(bytes, at)).toBe(out.labelPosition(label));
    }
  });

  test('what cannot reach and labels without a place are mistakes', () => {
    expect(() => emit(1, (buffer) => branch(buffer, 0))).toThrow('never bound');
    expect(() => emit(1, (buffer) => {
      buffer.fixup(SHORT, 0);
      fill(buffer, 1000);
      buffer.bind(0);
    })).toThrow('does not reach');
  });
});

describe('side tables', () => {
  test('hold only the last round', () => {
    const out = emit(1, (buffer) => {
      buffer.line(7);
      branch(buffer, 0);
      buffer.relocate(3, 4, 5);
      buffer.put32(0);
      buffer.relocate(6, 7, 8, 1);
      fill(buffer, 200);
      buffer.bind(0);
    });
    expect(out.relocations).toEqual([
      { offset: 5, kind: 3, symbol: 4, addend: 5 }, { offset: 1, kind: 6, symbol: 7, addend: 8 },
    ]);
    expect(out.lines).toEqual([0, 7]);
  });

  test('lines skip unknown places and repetitions', () => {
    const out = emit(0, (buffer) => {
      for (const loc of [5, 0, 5, 6]) {
        buffer.line(loc);
        buffer.put8(0);
      }
      buffer.line(7);
      buffer.line(8);
      buffer.put8(0);
    });
    expect(out.lines).toEqual([0, 5, 3, 6, 4, 8]);
  });

  test('traps stand behind the code, once for each place and code', () => {
    const out = emit(0, (buffer) => {
      for (const [code, loc] of [[3, 10], [3, 11], [3, 10], [2, 10]] as const) {
        branch(buffer, buffer.trapLabel(code, loc));
      }
      buffer.put8(0xc3);
    });
    const bytes = out.finished();
    expect([...bytes.slice(9)]).toEqual([0xcc, 3, 0xcc, 3, 0xcc, 2]);
    expect(out.traps).toEqual([9, 3, 11, 3, 13, 2]);
    expect(out.lines).toEqual([9, 10, 11, 11, 13, 10]);
    expect([0, 2, 4, 6].map((at) => destination(bytes, at))).toEqual([9, 11, 9, 13]);
  });
});
