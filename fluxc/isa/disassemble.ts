/**
 * The disassembler of bytecode: `disassemble` lists instructions, `programText` writes a whole program as assembly text.
 *
 * The text is the normal form: assembled again it gives the same program, to the last byte. What is no instruction stands
 * there as `.word` or `.bytes`. Targets inside the code are labels, by the names of the program's map or made of offsets;
 * targets outside are numbers.
 */
import { CAPABILITIES } from '../base/capabilities.ts';
import { decode, type Instruction, numberAt, targetOf } from './code.ts';
import { type CodeSymbol, type Container, FIRST_PEER, lineAt, setNamed } from './container.ts';
import type { InstructionSet, Operand } from './instruction-set.ts';
import { operandText, quoted } from './operand-text.ts';

export interface Listed {
  offset: number;
  length: number;
  /** null: data, or what is no instruction */
  instruction: Instruction | null;
  /** without label */
  text: string;
  /** labels of this place, in the order of their names */
  labels: string[];
}

/** Bytes that a line of data has at most. */
const DATA_BYTES = 16;

/** All of `code`, in order and without gaps. `names`: labels that are known. */
export function disassemble(set: InstructionSet, code: Uint8Array, names: readonly CodeSymbol[] = []): Listed[] {
  return listing(set, code, { names, entry: null, reserved: [] }).lines;
}

interface LabelOptions {
  names: readonly CodeSymbol[];
  /** gets a label in any case */
  entry: number | null;
  /** names that mean something else */
  reserved: readonly string[];
}

function listing(set: InstructionSet, code: Uint8Array, options: LabelOptions): { lines: Listed[]; labels: Map<number, string[]> } {
  const parts = split(set, code);
  const labels = labelsOf(set, parts, code.length, options);
  const lines = parts.map(({ offset, length, instruction }) => ({
    offset, length, instruction, labels: labels.get(offset) ?? [],
    text: instruction ? instructionText(set, instruction, offset, labels) : dataText(set, code.subarray(offset, offset + length)),
  }));
  return { lines, labels };
}

/** One instruction, its targets by the first of their `labels` or as numbers. */
export function instructionText(
  set: InstructionSet, { row, values, length }: Instruction, offset: number, labels: ReadonlyMap<number, readonly string[]> = new Map(),
): string {
  const operands = row.operands.map((operand, index) => {
    const value = values[index]!;
    if (typeof value !== 'bigint' || !isTarget(operand)) return operandText(operand, value);
    const target = targetOf(set, operand, value, offset + length);
    return labels.get(target)?.[0] ?? String(target);
  });
  return operands.length === 0 ? row.mnemonic : `${row.mnemonic} ${operands.join(', ')}`;
}

type Part = Pick<Listed, 'offset' | 'length' | 'instruction'>;

function split(set: InstructionSet, code: Uint8Array): Part[] {
  const parts: Part[] = [];
  for (let offset = 0; offset < code.length; ) {
    const instruction = decode(set, code, offset);
    const length = instruction?.length ?? Math.min(set.unit, code.length - offset);
    const last = parts[parts.length - 1];
    // Bytes of byte sets that are no instruction share a line; words have lines of their own.
    if (!instruction && set.unit === 1 && last && !last.instruction && last.length < DATA_BYTES) last.length++;
    else parts.push({ offset, length, instruction });
    offset += length;
  }
  return parts;
}

const LABEL = /^[A-Za-z_$][A-Za-z0-9_.$]*$/;

/** By offset; one stands behind the last instruction if something leads there. */
function labelsOf(set: InstructionSet, parts: readonly Part[], end: number, { names, entry, reserved }: LabelOptions): Map<number, string[]> {
  const labels = new Map<number, string[]>();
  const places = new Set([...parts.map(({ offset }) => offset), end]);
  const taken = new Set(reserved);
  for (const { name, offset } of names) {
    if (!places.has(offset) || taken.has(name) || !LABEL.test(name)) continue;
    labels.set(offset, [...(labels.get(offset) ?? []), name]);
    taken.add(name);
  }
  const add = (offset: number, wanted: string) => {
    if (!places.has(offset) || labels.has(offset)) return;
    let name = wanted;
    while (taken.has(name)) name += '_';
    taken.add(name);
    labels.set(offset, [name]);
  };
  if (entry !== null) add(entry, 'start');
  for (const { offset, length, instruction } of parts) {
    instruction?.row.operands.forEach((operand, index) => {
      const value = instruction.values[index]!;
      if (typeof value !== 'bigint' || !isTarget(operand)) return;
      const target = targetOf(set, operand, value, offset + length);
      add(target, `at_${target.toString(16).padStart(4, '0')}`);
    });
  }
  return labels;
}

function isTarget({ kind }: Operand): boolean {
  return kind === 'relative' || kind === 'address';
}

function dataText(set: InstructionSet, bytes: Uint8Array): string {
  if (set.unit === 4 && bytes.length === 4) return `.word 0x${numberAt(bytes, 0, 4, set.bigEndian).toString(16).padStart(8, '0')}`;
  return `.bytes ${byteList(bytes)}`;
}

function byteList(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', ');
}

/** A program as assembly text that gives the same program again. */
export function programText(set: InstructionSet, container: Container, options: { offsets?: boolean } = {}): string {
  const { profile, name, capabilities, regions, peers, code, entry, map } = container;
  const profileName = (setNamed(container.set)!.profiles as readonly (string | null)[])[profile];
  const lines = [`.set ${container.set}${profileName ? ` ${profileName}` : ''}`, `.agent ${name}`];
  const needed = CAPABILITIES.filter((_, bit) => (capabilities & (1 << bit)) !== 0);
  if (needed.length > 0) lines.push(`.capability ${needed.join(', ')}`);
  peers.forEach((peer, index) => lines.push(`.peer ${peer}${' '.repeat(Math.max(1, 24 - peer.length))}; handle ${FIRST_PEER + index}`));
  for (const region of regions) {
    lines.push('', `.region ${region.name}, ${region.size}, ${region.writable ? 'write' : 'read'}, ${region.number}`);
    lines.push(...contentLines(region.initial));
  }
  const reserved = [...regions.map((region) => region.name), ...peers];
  const listed = listing(set, code, { names: map?.symbols ?? [], entry, reserved });
  const start = listed.labels.get(entry)?.[0];
  lines.push('', ...(regions.length > 0 ? ['.code'] : []), `.entry ${start ?? entry}`, '');
  for (const { offset, text, labels } of listed.lines) {
    for (const label of labels) lines.push(`${label}:`);
    const line = options.offsets ? lineAt(map, offset) : null;
    const remark = options.offsets ? `; ${offset.toString(16).padStart(4, '0')}${line === null ? '' : `  line ${line}`}` : '';
    lines.push(`    ${remark ? text.padEnd(34) : text} ${remark}`.trimEnd());
  }
  for (const label of listed.labels.get(code.length) ?? []) lines.push(`${label}:`);
  return `${lines.join('\n')}\n`;
}

/** Lines that look like text are written as text. */
function contentLines(content: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < content.length; at += DATA_BYTES) {
    const bytes = content.subarray(at, at + DATA_BYTES);
    const isText = bytes.every((byte) => byte === 10 || (byte >= 32 && byte < 127));
    lines.push(isText ? `    .text ${quoted(bytes)}` : `    .bytes ${byteList(bytes)}`);
  }
  return lines;
}
