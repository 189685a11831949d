/**
 * Programs of one instruction set as programs of another, instruction by instruction.
 *
 * The equivalences say which instruction stands for which; operands stay operands and are encoded anew, with the widths,
 * orders and places of the other set. Where a jump leads is computed again, because instructions become longer or
 * shorter. What has no equivalent is reported with its place, and then there is no program: nothing is guessed. Code is
 * read from its start to its end; bytes that are no instruction end the reading of a set of bytes.
 */
import { decode, encode, fits, type Instruction, lengthOf, type OperandValue, rangeOf, targetOf, valueOfTarget } from '../code.ts';
import { instructionText } from '../disassemble.ts';
import type { Operand, Row } from '../instruction-set.ts';
import { type Authority, type Equivalence, type Form, type KnownSet, TARGET } from './authority.ts';

export interface Problem {
  /** in bytes, of the program that is read */
  offset: number;
  /** the instruction, or the bytes that are none */
  instruction: string;
  reason: string;
}

export interface TranslatedInstruction {
  offset: number;
  from: Row;
  to: Row;
  /** in the new program */
  newOffset: number;
  equivalence: Equivalence;
  /** as assembly text; `newText` empty if it cannot be encoded */
  text: string;
  newText: string;
  /** as bytes; empty if it cannot be encoded */
  bytes: Uint8Array;
  newBytes: Uint8Array;
}

export interface Translation {
  /** null if there are problems */
  code: Uint8Array | null;
  instructions: TranslatedInstruction[];
  problems: Problem[];
  /** where the instruction at each offset is now, and the end */
  offsets: ReadonlyMap<number, number>;
  /** what is not quite the same, each once */
  differences: string[];
}

interface Pending extends Omit<TranslatedInstruction, 'newText' | 'newBytes'> {
  values: Map<string, OperandValue>;
  form: Form;
  length: number;
  /** offset that `t` leads to, in the old program */
  target: number | null;
}

export function translate(from: KnownSet, to: KnownSet, code: Uint8Array, authority: Authority): Translation {
  const problems: Problem[] = [];
  for (const { name, knowsOperands } of [from, to]) {
    if (!knowsOperands) problems.push({ offset: 0, instruction: '', reason: `of ${name} only numbers are known, no operands` });
  }
  const pending: Pending[] = [];
  const instructions: TranslatedInstruction[] = [];
  /** new offset of each old one at which an instruction starts, and of the end */
  const offsets = new Map<number, number>();
  let newOffset = 0;
  let offset = 0;
  while (offset < code.length && problems.every(({ instruction }) => instruction !== '')) {
    offsets.set(offset, newOffset);
    const instruction = decode(from.set, code, offset);
    if (!instruction) {
      problems.push({ offset, instruction: bytesText(code, offset), reason: `no instruction of ${from.name}` });
      if (from.set.unit === 1) break;
      offset += from.set.unit;
      continue;
    }
    const text = instructionText(from.set, instruction, offset);
    const translated = translateOne(from, to, instruction, offset, authority);
    if (typeof translated === 'string') problems.push({ offset, instruction: text, reason: translated });
    else {
      pending.push({ ...translated, newOffset, text, bytes: code.slice(offset, offset + instruction.length) });
      newOffset += translated.length;
    }
    offset += instruction.length;
  }
  offsets.set(code.length, newOffset);
  const out = new Uint8Array(newOffset);
  for (const one of pending) {
    const values = place(to, one, offsets);
    const { offset: at, from: old, to: row, newOffset: there, equivalence, text, bytes } = one;
    let newText = '';
    let newBytes: Uint8Array = new Uint8Array(0);
    if (typeof values === 'string') problems.push({ offset: at, instruction: text, reason: values });
    else {
      newBytes = encode(to.set, row, values);
      out.set(newBytes, there);
      newText = instructionText(to.set, { row, values, length: one.length }, there);
    }
    instructions.push({ offset: at, from: old, to: row, newOffset: there, equivalence, text, newText, bytes, newBytes });
  }
  problems.sort((a, b) => a.offset - b.offset);
  return {
    code: problems.length === 0 ? out : null, problems, offsets, instructions,
    differences: differencesOf(from, to, pending, authority),
  };
}

/** What the equivalences say that concerns one of the two sets, or no set by name. */
function differencesOf(from: KnownSet, to: KnownSet, used: readonly Pending[], { sets }: Authority): string[] {
  const parts = used.flatMap(({ equivalence }) => equivalence.differs.split('; ')).filter((part) => {
    const named = sets.filter(({ name }) => part.includes(name));
    return part !== '' && (named.length === 0 || named.includes(from) || named.includes(to));
  });
  return [...new Set(parts)];
}

/** The instruction that stands for one, with its values but for targets; why there is none, if there is none. */
function translateOne(
  from: KnownSet, to: KnownSet, instruction: Instruction, offset: number, authority: Authority,
): Omit<Pending, 'newOffset' | 'text' | 'bytes'> | string {
  const { row } = instruction;
  let reason = `${to.name} has nothing that means the same`;
  for (const equivalence of authority.equivalences) {
    const form = equivalence.forms.get(from.name);
    const wanted = equivalence.forms.get(to.name);
    if (!form || !wanted || form.mnemonic !== row.mnemonic) continue;
    const bound = bind(form, instruction);
    if (typeof bound === 'string') {
      reason = bound;
      continue;
    }
    const target = to.set.byMnemonic.get(wanted.mnemonic)!;
    const values = new Map<string, OperandValue>();
    for (const [letter, { operand, value }] of bound) {
      const moved = operand.kind === 'register' ? register(from, to, value as bigint) : value;
      if (typeof moved === 'string') return moved;
      values.set(letter, moved);
    }
    const jump = bound.get(TARGET);
    const next = offset + instruction.length;
    return {
      offset, from: row, to: target, equivalence, values, form: wanted,
      length: lengthOf(target, wanted.operands.map((part) => (typeof part === 'string' ? values.get(part)! : part))),
      target: jump ? offsetOf(from, jump.operand, jump.value as bigint, next) : null,
    };
  }
  return reason;
}

type Bound = Map<string, { operand: Operand; value: OperandValue }>;

/** The operands by their letters; what is in the way, if one is not what the form says. */
function bind(form: Form, { row, values }: Instruction): Bound | string {
  const bound: Bound = new Map();
  for (const [index, part] of form.operands.entries()) {
    const operand = row.operands[index]!;
    const value = values[index]!;
    if (typeof part === 'string') bound.set(part, { operand, value });
    else if (value !== part) return `\`${operand.name}\`, which it ignores, is ${value} and would be lost`;
  }
  return bound;
}

/** The register that stands for one; why there is none, if there is none. */
function register(from: KnownSet, to: KnownSet, value: bigint): bigint | string {
  if (from.registers === to.registers) return value;
  const place = from.general.indexOf(Number(value));
  if (place < 0) return `register ${value} has a role in ${from.name}`;
  const other = to.general[place];
  return other === undefined ? `${to.name} has no register for register ${value}` : BigInt(other);
}

/** Where an operand leads, in bytes of the program; a plain number is an offset itself. */
function offsetOf({ set }: KnownSet, operand: Operand, value: bigint, next: number): number {
  return operand.kind === 'relative' || operand.kind === 'address' ? targetOf(set, operand, value, next) : Number(value);
}

/** The operands of an instruction where it belongs; why it cannot be encoded, if it cannot. */
function place(to: KnownSet, one: Pending, offsets: ReadonlyMap<number, number>): OperandValue[] | string {
  const values: OperandValue[] = [];
  for (const [index, part] of one.form.operands.entries()) {
    const operand = one.to.operands[index]!;
    let value: OperandValue | null = typeof part === 'string' ? one.values.get(part)! : part;
    if (part === TARGET) {
      const target = offsets.get(one.target!);
      if (target === undefined) return `it leads to ${hex(one.target!)}, where no instruction starts`;
      const isPlace = operand.kind === 'relative' || operand.kind === 'address';
      value = isPlace ? valueOfTarget(to.set, operand, BigInt(target), one.newOffset + one.length) : BigInt(target);
    }
    if (value === null || !fits(operand, value)) {
      const { least, most } = rangeOf(operand);
      return `${typeof value === 'bigint' ? value : 'its value'} does not fit \`${operand.name}\` of ${to.name}, ${least} to ${most}`;
    }
    values.push(value);
  }
  return values;
}

function bytesText(code: Uint8Array, offset: number): string {
  const bytes = [...code.subarray(offset, offset + 4)].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
  return bytes.join(' ');
}

export function hex(offset: number): string {
  return `0x${(offset >>> 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
