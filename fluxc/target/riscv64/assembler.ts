/**
 * The assembler of `asm riscv64` blocks, in the syntax of GNU as: the shared assembler with the data directives and
 * `.option` of this target. `instruction.ts` turns one statement into bits.
 */
import type { Loc } from '../../base/source.ts';
import type { Diagnostics } from '../../diagnostics/diagnostic.ts';
import type { Module } from '../../fir/module.ts';
import { Assembler, type DataItem, type Syntax } from '../assembly/assembler.ts';
import type { Scanner, Value } from '../assembly/scanner.ts';
import type { Statement } from '../assembly/statements.ts';
import type { Atom } from '../machine/atom.ts';
import { assembleInstruction, COMPRESSED_NOP, type InstructionSink, NOP } from './instruction.ts';
import { REGISTERS } from './registers.ts';
import { Relocation } from './relocations.ts';

const BYTE: DataItem = { bytes: 1, kind: null };
const HALF: DataItem = { bytes: 2, kind: null };
const WORD: DataItem = { bytes: 4, kind: Relocation.Absolute32 };
const DOUBLE: DataItem = { bytes: 8, kind: Relocation.Absolute64 };

const SYNTAX: Syntax = {
  hashAnywhere: true,
  data: new Map([
    ['.byte', BYTE], ['.half', HALF], ['.2byte', HALF], ['.short', HALF], ['.word', WORD], ['.long', WORD],
    ['.4byte', WORD], ['.quad', DOUBLE], ['.8byte', DOUBLE], ['.dword', DOUBLE],
  ]),
  alignsByPower: true,
  codeAlign: 2,
  frameWords: new Set(['sp', 'x2', 'ra', 'x1', 'fp', 's0', 'x8', 'call', 'jal', 'jalr', 'sret', 'mret']),
  registers: REGISTERS.names,
};

const OPTIONS = ['rvc', 'norvc', 'push', 'pop', 'relax', 'norelax', 'pic', 'nopic'];

class Riscv64Assembler extends Assembler implements InstructionSink {
  compressing = true;
  readonly highParts = new Map<number, Value>();
  /** what `.option push` has put aside */
  private saved: boolean[] = [];

  protected override begin(): void {
    this.compressing = true;
    this.saved = [];
  }

  protected instruction(statement: Statement): void {
    assembleInstruction(statement, this.scanner(statement.operands), this);
  }

  protected override directive(name: string, scanner: Scanner): boolean {
    if (name !== '.option') return false;
    const { word } = scanner;
    if (!OPTIONS.includes(word)) scanner.fail(OPTIONS.map((option) => `\`${option}\``).join(', '));
    if (word === 'rvc') this.compressing = true;
    else if (word === 'norvc') this.compressing = false;
    else if (word === 'push') this.saved.push(this.compressing);
    else if (word === 'pop') {
      if (this.saved.length === 0) scanner.fail('a `.option push` above');
      this.compressing = this.saved.pop()!;
    }
    scanner.advance();
    return true;
  }

  pad(count: number): void {
    if (count & 1) this.put8(0);
    if (count & 2) this.put16(this.compressing ? COMPRESSED_NOP : 0);
    for (let i = 0; i < count >> 2; i++) this.put32(NOP);
  }
}

/** See `Target.assemble`. */
export function assemble(text: string, loc: Loc, module: Module, diagnostics: Diagnostics): Atom | null {
  return new Riscv64Assembler(text, loc, module, diagnostics, SYNTAX).run();
}
