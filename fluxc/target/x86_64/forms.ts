/**
 * Instruction forms: the rows of `rows.ts` with their sizes spelled out and their encodings taken apart.
 *
 * A form is made when it is first asked for: most builds need few of them.
 */
import { type Row, ROWS } from './rows.ts';

/** Where an operand goes: nowhere (it is implied), ModRM.reg or the opcode, ModRM.rm, or behind the rest. */
export const enum Field { Implied, Register, Rm, Immediate }

export interface OperandKind {
  name: string;
  field: Field;
  /** kind of register it may be, '' for none */
  register: '' | 'r8' | 'r16' | 'r32' | 'r64' | 'xmm' | 'segment' | 'control' | 'debug';
  /** the one register it must be, else -1 */
  number: number;
  /** may be memory */
  memory: boolean;
  /** bits of the memory operand, 0 for any */
  memoryBits: number;
  /** bytes of an immediate, relative or absolute field, 0 for none */
  bytes: number;
  /** the immediate is extended by its sign to the operand's size */
  signed: boolean;
}

type KindOptions = Partial<Omit<OperandKind, 'name'>>;

function kind(name: string, options: KindOptions): OperandKind {
  return {
    name, field: Field.Implied, register: '', number: -1, memory: false, memoryBits: 0, bytes: 0, signed: false,
    ...options,
  };
}

function makeKinds(): Map<string, OperandKind> {
  const kinds = new Map<string, OperandKind>();
  const add = (name: string, options: KindOptions) => kinds.set(name, kind(name, options));
  for (const bits of [8, 16, 32, 64] as const) {
    const register = `r${bits}` as const;
    add(`r${bits}`, { field: Field.Register, register });
    add(`rnz${bits}`, { field: Field.Register, register });
    add(`rm${bits}`, { field: Field.Rm, register, memory: true, memoryBits: bits });
    add(`rr${bits}`, { field: Field.Rm, register });
    add(`A${bits}`, { register, number: 0 });
    add(`imm${bits}`, { field: Field.Immediate, bytes: bits / 8 });
    add(`imm${bits}s`, { field: Field.Immediate, bytes: bits / 8, signed: true });
    add(`rel${bits}`, { field: Field.Immediate, bytes: bits / 8 });
    // The field holds an address: four bytes in 32-bit code, eight in 64-bit code.
    add(`moffs${bits}`, { field: Field.Immediate, memory: true, memoryBits: bits, bytes: 8 });
  }
  for (const bits of [0, 8, 16, 32, 48, 64, 128]) {
    add(bits === 0 ? 'm' : `m${bits}`, { field: Field.Rm, memory: true, memoryBits: bits });
  }
  for (const bits of [32, 64, 128]) {
    add(`xm${bits}`, { field: Field.Rm, register: 'xmm', memory: true, memoryBits: bits });
  }
  add('xmm', { field: Field.Register, register: 'xmm' });
  add('xr', { field: Field.Rm, register: 'xmm' });
  add('sreg', { field: Field.Register, register: 'segment' });
  add('creg', { field: Field.Register, register: 'control' });
  add('dreg', { field: Field.Register, register: 'debug' });
  ['es', 'cs', 'ss', 'ds', 'fs', 'gs'].forEach((name, number) => add(name, { register: 'segment', number }));
  add('al', { register: 'r8', number: 0 });
  add('ax', { register: 'r16', number: 0 });
  add('eax', { register: 'r32', number: 0 });
  add('rax', { register: 'r64', number: 0 });
  add('cl', { register: 'r8', number: 1 });
  add('dx', { register: 'r16', number: 2 });
  add('1', {});
  add('far', { field: Field.Immediate, bytes: 6 });
  return kinds;
}

const KINDS = makeKinds();

/** One instruction form, sizes spelled out. */
export interface Form {
  mnemonic: string;
  operands: readonly OperandKind[];
  /** operand-size prefix 66 in 32- and 64-bit code, and in 16-bit code */
  operand16: boolean;
  operand32: boolean;
  /** prefix 66, F2 or F3 that belongs to the opcode, or 0 */
  prefix: number;
  rexW: boolean;
  opcode: readonly number[];
  /** the last opcode byte holds a register */
  plusRegister: boolean;
  /** `NO_MODRM`, `REGISTER_FIELD` or the digit of ModRM.reg */
  modrm: number;
  /** mode it exists in: 16, 64, 32 (and 16-bit code as well), or 0 for all; see `existsIn` */
  only: number;
  repeatable: boolean;
  /** not for the disassembler */
  alias: boolean;
  /** 16, 32 or 64 of a `v` row, else 0 */
  size: number;
  /** indexes into `operands` of what goes to ModRM.reg (or the opcode) and ModRM.rm, or -1 */
  registerOperand: number;
  rmOperand: number;
  /** is that register one of 8 bits? */
  byteRegister: boolean;
  byteRm: boolean;
}

export const NO_MODRM = -1;
export const REGISTER_FIELD = -2;

/** Operands that stand for three sizes. */
const SIZED = new Set(['rv', 'rmv', 'rrv', 'rnzv', 'immv', 'Av']);
const SIZES = [16, 32, 64];

function sizedKind(name: string, size: number): string {
  if (name === 'immv') return size === 64 ? 'imm32s' : `imm${size}`;
  return SIZED.has(name) ? name.slice(0, -1) + size : name;
}

/** The form of a row at `size`, 0 if it has one size only, under one of its mnemonics. */
function makeForm(mnemonic: string, operands: readonly string[], encoding: readonly string[], size: number): Form {
  const form: Form = {
    mnemonic, operands: operands.map((name) => KINDS.get(sizedKind(name, size))!), size,
    operand16: size === 16, operand32: size === 32, prefix: 0, rexW: size === 64, opcode: [], plusRegister: false, modrm: NO_MODRM,
    only: 0, repeatable: false, alias: false,
    registerOperand: -1, rmOperand: -1, byteRegister: false, byteRm: false,
  };
  const opcode: number[] = [];
  encoding.forEach((word, i) => {
    const first = word.charAt(0);
    const isPrefix = (word === '66' || word === 'F2' || word === 'F3') && i === 0 && encoding.length > 1;
    if (isPrefix) form.prefix = parseInt(word, 16);
    else if (word === 'o16') form.operand16 = true;
    else if (word === 'o32') form.operand32 = true;
    else if (word === 'REX.W') form.rexW = true;
    else if (word === '/r') form.modrm = REGISTER_FIELD;
    else if (first === '/') form.modrm = Number(word.slice(1));
    else if (word === 'only16' || word === 'only32' || word === 'only64') form.only = Number(word.slice(4));
    else if (word === 'rep') form.repeatable = true;
    else if (word === 'alias') form.alias = true;
    else if (first !== 's') {
      form.plusRegister ||= word.endsWith('+r');
      opcode.push(parseInt(word.slice(0, 2), 16));
    }
  });
  form.opcode = opcode;
  form.registerOperand = form.operands.findIndex((operand) => operand.field === Field.Register);
  form.rmOperand = form.operands.findIndex((operand) => operand.field === Field.Rm);
  form.byteRegister = form.operands[form.registerOperand]?.register === 'r8';
  form.byteRm = form.operands[form.rmOperand]?.register === 'r8';
  if (form.rexW) form.only = 64;
  return form;
}

/** Operands that 16-bit code has otherwise: 16 bits where the others have 32, or with another meaning. */
const NOT_IN_16 = ['rel32', 'imm32s', 'm48'];

/**
 * Is the form one of code in this mode? 16-bit code has those of 32-bit code but for some: names that mean another size there,
 * jumps and calls through memory, and `jecxz`, which would need a prefix that no row has.
 */
export function existsIn(form: Form, mode: 16 | 32 | 64): boolean {
  if (mode !== 16) return form.only === 0 || form.only === mode;
  if (form.only === 64 || form.mnemonic === 'jecxz' || form.operands.some(({ name }) => NOT_IN_16.includes(name))) return false;
  const isJump = form.mnemonic === 'jmp' || form.mnemonic === 'call';
  return !(form.operand32 && form.size === 0 && (form.alias || isJump));
}

function makeForms([mnemonics, operandText, encodingText]: Row): Form[] {
  const operands = operandText === '' ? [] : operandText.split(', ');
  const encoding = encodingText.split(' ');
  const asked = SIZES.filter((size) => encoding.includes(`s${size}`));
  const sizes = !operands.some((name) => SIZED.has(name)) ? [0] : asked.length > 0 ? asked : SIZES;
  return mnemonics.split(' ').flatMap((mnemonic, spelling) => sizes.map((size) => {
    const form = makeForm(mnemonic, operands, encoding, size);
    form.alias ||= spelling > 0;
    return form;
  }));
}

/** Forms of each row, once they are made. */
const MADE = new Map<Row, readonly Form[]>();

function formsOfRow(row: Row): readonly Form[] {
  const known = MADE.get(row);
  if (known) return known;
  const forms = makeForms(row);
  MADE.set(row, forms);
  return forms;
}

const ROWS_OF = new Map<string, Row[]>();
for (const row of ROWS) {
  for (const mnemonic of row[0].split(' ')) {
    const known = ROWS_OF.get(mnemonic);
    if (known) known.push(row);
    else ROWS_OF.set(mnemonic, [row]);
  }
}

const BY_MNEMONIC = new Map<string, readonly Form[]>();

/** The forms of a mnemonic, in the order in which they are preferred among equally short ones. */
export function formsOf(mnemonic: string): readonly Form[] {
  const known = BY_MNEMONIC.get(mnemonic);
  if (known) return known;
  const rows = ROWS_OF.get(mnemonic) ?? [];
  const forms = rows.flatMap(formsOfRow).filter((form) => form.mnemonic === mnemonic);
  BY_MNEMONIC.set(mnemonic, forms);
  return forms;
}

/** Every form of the table. */
export function allForms(): readonly Form[] {
  return ROWS.flatMap(formsOfRow);
}

/** The form of the row that has exactly this text for its operands, at `size`; null if there is none. */
export function findForm(mnemonic: string, operands: string, size = 0): Form | null {
  const row = ROWS_OF.get(mnemonic)?.find((candidate) => candidate[1] === operands);
  return row ? formsOfRow(row).find((form) => form.size === size && form.mnemonic === mnemonic) ?? null : null;
}

/** The same for code generation, which knows that there is one. */
export function form(mnemonic: string, operands = '', size = 0): Form {
  const found = findForm(mnemonic, operands, size);
  if (!found) throw new Error(`no form ${mnemonic} ${operands}`);
  return found;
}
