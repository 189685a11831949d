/**
 * One assembly statement to bits: finds the spelling whose operands match, fills its fields, picks the compressed form
 * where one fits, and expands the mnemonics that stand for several instructions (`li`, `la`, `call`, `tail`, `zext.h`
 * …).
 */
import type { Code } from '../../diagnostics/catalogue.ts';
import { ABSOLUTE, HERE, type Scanner, type Value } from '../assembly/scanner.ts';
import type { Range, Statement } from '../assembly/statements.ts';
import { materialise, type Step } from './constants.ts';
import { CSR_NAMES, csrByName } from './csr-names.ts';
import { DYNAMIC, ROUNDING_MODES } from './disassembler.ts';
import { compress, encode, encodeCompressed, immediateFits, noFields } from './encode.ts';
import {
  ALIASES, COMPRESSED, type CompressedForm, type Fields, type Form, form, FORMS, INVERSE, type Layout, LAYOUTS,
  operandField,
} from './forms.ts';
import { type Item, type MemoryItem, readItems, type ValueItem } from './operands.ts';
import { RA, T1 } from './registers.ts';
import { lower12, Relocation, upper20 } from './relocations.ts';

/** Sizes of branches: compressed, one instruction, inverted branch around a jump. */
export const enum Reach { Compressed, Medium, Long }

/** What one statement is written to. */
export interface InstructionSink {
  readonly position: number;
  /** may instructions shrink? */
  readonly compressing: boolean;
  /** least size of the current statement's branch */
  readonly size: Reach;
  grow(to: Reach): void;
  put16(half: number): void;
  put32(word: number): void;
  /** The next instruction waits for the address of `value` (a symbol plus a number). */
  relocate(kind: number, value: Value): void;
  report(code: Code, range: Range, ...values: (string | number)[]): void;
  /** the text of `range`, quoted */
  written(range: Range): string;
  value(name: string): Value;
  /** by position of an instruction: what its `%pcrel_hi` named */
  readonly highParts: Map<number, Value>;
}

export const NOP = form('addi').match | 0;
export const COMPRESSED_NOP = 0x0001;

/** A spelling of a form: its operands, and what is fixed. */
interface Spelling {
  form: Form;
  operands: readonly string[];
  fixed: Partial<Fields>;
  sameSources: boolean;
  /** the row that a `c.` mnemonic asks for */
  compressed: CompressedForm | null;
}

const SPELLINGS = new Map<string, Spelling[]>();

function addSpelling(name: string, spelling: Spelling): void {
  const known = SPELLINGS.get(name);
  if (known) known.push(spelling);
  else SPELLINGS.set(name, [spelling]);
}

for (const row of FORMS) {
  addSpelling(row.name, { form: row, operands: row.operands, fixed: {}, sameSources: false, compressed: null });
}
for (const { name, base, operands, fixed, sameSources } of ALIASES) {
  // The expansion `li` takes any number.
  if (name !== 'li') addSpelling(name, { form: base, operands, fixed, sameSources, compressed: null });
}
for (const row of COMPRESSED) {
  if (row.encodeOnly) continue;
  const fixed: Partial<Fields> = {};
  for (const field of ['rd', 'rs1', 'rs2'] as const) {
    const place = row.places[field];
    const isOperand = row.operands.some((operand) => operandField(operand) === field);
    if (typeof place === 'number' && !isOperand) fixed[field] = place;
  }
  addSpelling(row.name, { form: row.base, operands: row.operands, fixed, sameSources: false, compressed: row });
}

function isZero(value: Value): boolean {
  return value.base === ABSOLUTE && value.number === 0n;
}

function operandMatches(operand: string, item: Item): boolean {
  switch (operand) {
    case 'rd': case 'rs1': case 'rs2': return item.kind === 'register' && item.register < 32;
    case 'fd': case 'fs1': case 'fs2': case 'fs3': return item.kind === 'register' && item.register >= 32;
    case 'imm(rs1)': return item.kind === 'memory';
    case '(rs1)': return item.kind === 'memory' && isZero(item.offset.value);
    case 'rm': return item.kind === 'name' && ROUNDING_MODES.includes(item.name);
    default: return item.kind === 'name' || item.kind === 'value';
  }
}

function spellingMatches({ operands }: Spelling, items: readonly Item[]): boolean {
  const optional = operands[operands.length - 1] === 'rm' ? 1 : 0;
  if (items.length > operands.length || items.length < operands.length - optional) return false;
  return items.every((item, i) => operandMatches(operands[i]!, item));
}

/** Assembles `statement`, which is no directive. Errors are reported or thrown as `AssemblyError`. */
export function assembleInstruction(statement: Statement, scanner: Scanner, sink: InstructionSink): void {
  const items = readItems(scanner);
  const name = statement.mnemonic;
  const spellings = SPELLINGS.get(name) ?? [];
  const spelling = spellings.find((candidate) => spellingMatches(candidate, items));
  if (spelling) {
    new Writer(statement, sink).write(spelling, items);
    return;
  }
  const expansions = EXPANSIONS.get(name) ?? [];
  const expansion = expansions.find(({ operands }) => (
    operands.length === items.length && items.every((item, i) => operandMatches(operands[i]!, item))
  ));
  if (expansion) {
    expansion.expand(new Writer(statement, sink), items);
    return;
  }
  const known = [...spellings, ...expansions];
  if (known.length === 0) sink.report('FX0501', statement.at, name, 'riscv64');
  else {
    const forms = known.map(({ operands }) => (operands.length ? `\`${operands.join(', ')}\`` : 'nothing'));
    const range = { start: statement.at.start, end: statement.end };
    sink.report('FX0510', range, name, sink.written(statement.operands), [...new Set(forms)].join(' or '));
  }
}

/** Fills the fields of one instruction and puts it. */
class Writer {
  private readonly fields = noFields();
  /** set when part of an address is the immediate: the linker must find it in its 32-bit form */
  private fixedSize = false;
  /** an operand was reported: its field is 0 */
  private broken = false;

  constructor(private readonly statement: Statement, readonly sink: InstructionSink) {}

  write(spelling: Spelling, items: readonly Item[]): void {
    const { fields } = this;
    const { operands, form } = spelling;
    Object.assign(fields, spelling.fixed);
    if (form.operands.includes('rm')) fields.rm = DYNAMIC;
    let target: Item | null = null;
    items.forEach((item, i) => {
      const operand = operands[i]!;
      if (operand === 'label') target = item;
      else this.fill(operand, spelling, item);
    });
    if (spelling.sameSources) fields.rs2 = fields.rs1;
    if (target) this.branch(spelling, target);
    else this.put(spelling);
  }

  private fill(operand: string, spelling: Spelling, item: Item): void {
    const { fields } = this;
    const layout = (spelling.compressed ?? spelling.form).layout;
    switch (operand) {
      case 'imm':
        fields.imm = this.immediate(spelling, layout, this.valueOf(item), item);
        return;
      case 'imm(rs1)': {
        const { offset, register } = item as MemoryItem;
        fields.rs1 = register;
        fields.imm = this.immediate(spelling, layout, offset, item);
        return;
      }
      case '(rs1)':
        fields.rs1 = (item as MemoryItem).register;
        return;
      case 'csr':
        fields.imm = this.csr(item);
        return;
      case 'zimm':
        fields.rs1 = this.number(LAYOUTS.shift5, this.valueOf(item), item);
        return;
      case 'rm':
        if (item.kind === 'name') fields.rm = ROUNDING_MODES.indexOf(item.name);
        return;
      case 'pred':
        fields.imm |= this.fenceSet(item) << 4;
        return;
      case 'succ':
        fields.imm |= this.fenceSet(item);
        return;
      default:
        if (item.kind !== 'register') throw new Error(`operand ${operand} matched a ${item.kind}`);
        fields[operandField(operand)!] = item.register & 31;
    }
  }

  /** An item that stands for a value; a lone name becomes the value it has. */
  private valueOf(item: Item): ValueItem {
    if (item.kind === 'value') return item;
    if (item.kind !== 'name') throw new Error(`no value in a ${item.kind}`);
    return { kind: 'value', part: '', value: this.sink.value(item.name), start: item.start, end: item.end };
  }

  private csr(item: Item): number {
    if (item.kind === 'name') {
      const number = csrByName(item.name);
      if (number >= 0) return number;
      const value = this.sink.value(item.name);
      if (value.base !== ABSOLUTE) {
        this.sink.report('FX0534', item, item.name, 'a control and status register', CSR_NAMES.join(' '));
        return 0;
      }
    }
    return this.number(LAYOUTS.csr, this.valueOf(item), item);
  }

  private fenceSet(item: Item): number {
    if (item.kind !== 'name') return this.number({ ...LAYOUTS.fence, max: 15 }, this.valueOf(item), item);
    let bits = 0;
    for (const letter of item.name) {
      const bit = 8 >> 'iorw'.indexOf(letter);
      if (!'iorw'.includes(letter)) this.sink.report('FX0534', item, item.name, 'a fence set', 'the letters i o r w');
      bits |= bit & 15;
    }
    return bits;
  }

  /** The value as a number that `layout` can hold; 0 after a report. */
  private number(layout: Layout, { value, part }: ValueItem, range: Range): number {
    if (value.base !== ABSOLUTE || part !== '') {
      this.sink.report('FX0533', range, 'an address');
      return 0;
    }
    const number = Number(BigInt.asIntN(64, value.number));
    if (immediateFits(layout, number)) return number;
    const multiple = layout.step > 1 ? `, a multiple of ${layout.step}` : '';
    const zero = layout.nonZero ? ', not 0' : '';
    this.broken = true;
    this.sink.report('FX0531', range, `the number ${number}`, `from ${layout.min} to ${layout.max}${multiple}${zero}`);
    return 0;
  }

  private immediate(spelling: Spelling, layout: Layout, item: ValueItem, range: Range): number {
    const { value, part } = item;
    const isUpper = spelling.form.layoutName === 'U';
    if (part === '') {
      // c.lui writes its signed field as the 20 bits that it becomes.
      if (isUpper && spelling.compressed && value.base === ABSOLUTE) return this.number(LAYOUTS.U, item, range);
      return this.number(layout, item, range);
    }
    this.fixedSize = true;
    if ((part === 'hi' || part === 'pcrel_hi') !== isUpper) {
      this.sink.report('FX0502', range, isUpper ? '`%hi` or `%pcrel_hi`' : '`%lo` or `%pcrel_lo`', `\`%${part}\``);
      return 0;
    }
    const isStore = spelling.form.layoutName === 'S';
    switch (part) {
      case 'hi': return upper20(this.absolute(value, Relocation.High20));
      case 'lo': return lower12(this.absolute(value, isStore ? Relocation.Low12S : Relocation.Low12I));
      case 'pcrel_hi':
        this.sink.highParts.set(this.sink.position, value);
        return upper20(this.relative(value, Relocation.PcrelHigh20));
      default: return this.pcrelLow(value, isStore, range);
    }
  }

  private absolute(value: Value, kind: Relocation): number {
    if (value.base === ABSOLUTE) return Number(BigInt.asIntN(32, value.number));
    this.sink.relocate(kind, value);
    return 0;
  }

  /** The distance to `value` from here, or 0 and a relocation. */
  private relative(value: Value, kind: Relocation): number {
    if (value.base === HERE) return Number(value.number) - this.sink.position;
    this.sink.relocate(kind, value);
    return 0;
  }

  /** `%pcrel_lo(label)`: the lower part of what the auipc at the label names. */
  private pcrelLow(label: Value, isStore: boolean, range: Range): number {
    const at = Number(label.number);
    const named = label.base === HERE ? this.sink.highParts.get(at) : undefined;
    if (!named) {
      this.sink.report('FX0502', range, 'the label of an `auipc` with `%pcrel_hi`', 'something else');
      return 0;
    }
    if (named.base === HERE) return lower12(Number(named.number) - at);
    // value - place must be the distance from the auipc.
    const number = named.number + BigInt(this.sink.position - at);
    this.sink.relocate(isStore ? Relocation.PcrelLow12S : Relocation.PcrelLow12I, { base: named.base, number });
    return 0;
  }

  private put({ form, compressed }: Spelling): void {
    const { rd, rs1, rs2, rs3, imm, rm } = this.fields;
    if (compressed) {
      const isTied = typeof compressed.places.rd === 'string' && compressed.places.rd === compressed.places.rs1;
      const half = encodeCompressed(compressed, rd, isTied ? rd : rs1, rs2, imm);
      if (half >= 0) this.sink.put16(half);
      else {
        this.sink.put16(0);
        const why = 'made of registers and numbers that its 16 bits can hold';
        if (!this.broken) this.sink.report('FX0531', this.statement, `\`${compressed.name}\``, why);
      }
      return;
    }
    const half = this.sink.compressing && !this.fixedSize ? compress(form, rd, rs1, rs2, imm) : -1;
    if (half >= 0) this.sink.put16(half);
    else this.sink.put32(encode(form, rd, rs1, rs2, imm, rs3, rm));
  }

  // ---- branches ----

  private branch(spelling: Spelling, target: Item): void {
    const item = this.valueOf(target);
    const { value } = item;
    if (item.part !== '') this.sink.report('FX0502', item, 'a label', `\`%${item.part}\``);
    const isJump = spelling.form.layoutName === 'J';
    if (value.base >= 0) {
      this.branchToSymbol(spelling.form, value, isJump);
      return;
    }
    const distance = Number(value.number) - this.sink.position;
    const reach = this.reachFor(spelling, isJump, distance);
    const { rd, rs1, rs2 } = this.fields;
    const layout = reach === Reach.Compressed ? spelling.form.shorter[0]!.layout : isJump ? LAYOUTS.J : LAYOUTS.B;
    // An inverted branch stands before the jump.
    const around = this.inverted(spelling.form, this.sink.compressing);
    const isLong = reach === Reach.Long;
    const fits = immediateFits(isLong ? LAYOUTS.J : layout, isLong ? distance - around.bytes : distance);
    if (!fits) {
      const target = `${this.sink.written(item)}, ${distance} bytes from here,`;
      this.sink.report('FX0512', item, target, this.statement.mnemonic);
    }
    const reached = fits ? distance : 0;
    if (reach === Reach.Compressed) this.sink.put16(compress(spelling.form, rd, rs1, rs2, reached));
    else if (reach === Reach.Medium) this.sink.put32(encode(spelling.form, rd, rs1, rs2, reached));
    else {
      this.putSized(around);
      this.sink.put32(encode(form('jal'), 0, 0, 0, fits ? distance - around.bytes : 0));
    }
  }

  /** The branch of the opposite condition around a jump of 32 bits. */
  private inverted(row: Form, compressing: boolean): { bits: number; bytes: number } {
    const { rs1, rs2 } = this.fields;
    const inverse = INVERSE.get(row);
    const half = inverse && compressing ? compress(inverse, 0, rs1, rs2, 6) : -1;
    return half >= 0 ? { bits: half, bytes: 2 } : { bits: encode(inverse ?? row, 0, rs1, rs2, 8), bytes: 4 };
  }

  private putSized({ bits, bytes }: { bits: number; bytes: number }): void {
    if (bytes === 2) this.sink.put16(bits);
    else this.sink.put32(bits);
  }

  /** The least size, from what the statement has grown to, that holds `distance`. */
  private reachFor({ form, compressed }: Spelling, isJump: boolean, distance: number): Reach {
    if (compressed) return Reach.Compressed;
    const { rd, rs1, rs2 } = this.fields;
    let reach = this.sink.size;
    if (reach === Reach.Compressed) {
      const canShrink = this.sink.compressing && compress(form, rd, rs1, rs2, 0) >= 0;
      if (!canShrink || !immediateFits(form.shorter[0]!.layout, distance)) reach = Reach.Medium;
    }
    if (reach === Reach.Medium && !isJump && !immediateFits(LAYOUTS.B, distance)) reach = Reach.Long;
    this.sink.grow(reach);
    return reach;
  }

  /** The linker fills a jump; a conditional branch goes around one, as its own field is too short for other atoms. */
  private branchToSymbol(row: Form, value: Value, isJump: boolean): void {
    const { rd } = this.fields;
    if (!isJump) this.putSized(this.inverted(row, false));
    this.sink.relocate(Relocation.Jump, value);
    this.sink.put32(encode(form('jal'), rd, 0, 0, 0));
  }

  // ---- expansions ----

  /** Puts one instruction of an expansion. */
  step(row: Form, rd: number, rs1: number, imm: number): void {
    const half = this.sink.compressing ? compress(row, rd, rs1, 0, imm) : -1;
    if (half >= 0) this.sink.put16(half);
    else this.sink.put32(encode(row, rd, rs1, 0, imm));
  }

  steps(rd: number, steps: readonly Step[]): void {
    steps.forEach((step, i) => this.step(step.form, rd, i === 0 ? 0 : rd, step.imm));
  }

  /** auipc of `high`, then `row` with the lower part; one relocation covers both. */
  pair(item: Item, high: number, kind: Relocation, row: Form, rd: number, rs2: number): void {
    const { value } = this.valueOf(item);
    if (value.base === ABSOLUTE) this.sink.report('FX0502', item, 'a symbol or a label', 'a number');
    const distance = value.base === HERE ? Number(value.number) - this.sink.position : 0;
    if (value.base >= 0) this.sink.relocate(kind, value);
    this.sink.put32(encode(form('auipc'), high, 0, 0, upper20(distance)));
    this.sink.put32(encode(row, rd, high, rs2, lower12(distance)));
  }

  constant(item: Item): Step[] {
    const { value } = this.valueOf(item);
    if (value.base !== ABSOLUTE) {
      this.sink.report('FX0533', item, 'an address');
      return materialise(0, 0);
    }
    if (value.number < -(1n << 63n) || value.number >= 1n << 64n) {
      this.sink.report('FX0531', item, `the number ${value.number}`, 'of at most 64 bits');
    }
    return materialise(Number(BigInt.asIntN(32, value.number)), Number(BigInt.asIntN(32, value.number >> 32n)));
  }
}

interface Expansion {
  operands: readonly string[];
  expand(writer: Writer, items: readonly Item[]): void;
}

function register(item: Item | undefined): number {
  if (item?.kind !== 'register') throw new Error('an expansion matched no register');
  return item.register & 31;
}

const EXPANSIONS = new Map<string, Expansion[]>();

function expansion(name: string, operands: string, expand: Expansion['expand']): void {
  EXPANSIONS.set(name, [...(EXPANSIONS.get(name) ?? []), { operands: operands.split(' '), expand }]);
}

/** `operands` of an expansion use `imm` for any expression and `label` for an address. */
function shiftPair(name: string, left: number, right: string): void {
  expansion(name, 'rd rs1', (writer, [rd, rs1]) => {
    writer.step(form('slli'), register(rd), register(rs1), left);
    writer.step(form(right), register(rd), register(rd), left);
  });
}

for (const name of ['la', 'lla']) {
  expansion(name, 'rd label', (writer, [rd, symbol]) => (
    writer.pair(symbol!, register(rd), Relocation.PairI, form('addi'), register(rd), 0)
  ));
}
expansion('call', 'label', (writer, [symbol]) => writer.pair(symbol!, RA, Relocation.Call, form('jalr'), RA, 0));
expansion('call', 'rd label', (writer, [rd, symbol]) => (
  writer.pair(symbol!, register(rd), Relocation.Call, form('jalr'), register(rd), 0)
));
expansion('tail', 'label', (writer, [symbol]) => writer.pair(symbol!, T1, Relocation.Call, form('jalr'), 0, 0));
shiftPair('zext.h', 48, 'srli');
shiftPair('zext.w', 32, 'srli');
shiftPair('sext.b', 56, 'srai');
shiftPair('sext.h', 48, 'srai');
for (const name of ['lb', 'lh', 'lw', 'ld', 'lbu', 'lhu', 'lwu']) {
  expansion(name, 'rd label', (writer, [rd, symbol]) => (
    writer.pair(symbol!, register(rd), Relocation.PairI, form(name), register(rd), 0)
  ));
}
for (const name of ['flw', 'fld']) {
  expansion(name, 'fd label rs1', (writer, [fd, symbol, rs1]) => (
    writer.pair(symbol!, register(rs1), Relocation.PairI, form(name), register(fd), 0)
  ));
}
for (const name of ['sb', 'sh', 'sw', 'sd', 'fsw', 'fsd']) {
  expansion(name, `${name.startsWith('f') ? 'fs2' : 'rs2'} label rs1`, (writer, [rs2, symbol, rs1]) => (
    writer.pair(symbol!, register(rs1), Relocation.PairS, form(name), 0, register(rs2))
  ));
}
expansion('li', 'rd imm', (writer, [rd, imm]) => writer.steps(register(rd), writer.constant(imm!)));
