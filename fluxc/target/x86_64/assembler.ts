/**
 * The assembler of `asm x86_64` blocks, in the Intel syntax of GNU as without register prefixes: the shared assembler
 * with the prefixes, branches of two sizes and modes of this target. A bare `[name]` is relative to rip in 64-bit code.
 */
import type { Loc } from '../../base/source.ts';
import type { Diagnostics } from '../../diagnostics/diagnostic.ts';
import type { Module } from '../../fir/module.ts';
import { Assembler, type DataItem, type Syntax } from '../assembly/assembler.ts';
import { isBlank } from '../assembly/characters.ts';
import type { Value } from '../assembly/scanner.ts';
import { AssemblyError, type Range, type Statement } from '../assembly/statements.ts';
import type { Atom } from '../machine/atom.ts';
import type { Mode } from './encode.ts';
import { existsIn, formsOf } from './forms.ts';
import { assembleInstruction, type Refusal } from './instruction.ts';
import { readOperands } from './operands.ts';
import { putPadding } from './padding.ts';
import { REGISTER_BY_NAME, REGISTERS } from './registers.ts';
import { Relocation } from './relocations.ts';

const BYTE: DataItem = { bytes: 1, kind: Relocation.Absolute8 };
const WORD: DataItem = { bytes: 2, kind: Relocation.Absolute16 };
const DOUBLE: DataItem = { bytes: 4, kind: Relocation.Absolute32 };
const QUAD: DataItem = { bytes: 8, kind: Relocation.Absolute64 };

const SYNTAX: Syntax = {
  hashAnywhere: true,
  data: new Map([
    ['.byte', BYTE], ['.half', WORD], ['.short', WORD], ['.2byte', WORD], ['.word', WORD], ['.long', DOUBLE],
    ['.int', DOUBLE], ['.4byte', DOUBLE], ['.quad', QUAD], ['.8byte', QUAD],
  ]),
  alignsByPower: false,
  codeAlign: 1,
  frameWords: new Set(['push', 'pop', 'pushfq', 'popfq', 'call', 'enter', 'leave', 'rsp', 'esp', 'sp', 'rbp', 'iretq', 'sysretq', 'code16', 'code32']),
  registers: REGISTERS.names,
};

const PREFIXES = new Map([
  ['lock', 0xf0], ['rep', 0xf3], ['repe', 0xf3], ['repz', 0xf3], ['repne', 0xf2], ['repnz', 0xf2],
]);

/** What the names of operands in the table of forms mean. */
const OPERAND_LEGEND = 'r register, m memory, imm number, rel branch target, A al/ax/eax/rax, by bits';

class X86Assembler extends Assembler {
  private mode: Mode = 64;
  /** operands of the current instruction */
  private operands: Range = { start: 0, end: 0 };

  protected override begin(): void {
    this.mode = 64;
  }

  override value(name: string): Value {
    if (!this.defines(name) && REGISTER_BY_NAME.has(name.toLowerCase())) {
      throw new AssemblyError(this.operands, `the register \`${name}\``, 'a number or a name there');
    }
    return super.value(name);
  }

  protected override directive(name: string): boolean {
    if (name === '.code16') this.mode = 16;
    else if (name === '.code32') this.mode = 32;
    else if (name === '.code64') this.mode = 64;
    else return false;
    return true;
  }

  protected instruction(statement: Statement): void {
    let { mnemonic, at, operands: rest } = statement;
    this.operands = rest;
    for (let prefix = PREFIXES.get(mnemonic); prefix !== undefined; prefix = PREFIXES.get(mnemonic)) {
      this.put8(prefix);
      if (rest.start === rest.end) return;
      let end = rest.start;
      while (end < rest.end && !isBlank(this.text.charCodeAt(end))) end++;
      mnemonic = this.text.slice(rest.start, end).toLowerCase();
      at = { start: rest.start, end };
      while (end < rest.end && isBlank(this.text.charCodeAt(end))) end++;
      rest = { start: end, end: rest.end };
    }
    const operands = readOperands(this.scanner(rest), this.mode);
    const { position } = this;
    const allowShort = this.size === 0;
    let result = assembleInstruction(mnemonic, operands, { mode: this.mode, position, allowShort });
    const hasShort = operands.length === 1 && formsOf(mnemonic).some((form) => form.operands[0]?.name === 'rel8');
    // A target in this text that a short branch does not reach: from now on it counts as far.
    if (hasShort && allowShort && 'bytes' in result && result.bytes.length > 2) this.grow(1);
    if ('reason' in result) {
      this.refuse(result, mnemonic, at, rest);
      // A target that may come nearer: it keeps its room.
      if (!hasShort || this.isFinal) return;
      result = { bytes: [0, 0], references: [] };
    }
    for (const { offset, kind, value } of result.references) this.relocate(kind, value, position + offset);
    for (const byte of result.bytes) this.put8(byte);
  }

  private refuse(refusal: Refusal, mnemonic: string, at: Range, operands: Range): void {
    const range = refusal.range ?? operands;
    switch (refusal.reason) {
      case 'mnemonic': this.report('FX0501', at, mnemonic, 'x86_64'); break;
      case 'mode': this.report('FX0513', at, mnemonic, this.mode); break;
      case 'size': this.report('FX0511', range); break;
      case 'reach': this.report('FX0512', range, this.written(range), mnemonic); break;
      case 'operands': {
        const place = operands.start === operands.end ? at : operands;
        const known = formsOf(mnemonic).filter((form) => !form.alias && existsIn(form, this.mode));
        const ways = known.map((form) => form.operands.map((operand) => operand.name).join(', ') || 'nothing');
        this.report('FX0510', place, mnemonic, this.written(operands), `${[...new Set(ways)].join('; ')} (${OPERAND_LEGEND})`);
      }
    }
  }

  pad(count: number): void {
    putPadding(this, count);
  }
}

/** See `Target.assemble`. */
export function assemble(text: string, loc: Loc, module: Module, diagnostics: Diagnostics): Atom | null {
  return new X86Assembler(text, loc, module, diagnostics, SYNTAX).run();
}
