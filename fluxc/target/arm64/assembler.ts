/**
 * The assembler of `asm arm64` blocks, in the syntax of GNU as: the shared assembler with the instructions of this
 * target, 4 bytes each.
 */
import type { Loc } from '../../base/source.ts';
import type { Diagnostics } from '../../diagnostics/diagnostic.ts';
import type { Module } from '../../fir/module.ts';
import { Assembler, type DataItem, type Syntax } from '../assembly/assembler.ts';
import { AssemblyError, type Range, type Statement } from '../assembly/statements.ts';
import type { Atom } from '../machine/atom.ts';
import { formsOf, rowWord } from './forms.ts';
import { readItems } from './items.ts';
import { type Failure, OperandReader } from './operand-reader.ts';
import { REGISTERS } from './registers.ts';
import { Relocation } from './relocations.ts';

const INSTRUCTION_BYTES = 4;
const NOP = rowWord('nop', '');

const BYTE: DataItem = { bytes: 1, kind: null };
const HALF: DataItem = { bytes: 2, kind: Relocation.Abs16 };
const WORD: DataItem = { bytes: 4, kind: Relocation.Abs32 };
const DOUBLE: DataItem = { bytes: 8, kind: Relocation.Abs64 };

const SYNTAX: Syntax = {
  // It also stands before constants.
  hashAnywhere: false,
  data: new Map([
    ['.byte', BYTE], ['.half', HALF], ['.hword', HALF], ['.2byte', HALF], ['.word', WORD], ['.long', WORD],
    ['.4byte', WORD], ['.quad', DOUBLE], ['.xword', DOUBLE], ['.8byte', DOUBLE],
  ]),
  alignsByPower: true,
  codeAlign: INSTRUCTION_BYTES,
  frameWords: new Set(['sp', 'wsp', 'bl', 'blr', 'x29', 'fp', 'x30', 'lr', 'eret']),
  registers: REGISTERS.names,
};

/**
 * What to say when no form fits: the one that came farthest, best with the right sort of operand; else all that would
 * fit.
 */
function farthest(failures: readonly Failure[]): { range: Range; expected: string } {
  const depth = Math.max(...failures.map((failure) => failure.depth));
  const deepest = failures.filter((failure) => failure.depth === depth);
  const near = deepest.find((failure) => failure.near);
  if (near) return { range: near, expected: near.expected };
  // Words of the syntax are many and mostly not what was meant.
  const sorts = deepest.filter(({ expected }) => expected.charAt(0) !== '`');
  const expected = [...new Set((sorts.length > 0 ? sorts : deepest).map((failure) => failure.expected))];
  return { range: deepest[0]!, expected: expected.slice(0, 3).join(', or ') };
}

class Arm64Assembler extends Assembler {
  protected instruction(statement: Statement): void {
    const end = this.position + INSTRUCTION_BYTES;
    try {
      this.encode(statement);
    } finally {
      // One with an error keeps its place too, so that the distances around it stay.
      if (this.position < end) this.put32(0);
    }
  }

  private encode(statement: Statement): void {
    const forms = formsOf(statement.mnemonic);
    if (forms.length === 0) {
      this.report('FX0501', statement.at, statement.mnemonic, 'arm64');
      return;
    }
    const items = readItems(this.scanner(statement.operands));
    const end = { start: statement.end, end: statement.end + 1 };
    const around = { position: this.position, resolve: (name: string) => this.value(name) };
    const failures: Failure[] = [];
    for (const form of forms) {
      const reader = new OperandReader(items, end, around);
      let word = form.word;
      for (const operand of form.operands) {
        word = operand.encode(reader, word);
        if (reader.failure) break;
      }
      if (!reader.failure && reader.finish()) {
        if (reader.relocation) this.relocate(reader.relocation.kind, reader.relocation.value);
        this.put32(word);
        return;
      }
      failures.push(reader.failure!);
    }
    const { range, expected } = farthest(failures);
    throw new AssemblyError(range, range.start === end.start ? 'the end of the line' : this.written(range), expected);
  }

  /** Whole instructions of padding are no-operations. */
  pad(count: number): void {
    for (let rest = count; rest > 0;) {
      if (this.position % INSTRUCTION_BYTES === 0 && rest >= INSTRUCTION_BYTES) {
        this.put32(NOP);
        rest -= INSTRUCTION_BYTES;
      } else {
        this.put8(0);
        rest--;
      }
    }
  }
}

/** See `Target.assemble`. */
export function assemble(text: string, loc: Loc, module: Module, diagnostics: Diagnostics): Atom | null {
  return new Arm64Assembler(text, loc, module, diagnostics, SYNTAX).run();
}
