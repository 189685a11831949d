/**
 * The assembler of `asm arm64` blocks, in the syntax of GNU as.
 *
 * Two passes: the first gives every statement its place (an instruction is 4 bytes) and so every label its offset, the
 * second encodes. A statement with an error is reported and skipped, so that one run shows all of them. Names that the
 * block does not define are symbols of the module, by their FIR names.
 */
import type { Loc, Span } from '../../base/source.ts';
import { encodeUtf8 } from '../../base/utf8.ts';
import type { Diagnostics } from '../../diagnostics/diagnostic.ts';
import type { Module } from '../../fir/module.ts';
import type { Atom, Relocation as AtomRelocation } from '../machine/atom.ts';
import {
  ABSOLUTE, AssemblyError, escapedCode, HERE, type Names, type Range, Scanner, splitStatements, type Statement, Token,
  type Value,
} from '../machine/assembly-text.ts';
import { type Form, formsOf } from './forms.ts';
import { readItems } from './items.ts';
import { type Failure, OperandReader } from './operand-reader.ts';
import { Relocation } from './relocations.ts';

/** Bytes that one block may ask for with `.zero` or `.align`. */
const MOST_BYTES = 1 << 24;
const INSTRUCTION_BYTES = 4;
const NOP = 0xd503201f | 0;

/** Data directives: bytes an item, and the relocation of a symbol's address. */
const DATA: Record<string, { bytes: number; kind: Relocation | null }> = {
  '.byte': { bytes: 1, kind: null },
  '.half': { bytes: 2, kind: Relocation.Abs16 },
  '.hword': { bytes: 2, kind: Relocation.Abs16 },
  '.2byte': { bytes: 2, kind: Relocation.Abs16 },
  '.word': { bytes: 4, kind: Relocation.Abs32 },
  '.long': { bytes: 4, kind: Relocation.Abs32 },
  '.4byte': { bytes: 4, kind: Relocation.Abs32 },
  '.quad': { bytes: 8, kind: Relocation.Abs64 },
  '.xword': { bytes: 8, kind: Relocation.Abs64 },
  '.8byte': { bytes: 8, kind: Relocation.Abs64 },
};

function ownRow<T>(table: Record<string, T>, key: string): T | null {
  return Object.prototype.hasOwnProperty.call(table, key) ? table[key]! : null;
}

/**
 * What to say when no form fits: the one that came farthest, best with the right sort of operand; else all that would
 * fit.
 */
function farthest(failures: readonly Failure[]): { range: Range; expected: string } {
  const depth = Math.max(...failures.map((failure) => failure.depth));
  const deepest = failures.filter((failure) => failure.depth === depth);
  const near = deepest.find((failure) => failure.near);
  if (near) return { range: near, expected: near.expected };
  // Words of the syntax are many and mostly not what was meant.
  const sorts = deepest.filter(({ expected }) => expected.charAt(0) !== '`');
  const expected = [...new Set((sorts.length > 0 ? sorts : deepest).map((failure) => failure.expected))];
  return { range: deepest[0]!, expected: expected.slice(0, 3).join(', or ') };
}

class Assembler implements Names {
  private readonly text: string;
  private readonly statements: Statement[];
  private readonly labels = new Map<string, number>();
  private readonly numericLabels = new Map<string, number[]>();
  private readonly constants = new Map<string, Value>();
  /** names that are not defined here; a `Value`'s base is an index into it */
  private readonly externals: string[] = [];
  private readonly globals: { name: string; range: Range }[] = [];
  private bytes: Uint8Array;
  private position = 0;
  private align = INSTRUCTION_BYTES;
  private readonly relocations: AtomRelocation[] = [];
  private readonly lines: number[] = [];
  private broken = false;

  constructor(source: string, private readonly loc: Loc, private readonly module: Module,
    private readonly diagnostics: Diagnostics) {
    const { text, statements } = splitStatements(source);
    this.text = text;
    this.statements = statements;
    this.bytes = new Uint8Array(Math.max(64, statements.length * INSTRUCTION_BYTES));
  }

  run(): Atom | null {
    this.place();
    // Also after errors: what they are about is left out of both passes alike, and the others are to be seen too.
    this.write();
    if (this.broken) return null;
    const { module, loc } = this;
    return {
      symbol: this.ownSymbol(),
      section: '.text',
      align: this.align,
      bytes: this.bytes.slice(0, this.position),
      size: this.position,
      relocations: this.relocations,
      lines: this.lines.map((value, i) => (i & 1 ? value + loc : value)),
      traps: [],
      labels: this.globals.map(({ name }): [number, number] => [module.symbol(name), this.labels.get(name)!]),
    };
  }

  /** The symbol whose body this text is, -1 if it stands alone. */
  private ownSymbol(): number {
    return this.module.symbols.findIndex((symbol) => symbol.assembly !== null && symbol.assembly.loc === this.loc);
  }

  // ---- names ----

  value(name: string): Value {
    const constant = this.constants.get(name);
    if (constant) return constant;
    const offset = this.labels.get(name);
    if (offset !== undefined) return { base: HERE, number: BigInt(offset) };
    let index = this.externals.indexOf(name);
    if (index < 0) index = this.externals.push(name) - 1;
    return { base: index, number: 0n };
  }

  numeric(digits: string, forward: boolean): Value | null {
    const places = this.numericLabels.get(digits) ?? [];
    let found: number | undefined;
    // A label at the statement itself is behind it.
    if (forward) found = places.find((place) => place > this.position);
    else for (const place of places) if (place <= this.position) found = place;
    return found === undefined ? null : { base: HERE, number: BigInt(found) };
  }

  here(): Value {
    return { base: HERE, number: BigInt(this.position) };
  }

  private scanner(statement: Statement): Scanner {
    return new Scanner(this.text, statement.operands.start, statement.operands.end, this);
  }

  // ---- errors ----

  private span(range: Range): Span {
    return { start: this.loc + range.start, end: this.loc + range.end };
  }

  /** Runs the work on one statement and reports what it throws. */
  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof AssemblyError)) throw error;
      this.broken = true;
      this.diagnostics.report('FX0502', this.span(error.range), error.expected, error.found);
    }
  }

  // ---- first pass: places ----

  private place(): void {
    for (const statement of this.statements) {
      for (const label of statement.labels) this.defineLabel(label.name, label);
      if (statement.mnemonic === '') continue;
      if (statement.mnemonic.charAt(0) !== '.') this.position += INSTRUCTION_BYTES;
      else this.guarded(() => this.directive(statement, false));
    }
    for (const { name, range } of this.globals) {
      if (this.labels.has(name)) continue;
      this.broken = true;
      this.diagnostics.report('FX0505', this.span(range), name);
    }
    this.position = 0;
  }

  private defineLabel(name: string, range: Range): void {
    const first = name.charCodeAt(0);
    if (first >= 48 && first <= 57) {
      const places = this.numericLabels.get(name);
      if (places) places.push(this.position);
      else this.numericLabels.set(name, [this.position]);
      return;
    }
    if (this.labels.has(name)) {
      this.broken = true;
      this.diagnostics.report('FX0504', this.span(range), name);
    } else this.labels.set(name, this.position);
  }

  // ---- second pass: bytes ----

  private write(): void {
    for (const statement of this.statements) {
      if (statement.mnemonic === '') continue;
      this.guarded(() => {
        if (statement.mnemonic.charAt(0) === '.') this.directive(statement, true);
        else this.instruction(statement);
      });
    }
  }

  private room(count: number): void {
    if (this.position + count <= this.bytes.length) return;
    const bigger = new Uint8Array(Math.max(this.position + count, this.bytes.length * 2));
    bigger.set(this.bytes);
    this.bytes = bigger;
  }

  private putNumber(value: bigint, bytes: number): void {
    this.room(bytes);
    for (let i = 0; i < bytes; i++) this.bytes[this.position + i] = Number((value >> BigInt(8 * i)) & 255n);
    this.position += bytes;
  }

  private relocate(kind: Relocation, value: Value): void {
    const isHere = value.base === HERE;
    const symbol = isHere ? this.ownSymbol() : this.module.symbol(this.externals[value.base]!);
    this.relocations.push({ offset: this.position, kind, symbol, addend: Number(value.number) });
  }

  private instruction(statement: Statement): void {
    const at = this.position;
    this.lines.push(at, statement.at.start);
    const forms = formsOf(statement.mnemonic);
    if (forms.length === 0) {
      this.broken = true;
      this.diagnostics.report('FX0501', this.span(statement.at), statement.mnemonic, 'arm64');
    } else this.encode(statement, forms);
    this.position = at + INSTRUCTION_BYTES;
  }

  private encode(statement: Statement, forms: readonly Form[]): void {
    const items = readItems(this.scanner(statement));
    const end = { start: statement.end, end: statement.end + 1 };
    const around = { position: this.position, resolve: (name: string) => this.value(name) };
    const failures: Failure[] = [];
    for (const form of forms) {
      const reader = new OperandReader(items, end, around);
      let word = form.word;
      for (const operand of form.operands) {
        word = operand.encode(reader, word);
        if (reader.failure) break;
      }
      if (!reader.failure && reader.finish()) {
        if (reader.relocation) this.relocate(reader.relocation.kind, reader.relocation.value);
        this.putNumber(BigInt(word >>> 0), INSTRUCTION_BYTES);
        return;
      }
      failures.push(reader.failure!);
    }
    const { range, expected } = farthest(failures);
    const written = this.text.slice(range.start, range.end).trim();
    throw new AssemblyError(range, range.start === end.start ? 'the end of the line' : `\`${written}\``, expected);
  }

  // ---- directives ----

  /** `writing` is false in the first pass, which needs sizes only. */
  private directive(statement: Statement, writing: boolean): void {
    const data = ownRow(DATA, statement.mnemonic);
    if (data) {
      this.dataDirective(statement, data.bytes, data.kind, writing);
      return;
    }
    const scanner = this.scanner(statement);
    switch (statement.mnemonic) {
      case '.ascii':
      case '.asciz':
      case '.string':
        this.textDirective(scanner, statement.mnemonic !== '.ascii', writing);
        break;
      case '.align':
      case '.p2align':
        this.alignTo(scanner, true, writing);
        break;
      case '.balign':
        this.alignTo(scanner, false, writing);
        break;
      case '.zero':
      case '.skip':
      case '.space':
        this.fill(scanner, writing);
        break;
      case '.global':
      case '.globl':
        this.globalDirective(scanner, writing);
        break;
      case '.set':
      case '.equ':
        this.setDirective(scanner, writing);
        break;
      default:
        if (writing) return;
        this.broken = true;
        this.diagnostics.report('FX0503', this.span(statement.at), statement.mnemonic);
        return;
    }
    if (!scanner.atEnd) scanner.fail('the end of the line');
  }

  private dataDirective(statement: Statement, bytes: number, kind: Relocation | null, writing: boolean): void {
    const scanner = this.scanner(statement);
    if (scanner.atEnd) return;
    for (;;) {
      const start = scanner.start;
      if (writing) this.dataItem(scanner, start, bytes, kind);
      else {
        // Values may name labels further down: the first pass only counts.
        scanner.expression();
        this.position += bytes;
      }
      if (scanner.atEnd) return;
      scanner.expect(',');
    }
  }

  private dataItem(scanner: Scanner, start: number, bytes: number, kind: Relocation | null): void {
    const value = scanner.expression();
    const range = { start, end: scanner.start };
    const written = `\`${this.text.slice(start, scanner.start).trim()}\``;
    if (value.base !== ABSOLUTE) {
      if (kind === null) throw new AssemblyError(range, written, 'a number');
      this.relocate(kind, value);
      this.putNumber(0n, bytes);
      return;
    }
    const bits = BigInt(8 * bytes);
    if (value.number < -(1n << (bits - 1n)) || value.number >= 1n << bits) {
      throw new AssemblyError(range, written, `a number of ${8 * bytes} bits`);
    }
    this.putNumber(value.number, bytes);
  }

  private textDirective(scanner: Scanner, terminated: boolean, writing: boolean): void {
    for (;;) {
      if (scanner.token !== Token.Text) scanner.fail('a text in double quotes');
      const bytes = this.textBytes(scanner);
      this.room(bytes.length + 1);
      if (writing) this.bytes.set(bytes, this.position);
      this.position += bytes.length;
      if (terminated) {
        if (writing) this.bytes[this.position] = 0;
        this.position++;
      }
      scanner.advance();
      if (!scanner.accept(',')) return;
    }
  }

  private textBytes(scanner: Scanner): Uint8Array {
    const inside = scanner.word.slice(1, -1);
    let text = '';
    for (let i = 0; i < inside.length; i++) {
      if (inside.charCodeAt(i) !== 92) {
        text += inside.charAt(i);
        continue;
      }
      const code = escapedCode(inside.charAt(++i));
      if (code < 0) {
        const at = scanner.start + i;
        const expected = 'one of \\n \\t \\r \\0 \\b \\f \\\\ \\"';
        throw new AssemblyError({ start: at, end: at + 2 }, `\`\\${inside.charAt(i)}\``, expected);
      }
      text += String.fromCharCode(code);
    }
    return encodeUtf8(text);
  }

  private alignTo(scanner: Scanner, isPower: boolean, writing: boolean): void {
    const start = scanner.start;
    const value = scanner.constant();
    const range = { start, end: scanner.start };
    const alignment = isPower ? (value >= 0n && value <= 16n ? 2 ** Number(value) : 0) : Number(value);
    const isLegal = alignment >= 1 && alignment <= 65536 && (alignment & (alignment - 1)) === 0;
    if (!isLegal) {
      const expected = isPower ? 'a power of two by its exponent, 0 to 16' : 'a power of two up to 65536';
      throw new AssemblyError(range, `\`${this.text.slice(start, scanner.start).trim()}\``, expected);
    }
    this.align = Math.max(this.align, alignment);
    const end = Math.ceil(this.position / alignment) * alignment;
    if (!writing) {
      this.position = end;
      return;
    }
    // Code falls through padding: whole instructions of it are no-operations.
    while (this.position < end) {
      if (this.position % INSTRUCTION_BYTES === 0) this.putNumber(BigInt(NOP >>> 0), INSTRUCTION_BYTES);
      else this.putNumber(0n, 1);
    }
  }

  private fill(scanner: Scanner, writing: boolean): void {
    const start = scanner.start;
    const count = scanner.constant();
    const range = { start, end: scanner.start };
    const byte = scanner.accept(',') ? Number(scanner.constant() & 255n) : 0;
    if (count < 0n || count > BigInt(MOST_BYTES) || this.position + Number(count) > MOST_BYTES) {
      throw new AssemblyError(range, `\`${this.text.slice(start, range.end).trim()}\``, `0 to ${MOST_BYTES} bytes`);
    }
    if (writing) {
      this.room(Number(count));
      this.bytes.fill(byte, this.position, this.position + Number(count));
    }
    this.position += Number(count);
  }

  private globalDirective(scanner: Scanner, writing: boolean): void {
    for (;;) {
      if (scanner.token !== Token.Name) scanner.fail('the name of a label');
      if (!writing) this.globals.push({ name: scanner.word, range: { start: scanner.start, end: scanner.end } });
      scanner.advance();
      if (!scanner.accept(',')) return;
    }
  }

  /** The first pass defines what it can; names of labels further down are known in the second. */
  private setDirective(scanner: Scanner, writing: boolean): void {
    if (scanner.token !== Token.Name) scanner.fail('a name');
    const name = scanner.word;
    scanner.advance();
    scanner.expect(',');
    const value = scanner.expression();
    if (value.base < 0 || writing) this.constants.set(name, value);
  }
}

/** `Target.assemble`: the bytes of an `asm` block, or null if it has errors, all of which are reported. */
export function assemble(text: string, loc: Loc, module: Module, diagnostics: Diagnostics): Atom | null {
  return new Assembler(text, loc, module, diagnostics).run();
}
