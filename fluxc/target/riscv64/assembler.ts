/**
 * The assembler of `asm riscv64` blocks, in the syntax of GNU as: text of one block in, one atom out.
 *
 * The block is assembled in passes until no label moves: each pass knows the labels as the one before left them, and a
 * branch that does not reach takes its next longer form and keeps it. Only the last pass reports. This file knows
 * labels, passes, data and directives; `instruction.ts` turns one statement into bits.
 */
import type { Loc } from '../../base/source.ts';
import { encodeUtf8 } from '../../base/utf8.ts';
import type { Code } from '../../diagnostics/catalogue.ts';
import type { Diagnostics } from '../../diagnostics/diagnostic.ts';
import { type Module, SymbolKind } from '../../fir/module.ts';
import {
  ABSOLUTE, AssemblyError, escapedCode, HERE, type Names, type Range, Scanner, splitStatements, type Statement, Token,
  type Value,
} from '../machine/assembly-text.ts';
import type { Atom, Relocation as AtomRelocation } from '../machine/atom.ts';
import { assembleInstruction, COMPRESSED_NOP, type InstructionSink, NOP, type Reach } from './instruction.ts';
import { Relocation } from './relocations.ts';

/** Bytes of each item of a data directive. */
const DATA_BYTES: Record<string, number> = {
  '.byte': 1, '.half': 2, '.2byte': 2, '.short': 2, '.word': 4, '.long': 4, '.4byte': 4, '.quad': 8, '.8byte': 8,
  '.dword': 8,
};
const OPTIONS = ['rvc', 'norvc', 'push', 'pop', 'relax', 'norelax', 'pic', 'nopic'];

const MAX_PASSES = 60;
/** bytes that one directive may reserve */
const MAX_RESERVE = 1 << 24;
/** the largest alignment is 2 to this power */
const MAX_ALIGN_POWER = 16;

/** See `Target.assemble`. */
export function assemble(text: string, loc: Loc, module: Module, diagnostics: Diagnostics): Atom | null {
  return new Assembly(text, loc, module, diagnostics).run();
}

class Assembly implements Names, InstructionSink {
  private readonly text: string;
  private readonly statements: Statement[];
  /** index of the current statement */
  private index = 0;

  /** statement of each named label, and of each numeric one in ascending order */
  private readonly labels = new Map<string, number>();
  private readonly numericLabels = new Map<string, number[]>();
  /** where each statement stood in the pass before */
  private readonly places: Int32Array;
  private readonly reaches: Uint8Array;
  private moved = false;
  private reporting = false;

  private bytes: number[] = [];
  private relocations: AtomRelocation[] = [];
  private lines: number[] = [];
  private align = 2;
  private options: boolean[] = [];
  private constants = new Map<string, Value>();
  private readonly globals = new Map<string, Range>();

  compressing = true;
  readonly highParts = new Map<number, Value>();

  constructor(
    source: string,
    private readonly loc: Loc,
    private readonly module: Module,
    private readonly diagnostics: Diagnostics,
  ) {
    const { text, statements } = splitStatements(source, true);
    this.text = text;
    this.statements = statements;
    this.places = new Int32Array(statements.length);
    this.reaches = new Uint8Array(statements.length);
  }

  run(): Atom | null {
    const before = this.diagnostics.list.length;
    this.collectLabels();
    for (let passes = 0; passes < MAX_PASSES; passes++) {
      this.moved = false;
      this.pass();
      if (!this.moved) break;
    }
    this.reporting = true;
    this.pass();
    const labels: [number, number][] = [];
    for (const [name, range] of this.globals) {
      const statement = this.labels.get(name);
      if (statement === undefined) this.report('FX0505', range, name);
      else labels.push([this.module.symbol(name), this.places[statement]!]);
    }
    if (this.diagnostics.list.slice(before).some((diagnostic) => diagnostic.severity === 'error')) return null;
    const bytes = Uint8Array.from(this.bytes);
    return {
      symbol: this.ownSymbol(), section: '.text', align: this.align, bytes, size: bytes.length,
      relocations: this.relocations, lines: this.lines, traps: [], labels,
    };
  }

  // ---- names ----

  value(name: string): Value {
    const constant = this.constants.get(name);
    if (constant) return constant;
    const statement = this.labels.get(name);
    return statement === undefined ? { base: this.module.symbol(name), number: 0n } : this.placeOf(statement);
  }

  numeric(digits: string, forward: boolean): Value | null {
    const statements = this.numericLabels.get(digits) ?? [];
    if (forward) {
      const next = statements.find((statement) => statement > this.index);
      return next === undefined ? null : this.placeOf(next);
    }
    const above = statements.filter((statement) => statement <= this.index).pop();
    return above === undefined ? null : this.placeOf(above);
  }

  here(): Value {
    return { base: HERE, number: BigInt(this.position) };
  }

  private placeOf(statement: number): Value {
    return { base: HERE, number: BigInt(this.places[statement]!) };
  }

  private collectLabels(): void {
    this.statements.forEach((statement, index) => {
      for (const label of statement.labels) {
        const code = label.name.charCodeAt(0);
        if (code >= 48 && code <= 57) {
          const known = this.numericLabels.get(label.name);
          if (known) known.push(index);
          else this.numericLabels.set(label.name, [index]);
        } else if (this.labels.has(label.name)) {
          this.diagnostics.report('FX0504', this.span(label), label.name);
        } else this.labels.set(label.name, index);
      }
    });
  }

  /** The symbol of this block, whose `Assembly` starts at the same `Loc`; -1 if the module does not hold it. */
  private ownSymbol(): number {
    return this.module.symbols.findIndex(
      (symbol) => symbol.kind === SymbolKind.Assembly && symbol.assembly?.loc === this.loc,
    );
  }

  // ---- passes ----

  private pass(): void {
    this.bytes = [];
    this.relocations = [];
    this.lines = [];
    this.options = [];
    this.align = 2;
    this.compressing = true;
    for (this.index = 0; this.index < this.statements.length; this.index++) {
      const statement = this.statements[this.index]!;
      if (this.places[this.index] !== this.position) {
        this.places[this.index] = this.position;
        this.moved = true;
      }
      if (statement.mnemonic === '') continue;
      try {
        const scanner = new Scanner(this.text, statement.operands.start, statement.operands.end, this);
        if (statement.mnemonic.startsWith('.')) this.directive(statement, scanner);
        else {
          const from = this.position;
          this.lines.push(from, this.loc + statement.at.start);
          assembleInstruction(statement, scanner, this);
          if (this.position === from) this.lines.length -= 2;
        }
      } catch (error) {
        if (!(error instanceof AssemblyError)) throw error;
        this.report('FX0502', error.range, error.expected, error.found);
      }
    }
  }

  private span({ start, end }: Range): { start: Loc; end: Loc } {
    return { start: this.loc + start, end: this.loc + Math.max(end, start + 1) };
  }

  // ---- what instructions write to ----

  get position(): number {
    return this.bytes.length;
  }

  get reach(): Reach {
    return this.reaches[this.index]!;
  }

  extendReach(to: Reach): void {
    if (this.reaches[this.index] === to) return;
    this.reaches[this.index] = to;
    this.moved = true;
  }

  put16(half: number): void {
    this.bytes.push(half & 255, (half >> 8) & 255);
  }

  put32(word: number): void {
    this.put16(word & 0xffff);
    this.put16(word >>> 16);
  }

  relocate(kind: number, value: Value): void {
    this.relocations.push({ offset: this.position, kind, symbol: value.base, addend: Number(value.number) });
  }

  report(code: Code, range: Range, ...values: (string | number)[]): void {
    if (this.reporting) this.diagnostics.report(code, this.span(range), ...values);
  }

  // ---- directives ----

  private directive(statement: Statement, scanner: Scanner): void {
    const { mnemonic } = statement;
    const bytes = DATA_BYTES[mnemonic];
    if (bytes !== undefined) {
      this.list(scanner, () => this.dataItem(bytes, scanner));
      return;
    }
    switch (mnemonic) {
      case '.ascii': case '.asciz': case '.string':
        this.list(scanner, () => this.textItem(scanner, mnemonic !== '.ascii'));
        return;
      case '.align': case '.p2align': case '.balign':
        this.alignTo(scanner, mnemonic === '.balign');
        return;
      case '.zero': case '.skip': case '.space':
        this.reserve(scanner);
        return;
      case '.global': case '.globl':
        this.list(scanner, () => {
          if (scanner.token !== Token.Name) scanner.fail('a label of this block');
          this.globals.set(scanner.word, { start: scanner.start, end: scanner.end });
          scanner.advance();
        });
        return;
      case '.set': case '.equ': {
        if (scanner.token !== Token.Name) scanner.fail('a name');
        const name = scanner.word;
        scanner.advance();
        scanner.expect(',');
        this.constants.set(name, scanner.expression());
        break;
      }
      case '.option':
        this.option(scanner);
        break;
      default:
        this.report('FX0503', statement.at, mnemonic);
        return;
    }
    if (scanner.token !== Token.End) scanner.fail('the end of the line');
  }

  private list(scanner: Scanner, item: () => void): void {
    do item(); while (scanner.accept(','));
    if (scanner.token !== Token.End) scanner.fail('`,` or the end of the line');
  }

  private dataItem(bytes: number, scanner: Scanner): void {
    const { start } = scanner;
    const value = scanner.expression();
    const range = { start, end: scanner.start };
    if (value.base !== ABSOLUTE) {
      const base = value.base === HERE ? this.ownSymbol() : value.base;
      if (bytes < 4 || base < 0) this.report('FX0533', range, 'an address');
      else this.relocate(bytes === 8 ? Relocation.Absolute64 : Relocation.Absolute32, { base, number: value.number });
      for (let i = 0; i < bytes; i++) this.bytes.push(0);
      return;
    }
    const bits = BigInt(8 * bytes);
    const { number } = value;
    if (number < -(1n << (bits - 1n)) || number >= 1n << bits) {
      this.report('FX0531', range, `the number ${number}`, `of at most ${bits} bits`);
    }
    const word = BigInt.asUintN(64, number);
    for (let i = 0; i < bytes; i++) this.bytes.push(Number((word >> BigInt(8 * i)) & 255n));
  }

  private textItem(scanner: Scanner, terminated: boolean): void {
    if (scanner.token !== Token.Text) scanner.fail('text in double quotes');
    const quoted = scanner.word;
    let text = '';
    for (let i = 1; i < quoted.length - 1; i++) {
      let code = quoted.charCodeAt(i);
      if (code === 92) {
        code = escapedCode(quoted.charAt(++i));
        if (code < 0) scanner.fail('an escape sequence that exists (\\n \\t \\r \\0 \\\\ \\")');
      }
      text += String.fromCharCode(code);
    }
    for (const byte of encodeUtf8(text)) this.bytes.push(byte);
    if (terminated) this.bytes.push(0);
    scanner.advance();
  }

  /** A number from 0 to `max`, or null after a report. */
  private limited(scanner: Scanner, max: number): number | null {
    const { start } = scanner;
    const number = scanner.constant();
    if (number >= 0n && number <= BigInt(max)) return Number(number);
    this.report('FX0531', { start, end: scanner.start }, `the number ${number}`, `from 0 to ${max}`);
    return null;
  }

  /** Pads with instructions that do nothing, or with the byte that a second operand gives. */
  private alignTo(scanner: Scanner, inBytes: boolean): void {
    const { start, end } = scanner;
    const asked = this.limited(scanner, inBytes ? 1 << MAX_ALIGN_POWER : MAX_ALIGN_POWER);
    const fill = scanner.accept(',') ? this.limited(scanner, 255) : null;
    if (scanner.token !== Token.End) scanner.fail('the end of the line');
    if (asked === null) return;
    const align = inBytes ? Math.max(asked, 1) : 2 ** asked;
    if ((align & (align - 1)) !== 0) {
      this.report('FX0531', { start, end }, `the alignment ${align}`, 'a power of two');
      return;
    }
    this.align = Math.max(this.align, align);
    let missing = (align - (this.position % align)) % align;
    if (fill !== null) while (missing-- > 0) this.bytes.push(fill);
    else {
      if (missing & 1) this.bytes.push(0);
      if (missing & 2) this.put16(this.compressing ? COMPRESSED_NOP : 0);
      for (let i = 0; i < missing >> 2; i++) this.put32(NOP);
    }
  }

  private reserve(scanner: Scanner): void {
    const count = this.limited(scanner, MAX_RESERVE);
    const fill = scanner.accept(',') ? this.limited(scanner, 255) : 0;
    if (scanner.token !== Token.End) scanner.fail('the end of the line');
    for (let i = 0; i < (count ?? 0); i++) this.bytes.push(fill ?? 0);
  }

  private option(scanner: Scanner): void {
    const { word } = scanner;
    if (!OPTIONS.includes(word)) scanner.fail(OPTIONS.map((name) => `\`${name}\``).join(', '));
    if (word === 'rvc') this.compressing = true;
    else if (word === 'norvc') this.compressing = false;
    else if (word === 'push') this.options.push(this.compressing);
    else if (word === 'pop') {
      if (this.options.length === 0) scanner.fail('a `.option push` above');
      this.compressing = this.options.pop()!;
    }
    scanner.advance();
  }
}
