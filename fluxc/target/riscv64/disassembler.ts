/**
 * Bytes to assembly text: the rows of `forms.ts` read backwards. A compressed instruction is shown as the base
 * instruction that it shortens, and the spelling is the alias that a programmer would write, as GNU objdump does. What
 * is no instruction becomes `.half` or `.word`. The text assembles again, branch targets counted from address 0.
 */
import type { Disassembled } from '../machine/target.ts';
import { csrName } from './csr-names.ts';
import { decode } from './encode.ts';
import type { Alias, Fields, Form } from './forms.ts';
import { FLOAT_NAMES, INT_NAMES } from './registers.ts';

export const ROUNDING_MODES: readonly string[] = ['rne', 'rtz', 'rdn', 'rup', 'rmm', '', '', 'dyn'];
/** the rounding mode that an instruction has without saying so: that of `frm` */
export const DYNAMIC = 7;

const FIELDS = ['rd', 'rs1', 'rs2', 'rs3', 'imm', 'rm'] as const;

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** The letters of a fence set, from its four bits. */
function fenceSet(bits: number): string {
  let text = '';
  for (let i = 0; i < 4; i++) if (bits & (8 >> i)) text += 'iorw'.charAt(i);
  return text || '0';
}

function matches(alias: Alias, fields: Fields): boolean {
  for (const field of FIELDS) {
    const fixed = alias.fixed[field];
    if (fixed !== undefined && fixed !== fields[field]) return false;
  }
  return !alias.sameSources || fields.rs1 === fields.rs2;
}

function operandText(operand: string, form: Form, fields: Fields, address: number): string {
  switch (operand) {
    case 'rd': return INT_NAMES[fields.rd]!;
    case 'rs1': return INT_NAMES[fields.rs1]!;
    case 'rs2': return INT_NAMES[fields.rs2]!;
    case 'fd': return FLOAT_NAMES[fields.rd]!;
    case 'fs1': return FLOAT_NAMES[fields.rs1]!;
    case 'fs2': return FLOAT_NAMES[fields.rs2]!;
    case 'fs3': return FLOAT_NAMES[fields.rs3]!;
    case 'imm': return form.layoutName === 'U' ? hex(fields.imm) : String(fields.imm);
    case 'imm(rs1)': return `${fields.imm}(${INT_NAMES[fields.rs1]})`;
    case '(rs1)': return `(${INT_NAMES[fields.rs1]})`;
    case 'label': return hex(address + fields.imm);
    case 'csr': return csrName(fields.imm) ?? hex(fields.imm);
    case 'zimm': return String(fields.rs1);
    case 'rm': return ROUNDING_MODES[fields.rm]!;
    case 'pred': return fenceSet(fields.imm >> 4);
    case 'succ': return fenceSet(fields.imm & 15);
    default: throw new Error(`operand kind ${operand}`);
  }
}

/** Reads one instruction; `aliases` false shows base mnemonics only. */
export function disassemble(bytes: Uint8Array, offset: number, address: number, aliases = true): Disassembled {
  const left = bytes.length - offset;
  if (left < 2) return { length: 1, text: `.byte ${hex(bytes[offset]!)}` };
  const half = bytes[offset]! | (bytes[offset + 1]! << 8);
  const isLong = (half & 3) === 3;
  if (isLong && left < 4) return { length: 2, text: `.half ${hex(half)}` };
  const word = isLong ? half | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24) : half;
  const decoded = decode(word);
  if (!decoded) return { length: isLong ? 4 : 2, text: isLong ? `.word ${hex(word >>> 0)}` : `.half ${hex(half)}` };
  const { form, fields, length } = decoded;
  const alias = aliases ? form.aliases.find((candidate) => matches(candidate, fields)) : undefined;
  let operands = (alias ?? form).operands;
  if (operands[operands.length - 1] === 'rm' && fields.rm === DYNAMIC) operands = operands.slice(0, -1);
  const text = operands.map((operand) => operandText(operand, form, fields, address)).join(', ');
  const name = (alias ?? form).name;
  return { length, text: text ? `${name} ${text}` : name };
}
