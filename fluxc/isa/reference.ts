/**
 * The reference page of an instruction set, made from its rows: codes, encodings, effects, and the semantics as they are
 * executed. `docs/isa/` holds one for each set that is.
 */
import type { InstructionSet, Operand, Row } from './instruction-set.ts';

export function referencePage(set: InstructionSet, name: string, document: string): string {
  const isWord = set.unit === 4;
  const kind = isWord
    ? `Every instruction is one 32-bit word, ${set.bigEndian ? 'most' : 'least'} significant byte first.`
    : 'An instruction is a code of one or more bytes with its operands behind it, least significant byte first where nothing else is said.';
  const lines = [
    `# ${name}`, '',
    `The instruction set \`${set.name}\`, made from the table in \`${document}\`, which is also what runs: change it there. ${kind}`,
    `There are ${set.rows.length} instructions.`, '',
    '## Operands', '',
    ...table(isWord ? ['operand', 'bits', 'kind', 'meaning'] : ['operand', 'bytes', 'kind', 'meaning'], operandsOf(set).map((operand) => [
      code(operand.name), operand.bits ? `${operand.bits.low}..${operand.bits.high}` : bytesText(operand), code(operandText(operand)), operand.meaning,
    ])),
    '', '## Instructions', '',
    ...table(['code', 'instruction', isWord ? 'word, bit 31 to 0' : 'bytes', 'stack', 'flow', 'capability', 'semantics', 'meaning'], set.rows.map((row) => [
      codeText(row), code([row.mnemonic, row.operands.map((operand) => operand.name).join(', ')].join(' ').trim()),
      code(isWord ? wordPicture(set, row) : bytePicture(row)), row.stack ? code(row.stack.text) : '',
      row.flow === 'next' ? '' : row.flow, row.capability ? code(row.capability) : '', row.semantics ? code(row.semantics.text) : '', row.meaning,
    ])),
    '', '## Free codes', '', freeText(set), '',
  ];
  return lines.join('\n');
}

function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`.replace(/ {2}(?=\|)/g, ' ');
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)];
}

/** Code in a table: bars are escaped. */
function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

/** Those that instructions have, in the order of the document. */
function operandsOf(set: InstructionSet): Operand[] {
  return [...set.operands.values()].filter((operand) => set.rows.some((row) => row.operands.includes(operand)));
}

function bytesText({ kind, bytes }: Operand): string {
  return kind === 'bytes' ? `${bytes} and the data` : String(bytes);
}

/** As the column `kind` has it. */
function operandText({ kind, width, signed, limit, bigEndian, bits, file }: Operand): string {
  const below = limit === null ? '' : ` < ${limit}`;
  const order = bigEndian && !bits ? ' big' : '';
  switch (kind) {
    case 'register': return `register ${file}${below}`;
    case 'integer': return `${signed ? 'i' : 'u'}${width}${order}${below}`;
    case 'relative': return `relative i${width}${order}`;
    case 'address': return `address u${width}${order}`;
    case 'float': return `f${width}${order}`;
    case 'bytes': return 'bytes';
  }
}

function codeText(row: Row): string {
  return row.code.map((byte) => `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(' ');
}

/** `rb:8 ra:8 rd:8 0x10`, `-` for bits that are 0. */
function wordPicture(set: InstructionSet, row: Row): string {
  const fields = row.operands.map(({ name, bits }) => ({ text: name, ...bits! }));
  fields.push({ text: codeText(row), ...set.opcode });
  fields.sort((a, b) => b.high - a.high);
  const parts: string[] = [];
  let top = 31;
  for (const { text, low, high } of fields) {
    if (high < top) parts.push(`-:${top - high}`);
    parts.push(low === set.opcode.low ? text : `${text}:${high - low + 1}`);
    top = low - 1;
  }
  if (top >= 0) parts.push(`-:${top + 1}`);
  return parts.join(' ');
}

/** `55 value:4` */
function bytePicture(row: Row): string {
  const bytes = row.code.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
  return [...bytes, ...row.operands.map((operand) => `${operand.name}:${operand.kind === 'bytes' ? '2+n' : operand.bytes}`)].join(' ');
}

function freeText(set: InstructionSet): string {
  const taken = new Set([...set.rows.map((row) => row.code[0]!), ...set.fused.map((sequence) => sequence.code)]);
  const ranges: string[] = [];
  const hex = (value: number) => `0x${value.toString(16).toUpperCase().padStart(2, '0')}`;
  for (let from = 0; from < 256; from++) {
    if (taken.has(from)) continue;
    let to = from;
    while (to < 255 && !taken.has(to + 1)) to++;
    ranges.push(from === to ? hex(from) : `${hex(from)} to ${hex(to)}`);
    from = to;
  }
  const free = ranges.length > 0 ? `No instruction begins with ${ranges.join(', ')}.` : 'Every byte begins an instruction.';
  if (set.fused.length === 0) return free;
  const sequences = set.fused.map(({ rows, code }) => `${hex(code)} ${rows.map(({ mnemonic }) => `\`${mnemonic}\``).join(' ')}`);
  return `${free} Of sequences that are executed as one are the codes ${sequences.join(', ')}: they are no instructions, and no program has them.`;
}
