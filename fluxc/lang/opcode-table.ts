/**
 * What an `opcodes` heading says, as an instruction set: its keys, its operands, and each row of its tables an
 * instruction.
 *
 * In: the section. Out: the set and the semantics of its rows as syntax. What is wrong is reported at its cell and left
 * out; what the names in the semantics stand for, the checker finds out where they are executed.
 */
import { CAPABILITIES } from '../base/capabilities.ts';
import type { Span } from '../base/source.ts';
import type { Section } from '../document/document.ts';
import { inlineCode } from '../document/text.ts';
import type { Table } from '../document/table.ts';
import { codeKey, type Flow, FLOWS, type InstructionSet, MOST_FUSED, type Operand, type Row, type StackEffect } from '../isa/instruction-set.ts';
import type { Block, Name, OpcodesNode } from './ast.ts';
import { readRows, type Column, type ColumnRow } from './columns.ts';
import type { DeclarationContext } from './declaration-context.ts';
import { oneOf } from './entities.ts';
import { joined, keyItems, readKeyLine } from './key-list.ts';
import { integerValue } from './literals.ts';
import { readBitRange, readOperands } from './opcode-operands.ts';
import { checkSemantics } from './opcode-semantics.ts';
import { parseBody } from './parser-statements.ts';
import { Token } from './tokens.ts';

const COLUMNS: readonly Column[] = [
  { name: 'code', isRequired: true },
  { name: 'mnemonic', isRequired: true },
  { name: 'operands', isRequired: true },
  { name: 'stack', isRequired: false },
  { name: 'flow', isRequired: false },
  { name: 'capability', isRequired: false },
  { name: 'semantics', isRequired: false },
  { name: 'meaning', isRequired: false },
];

const KEYS = '`order`, `opcode`, `extends` and `fuse`';
const MOST_VALUES = 14;

/** Reads the section of a set; `unit` is what its heading says. Null if it has no instructions. */
export function readInstructionSet(
  context: DeclarationContext, section: Section, name: Name, unit: 4 | 1,
): OpcodesNode | null {
  const set: InstructionSet = {
    name: name.text, module: context.module, unit, bigEndian: false, opcode: { low: 0, high: 7 }, operands: new Map(),
    rows: [], byMnemonic: new Map(), byCode: new Map(), fused: [], span: name.span,
  };
  const node: OpcodesNode = { set, semantics: new Map() };
  const sequences = readKeys(context, section, node);
  const own: Row[] = [];
  let isWhole = true;
  const instructions: Table[] = [];
  const broken = new Set<string>();
  for (const table of section.tables) {
    const columns = table.head.cells.map((cell) => columnName(context, cell));
    if (columns.includes('code')) instructions.push(table);
    else if (columns.includes('operand')) readOperands(context, section, table, set, broken);
    else context.diagnostics.report('FX1001', table.head.span);
  }
  const fresh = new Set(set.operands.values());
  for (const { operands } of set.rows) for (const operand of operands) fresh.delete(operand);
  for (const table of instructions) {
    for (const row of readRows(context, section, table, COLUMNS)) {
      const instruction = readRow(context, row, node, broken);
      if (instruction && addRow(context, instruction, set)) own.push(instruction);
      else isWhole = false;
    }
  }
  if (set.rows.length === 0) {
    if (instructions.every((table) => table.rows.length === 0)) {
      context.diagnostics.report('FX1002', section.heading!.span, name.text);
    }
    return null;
  }
  for (const names of sequences) fuse(context, names, set, isWhole);
  // An instruction that was left out may be the one with the operand.
  for (const operand of isWhole ? fresh : []) {
    const isUsed = own.some(({ operands }) => operands.includes(operand));
    if (!isUsed) context.diagnostics.report('FX1015', operand.span, operand.name);
  }
  return node;
}

function columnName(context: DeclarationContext, cell: Span): string {
  const code = inlineCode(context.source, cell, 'cell');
  return code.text.slice(code.from, code.to).trim().toLowerCase();
}

// ---- keys ----

/** Reads the keys; what `fuse` names, which is there when the rows are. */
function readKeys(context: DeclarationContext, section: Section, node: OpcodesNode): Name[][] {
  const { set } = node;
  let sequences: Name[][] = [];
  const seen = new Set<string>();
  for (const item of keyItems(section.parts[0]!)) {
    const line = readKeyLine(context, item, KEYS);
    if (!line) continue;
    const key = line.key.text;
    const [value] = line.values[0]!;
    const isOne = line.values.length === 1 && line.values[0]!.length === 1;
    const report = (takes: string) => {
      context.diagnostics.report('FX1004', value?.span ?? line.span, key, takes, line.values[0]!.map(({ text }) => text).join(' '));
    };
    if (seen.has(key)) context.diagnostics.report('FX0903', line.span, key);
    else if (key === 'order') {
      const order = isOne ? value!.text : '';
      if (order === 'big-endian') set.bigEndian = true;
      else if (order !== 'little-endian') report('`little-endian` or `big-endian`');
    } else if (key === 'opcode') {
      const bits = isOne ? readBitRange(context.cell(value!.span)) : null;
      if (bits && bits.high - bits.low < 8 && set.unit === 4) set.opcode = bits;
      else report('8 bits of a word at most, as `24..31`');
    } else if (key === 'extends') {
      if (line.values.every((words) => words.length === 1)) for (const [base] of line.values) extend(context, node, base!);
      else report('names of sets with commas between');
    } else if (key === 'fuse') {
      sequences = line.values;
    } else context.diagnostics.report('FX0902', line.key.span, key, `the keys are ${KEYS}`);
    seen.add(key);
  }
  return sequences;
}

/** Takes over what the set says that this one extends. */
function extend(context: DeclarationContext, node: OpcodesNode, name: Name): void {
  const { set } = node;
  const base = context.instructionSets.find((known) => known.set.name === name.text);
  if (!base || base.set.unit !== set.unit) {
    context.diagnostics.report('FX1003', name.span, name.text);
    return;
  }
  set.bigEndian = base.set.bigEndian;
  set.opcode = base.set.opcode;
  for (const [operand, value] of base.set.operands) set.operands.set(operand, value);
  for (const row of base.set.rows) {
    if (!addRow(context, row, set)) continue;
    const body = base.semantics.get(row);
    if (body) node.semantics.set(row, body);
  }
}

/** Gives a sequence of instructions the highest code that is free. */
function fuse(context: DeclarationContext, names: Name[], set: InstructionSet, isWhole: boolean): void {
  const rows = names.flatMap(({ text }) => set.byMnemonic.get(text) ?? []);
  const report = (problem: string) => {
    const { text, span } = joined(names);
    context.diagnostics.report('FX1005', span, text, problem);
  };
  const unknown = names.find(({ text }) => !set.byMnemonic.has(text));
  const leaving = rows.slice(0, -1).find(({ flow, capability }) => flow !== 'next' || capability !== null);
  const most = 2 ** (set.opcode.high - set.opcode.low + 1) - 1;
  let code = most;
  while (set.byCode.has(code) || set.fused.some((sequence) => sequence.code === code)) code--;
  if (set.unit !== 4) report('the set is made of bytes');
  else if (names.length < 2 || names.length > MOST_FUSED) report(`there are two to ${MOST_FUSED} of them`);
  else if (unknown) {
    if (isWhole) report(`there is no instruction \`${unknown.text}\``);
  } else if (leaving) {
    report(`\`${leaving.mnemonic}\` ${leaving.flow === 'next' ? 'needs a capability' : 'does not go on to the next'}`);
  } else if (set.fused.some((sequence) => sequence.rows.length === rows.length && sequence.rows.every((row, i) => row === rows[i]))) {
    report('that is there already');
  } else if (code < 0) report('no code is left');
  else set.fused.push({ rows, code });
}

// ---- rows ----

/** One row; null if a cell is wrong that the others need. Looks at all of them. */
function readRow(
  context: DeclarationContext, row: ColumnRow, { set, semantics }: OpcodesNode, broken: ReadonlySet<string>,
): Row | null {
  const codeCell = row.required('code', context);
  const code = codeCell && readCode(context, codeCell, set);
  const nameCell = row.required('mnemonic', context);
  const mnemonic = nameCell && readMnemonic(context, nameCell);
  const operands = readRowOperands(context, row.cell('operands'), set, broken);
  const stackCell = row.cell('stack');
  const stack = stackCell && readStack(context, stackCell);
  const flow = readFlow(context, row.cell('flow'));
  const capability = readCapability(context, row.cell('capability'));
  const semanticsCell = row.cell('semantics');
  const body = semanticsCell && readSemantics(context, semanticsCell);
  if (!code || !mnemonic || !operands) return null;
  const meaning = row.cell('meaning');
  const bytes = operands.reduce((sum, operand) => sum + operand.bytes, 0);
  const instruction: Row = {
    code, mnemonic: mnemonic.text, operands, length: set.unit === 4 ? 4 : code.length + bytes, stack, flow, capability,
    semantics: body && semanticsCell && { text: cellText(context, semanticsCell), span: semanticsCell },
    meaning: meaning ? context.text(meaning) : '', span: row.span, codeSpan: codeCell, mnemonicSpan: mnemonic.span,
  };
  if (body) {
    semantics.set(instruction, body);
    checkSemantics(context, set, instruction, body);
  }
  return instruction;
}

/** Adds a row unless its code or its mnemonic is taken. */
function addRow(context: DeclarationContext, row: Row, set: InstructionSet): boolean {
  const key = codeKey(row.code);
  const same = set.byCode.get(key);
  if (same) {
    const diagnostic = context.diagnostics.report('FX1021', row.codeSpan, codeText(row.code));
    diagnostic.notes.push({ span: same.codeSpan, text: 'the first one' });
    return false;
  }
  const begins = set.rows.find((other) => {
    const length = Math.min(other.code.length, row.code.length);
    return other.code.length !== row.code.length && other.code.slice(0, length).every((byte, i) => byte === row.code[i]);
  });
  if (begins) {
    const diagnostic = context.diagnostics.report('FX1022', row.codeSpan, codeText(row.code));
    diagnostic.notes.push({ span: begins.codeSpan, text: 'the other one' });
    return false;
  }
  const lower = row.mnemonic.toLowerCase();
  const named = set.rows.find(({ mnemonic }) => mnemonic.toLowerCase() === lower);
  if (named) {
    const diagnostic = context.diagnostics.report('FX1024', row.mnemonicSpan, row.mnemonic, row.mnemonic);
    diagnostic.notes.push({ span: named.mnemonicSpan, text: 'the first one' });
    return false;
  }
  set.rows.push(row);
  set.byCode.set(key, row);
  set.byMnemonic.set(row.mnemonic, row);
  return true;
}

/** `0x10`, or `0xFF 0x01`. */
export function codeText(code: readonly number[]): string {
  return code.map((byte) => `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(' ');
}

function readCode(context: DeclarationContext, cell: Span, set: InstructionSet): number[] | null {
  const reader = context.cell(cell);
  const code: number[] = [];
  const most = 2 ** (set.opcode.high - set.opcode.low + 1) - 1;
  let isCode = true;
  while (reader.kind === Token.Int) {
    const value = integerValue(reader.text);
    if (!value || value.high !== 0 || value.low < 0 || value.low > most) isCode = false;
    else code.push(value.low);
    reader.advance();
  }
  const longest = set.unit === 4 ? 1 : 4;
  if (isCode && reader.kind === Token.End && code.length > 0 && code.length <= longest) return code;
  if (reader.kind !== Token.Bad) {
    const what = set.unit === 4 ? 'a word' : 'bytes';
    const hint = set.unit === 4 ? `a number from 0 to ${most}` : 'one to four numbers from 0 to 255 with blanks between';
    context.diagnostics.report('FX1020', cell, context.text(cell), what, hint);
  }
  return null;
}

function readMnemonic(context: DeclarationContext, cell: Span): Name | null {
  const text = cellText(context, cell);
  const reader = context.cell(cell);
  const { span } = reader;
  if (/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(text)) return { text, span };
  context.diagnostics.report('FX1023', cell, context.text(cell).replaceAll('`', ''));
  return null;
}

/** `rd, ra, imm` */
function readRowOperands(
  context: DeclarationContext, cell: Span | null, set: InstructionSet, broken: ReadonlySet<string>,
): Operand[] | null {
  if (!cell) return [];
  const reader = context.cell(cell);
  const operands: Operand[] = [];
  let isWrong = false;
  do {
    const name = reader.expectName('the name of an operand');
    if (reader.panicking) return null;
    const operand = set.operands.get(name.text);
    if (!operand) {
      if (!broken.has(name.text)) {
        const names = [...set.operands.keys()];
        const hint = names.length > 0 ? oneOf(name.text, names) : 'add a table `| operand | bits | kind | meaning |`';
        context.diagnostics.report('FX1025', name.span, name.text, hint);
      }
      isWrong = true;
      continue;
    }
    const { bits } = operand;
    const other = operands.find((known) => bits && known.bits && known.bits.low <= bits.high && bits.low <= known.bits.high);
    const last = operands[operands.length - 1];
    if (operands.includes(operand)) context.diagnostics.report('FX1027', name.span, name.text);
    else if (other) context.diagnostics.report('FX1026', name.span, other.name, name.text);
    else if (last?.kind === 'bytes') context.diagnostics.report('FX1028', name.span, last.name);
    else {
      operands.push(operand);
      continue;
    }
    isWrong = true;
  } while (reader.accept(Token.Comma));
  reader.expectEnd();
  return isWrong || reader.panicking ? null : operands;
}

/** `a b -- c`: takes two values and gives one. */
function readStack(context: DeclarationContext, cell: Span): StackEffect | null {
  const text = cellText(context, cell);
  if (text === '?') return { takes: null, gives: null, text };
  const sides = ` ${text} `.split(' -- ').map((side) => side.split(/\s+/).filter((word) => word !== ''));
  const isEffect = sides.length === 2 && sides.every((side) => side.length <= MOST_VALUES && !side.includes('--'));
  if (!isEffect) {
    context.diagnostics.report('FX1030', cell, text);
    return null;
  }
  const [takes, gives] = sides.map((side) => (side.includes('?') ? null : side.length)) as [number | null, number | null];
  return { takes, gives, text };
}

function readFlow(context: DeclarationContext, cell: Span | null): Flow {
  if (!cell) return 'next';
  const text = cellText(context, cell);
  const flow = FLOWS.find((known) => known === text);
  if (!flow) context.diagnostics.report('FX1029', cell, text, `it is one of ${FLOWS.map((known) => `\`${known}\``).join(', ')}`);
  return flow ?? 'next';
}

function readCapability(context: DeclarationContext, cell: Span | null): string | null {
  if (!cell) return null;
  const text = cellText(context, cell);
  if (text === '-') return null;
  if (CAPABILITIES.some((known) => known === text)) return text;
  context.diagnostics.report('FX0905', cell, text, oneOf(text, CAPABILITIES, 'there are'));
  return null;
}

/** Statements with `;` between. An empty tree stands for what was reported. */
function readSemantics(context: DeclarationContext, cell: Span): Block {
  const block = parseBody(context.cell(cell));
  return { statements: block.statements, span: cell };
}

/** What a cell says, without the marks of code. */
function cellText(context: DeclarationContext, cell: Span): string {
  const code = inlineCode(context.source, cell, 'cell');
  return code.text.slice(code.from, code.to).trim();
}
