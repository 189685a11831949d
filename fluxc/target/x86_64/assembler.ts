/**
 * The assembler of `asm x86_64` blocks, in the Intel syntax of GNU as without register prefixes: text in, one atom out.
 *
 * The block is assembled in passes until no label moves: each pass knows the labels as the one before left them.
 * Branches start short and become long where they do not reach, never short again, so this ends. Only the last pass
 * reports. A statement with an error is skipped, so that one run shows all of them. Names that the block does not
 * define are symbols of the module, by their FIR names; a bare `[name]` is relative to rip in 64-bit code.
 */
import type { Loc, Span } from '../../base/source.ts';
import { encodeUtf8 } from '../../base/utf8.ts';
import type { Diagnostics } from '../../diagnostics/diagnostic.ts';
import type { Module } from '../../fir/module.ts';
import {
  ABSOLUTE, AssemblyError, escapedCode, HERE, type Names, type Range, Scanner, splitStatements, type Statement, Token,
  type Value,
} from '../machine/assembly-text.ts';
import type { Atom, Relocation as AtomRelocation } from '../machine/atom.ts';
import { CodeBuffer } from '../machine/code-buffer.ts';
import type { Mode } from './encode.ts';
import { formsOf } from './forms.ts';
import { assembleInstruction, type Refusal } from './instruction.ts';
import { readOperands } from './operands.ts';
import { putPadding } from './padding.ts';
import { REGISTER_BY_NAME } from './registers.ts';
import { Relocation } from './relocations.ts';

/** Bytes that one block may have, repetitions and padding included. */
const MOST_BYTES = 1 << 24;
const MOST_STATEMENTS = 1 << 20;
const MOST_PASSES = 50;

/** Data directives: bytes an item, and the relocation of an address. */
const DATA: Record<string, { bytes: number; kind: Relocation }> = {
  '.byte': { bytes: 1, kind: Relocation.Absolute8 },
  '.half': { bytes: 2, kind: Relocation.Absolute16 },
  '.short': { bytes: 2, kind: Relocation.Absolute16 },
  '.2byte': { bytes: 2, kind: Relocation.Absolute16 },
  '.word': { bytes: 2, kind: Relocation.Absolute16 },
  '.long': { bytes: 4, kind: Relocation.Absolute32 },
  '.int': { bytes: 4, kind: Relocation.Absolute32 },
  '.4byte': { bytes: 4, kind: Relocation.Absolute32 },
  '.quad': { bytes: 8, kind: Relocation.Absolute64 },
  '.8byte': { bytes: 8, kind: Relocation.Absolute64 },
};

const PREFIXES: Record<string, number> = {
  lock: 0xf0, rep: 0xf3, repe: 0xf3, repz: 0xf3, repne: 0xf2, repnz: 0xf2,
};

function ownRow<T>(table: Record<string, T>, key: string): T | null {
  return Object.prototype.hasOwnProperty.call(table, key) ? table[key]! : null;
}

/** See `Target.assemble`. */
export function assemble(text: string, loc: Loc, module: Module, diagnostics: Diagnostics): Atom | null {
  return new Assembler(text, loc, module, diagnostics).run();
}

class Assembler implements Names {
  private readonly text: string;
  /** repetitions written out; a statement may stand here often */
  private readonly statements: Statement[];
  /** index in `statements` of the current one, and per statement its place as the pass before left it */
  private index = 0;
  private readonly places: Int32Array;
  private readonly isLong: Uint8Array;
  private readonly labels = new Map<string, number>();
  private readonly numericLabels = new Map<string, number[]>();
  private constants = new Map<string, Value>();
  private readonly globals = new Map<string, Range>();

  private moved = false;
  private reporting = false;
  private broken = false;
  private out = new CodeBuffer(0);
  private relocations: AtomRelocation[] = [];
  private lines: number[] = [];
  private align = 1;
  private mode: Mode = 64;

  constructor(
    source: string,
    private readonly loc: Loc,
    private readonly module: Module,
    private readonly diagnostics: Diagnostics,
  ) {
    const { text, statements } = splitStatements(source, true);
    this.text = text;
    this.statements = this.repeated(statements, 0, statements.length, 0);
    this.places = new Int32Array(this.statements.length).fill(-1);
    this.isLong = new Uint8Array(this.statements.length);
  }

  run(): Atom | null {
    this.collectLabels();
    let passes = 0;
    do {
      this.moved = false;
      this.pass();
    } while (this.moved && ++passes < MOST_PASSES);
    this.reporting = true;
    this.pass();
    const { module } = this;
    const labels: [number, number][] = [];
    for (const [name, range] of this.globals) {
      const statement = this.labels.get(name);
      if (statement === undefined) this.report('FX0505', range, name);
      else labels.push([module.symbol(name), this.places[statement]!]);
    }
    if (this.broken) return null;
    const bytes = this.out.finished();
    return {
      symbol: this.ownSymbol(), section: '.text', align: this.align, bytes, size: bytes.length,
      relocations: this.relocations, lines: this.lines, traps: [], labels,
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
    const statement = this.labels.get(name);
    if (statement !== undefined) return this.placeOf(statement);
    if (REGISTER_BY_NAME.has(name.toLowerCase())) {
      const range = this.statements[this.index]!.operands;
      throw new AssemblyError(range, `the register \`${name}\``, 'a number or a name there');
    }
    return { base: this.module.symbol(name), number: 0n };
  }

  numeric(digits: string, forward: boolean): Value | null {
    const statements = this.numericLabels.get(digits) ?? [];
    let found: number | undefined;
    // A label in front of the current statement, on its line, is behind.
    if (forward) found = statements.find((statement) => statement > this.index);
    else for (const statement of statements) if (statement <= this.index) found = statement;
    return found === undefined ? null : this.placeOf(found);
  }

  here(): Value {
    return { base: HERE, number: BigInt(this.out.length) };
  }

  /** A label that the first pass has not met yet counts as near. */
  private placeOf(statement: number): Value {
    const place = this.places[statement]!;
    return { base: HERE, number: BigInt(place < 0 ? this.out.length : place) };
  }

  // ---- errors ----

  private report(code: Parameters<Diagnostics['report']>[0], range: Range, ...values: (string | number)[]): void {
    this.broken = true;
    const span: Span = { start: this.loc + range.start, end: this.loc + range.end };
    this.diagnostics.report(code, span, ...values);
  }

  private written(range: Range): string {
    const text = this.text.slice(range.start, range.end).trim();
    return text === '' ? 'nothing' : `\`${text}\``;
  }

  // ---- statements before assembly ----

  /** Writes out `.rept` blocks. Those inside others count as often as they are reached. */
  private repeated(statements: Statement[], from: number, to: number, depth: number): Statement[] {
    const list: Statement[] = [];
    for (let i = from; i < to; i++) {
      const statement = statements[i]!;
      if (statement.mnemonic === '.endr') this.report('FX0514', statement.at, '.endr', '.rept');
      if (statement.mnemonic !== '.rept') {
        if (statement.mnemonic !== '.endr') list.push(statement);
        continue;
      }
      let open = 1;
      let end = i + 1;
      for (; end < to; end++) {
        if (statements[end]!.mnemonic === '.rept') open++;
        else if (statements[end]!.mnemonic === '.endr' && --open === 0) break;
      }
      if (open > 0 || depth > 16) {
        this.report('FX0514', statement.at, '.rept', '.endr');
        return list;
      }
      const body = this.repeated(statements, i + 1, end, depth + 1);
      const digits = this.text.slice(statement.operands.start, statement.operands.end);
      const count = /^[0-9]{1,7}$/.test(digits) ? Number(digits) : -1;
      if (count < 0 || list.length + count * body.length > MOST_STATEMENTS) {
        this.report('FX0502', statement.operands, 'how often to repeat', this.written(statement.operands));
      } else for (let n = 0; n < count; n++) for (const part of body) list.push(part);
      i = end;
    }
    return list;
  }

  private collectLabels(): void {
    this.statements.forEach((statement, index) => {
      for (const label of statement.labels) {
        const first = label.name.charCodeAt(0);
        if (first >= 48 && first <= 57) {
          const known = this.numericLabels.get(label.name);
          if (known) known.push(index);
          else this.numericLabels.set(label.name, [index]);
        } else if (this.labels.has(label.name)) this.report('FX0504', label, label.name);
        else this.labels.set(label.name, index);
      }
    });
  }

  // ---- one pass ----

  private pass(): void {
    this.out = new CodeBuffer(0);
    this.relocations = [];
    this.lines = [];
    this.align = 1;
    this.mode = 64;
    const { statements, places } = this;
    for (let i = 0; i < statements.length; i++) {
      this.index = i;
      if (places[i] !== this.out.length) {
        places[i] = this.out.length;
        this.moved = true;
      }
      const statement = statements[i]!;
      if (statement.mnemonic === '' || this.out.length > MOST_BYTES) continue;
      try {
        if (statement.mnemonic.charAt(0) === '.') this.directive(statement);
        else this.instruction(statement);
      } catch (error) {
        if (!(error instanceof AssemblyError)) throw error;
        if (this.reporting) this.report('FX0502', error.range, error.expected, error.found);
      }
    }
  }

  private instruction(statement: Statement): void {
    const start = this.out.length;
    this.lines.push(start, this.loc + statement.at.start);
    let { mnemonic, at, operands: rest } = statement;
    for (let prefix = ownRow(PREFIXES, mnemonic); prefix !== null; prefix = ownRow(PREFIXES, mnemonic)) {
      this.out.put8(prefix);
      if (rest.start === rest.end) return;
      let end = rest.start;
      while (end < rest.end && this.text.charCodeAt(end) !== 32 && this.text.charCodeAt(end) !== 9) end++;
      mnemonic = this.text.slice(rest.start, end).toLowerCase();
      at = { start: rest.start, end };
      while (end < rest.end && (this.text.charCodeAt(end) === 32 || this.text.charCodeAt(end) === 9)) end++;
      rest = { start: end, end: rest.end };
    }
    const operands = readOperands(new Scanner(this.text, rest.start, rest.end, this), this.mode);
    const position = this.out.length;
    const allowShort = this.isLong[this.index] === 0;
    let result = assembleInstruction(mnemonic, operands, { mode: this.mode, position, allowShort });
    const hasShort = operands.length === 1 && formsOf(mnemonic).some((form) => form.operands[0]?.name === 'rel8');
    if (hasShort && allowShort && 'bytes' in result && result.bytes.length > 2) {
      // A target in this text that a short branch does not reach: from now on it counts as far.
      this.isLong[this.index] = 1;
      this.moved = true;
    } else if (hasShort && 'reason' in result && !this.reporting) result = { bytes: [0, 0], references: [] };
    if ('reason' in result) {
      if (this.reporting) this.refuse(result, mnemonic, at, rest);
      return;
    }
    for (const { offset, kind, value } of result.references) this.relocate(kind, value, position + offset);
    for (const byte of result.bytes) this.out.put8(byte);
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
        const known = formsOf(mnemonic).filter((form) => !form.alias && (form.only === 0 || form.only === this.mode));
        const ways = known.map((form) => form.operands.map((operand) => operand.name).join(', ') || 'nothing');
        this.report('FX0510', place, mnemonic, this.written(operands), [...new Set(ways)].join('; '));
      }
    }
  }

  private relocate(kind: Relocation, value: Value, offset: number): void {
    const symbol = value.base === HERE ? this.ownSymbol() : value.base;
    this.relocations.push({ offset, kind, symbol, addend: Number(value.number) });
  }

  // ---- directives ----

  private directive(statement: Statement): void {
    const scanner = new Scanner(this.text, statement.operands.start, statement.operands.end, this);
    const data = ownRow(DATA, statement.mnemonic);
    switch (data ? '' : statement.mnemonic) {
      case '': this.data(scanner, data!.bytes, data!.kind); break;
      case '.ascii': this.texts(scanner, false); break;
      case '.asciz': case '.string': this.texts(scanner, true); break;
      case '.align': case '.balign': this.alignTo(scanner, false); break;
      case '.p2align': this.alignTo(scanner, true); break;
      case '.zero': case '.skip': case '.space': this.fill(scanner); break;
      case '.global': case '.globl': this.global(scanner); break;
      case '.set': case '.equ': this.set(scanner); break;
      case '.code32': this.mode = 32; break;
      case '.code64': this.mode = 64; break;
      default:
        if (this.reporting) this.report('FX0503', statement.at, statement.mnemonic);
        return;
    }
    if (scanner.token !== Token.End) scanner.fail('the end of the line');
  }

  private data(scanner: Scanner, bytes: number, kind: Relocation): void {
    if (scanner.token === Token.End) return;
    do {
      const start = scanner.start;
      const value = scanner.expression();
      const range = { start, end: scanner.start };
      const bits = BigInt(8 * bytes);
      if (value.base !== ABSOLUTE) this.relocate(kind, value, this.out.length);
      else if (value.number < -(1n << (bits - 1n)) || value.number >= 1n << bits) {
        throw new AssemblyError(range, this.written(range), `a number of ${8 * bytes} bits`);
      }
      const number = value.base === ABSOLUTE ? value.number : 0n;
      for (let i = 0; i < bytes; i++) this.out.put8(Number((number >> BigInt(8 * i)) & 255n));
    } while (scanner.accept(','));
  }

  private texts(scanner: Scanner, terminated: boolean): void {
    do {
      if (scanner.token !== Token.Text) scanner.fail('a text in double quotes');
      const inside = scanner.word.slice(1, -1);
      let text = '';
      for (let i = 0; i < inside.length; i++) {
        if (inside.charCodeAt(i) !== 92) {
          text += inside.charAt(i);
          continue;
        }
        const code = escapedCode(inside.charAt(++i));
        const at = scanner.start + i;
        const range = { start: at, end: at + 2 };
        if (code < 0) throw new AssemblyError(range, this.written(range), 'one of \\n \\t \\r \\0 \\b \\f \\\\ \\"');
        text += String.fromCharCode(code);
      }
      for (const byte of encodeUtf8(text)) this.out.put8(byte);
      if (terminated) this.out.put8(0);
      scanner.advance();
    } while (scanner.accept(','));
  }

  private alignTo(scanner: Scanner, isPower: boolean): void {
    const start = scanner.start;
    const value = scanner.constant();
    const range = { start, end: scanner.start };
    const alignment = isPower ? (value >= 0n && value <= 16n ? 2 ** Number(value) : 0) : Number(value);
    if (!(alignment >= 1 && alignment <= 65536 && (alignment & (alignment - 1)) === 0)) {
      const expected = isPower ? 'a power of two by its exponent, 0 to 16' : 'a power of two up to 65536';
      throw new AssemblyError(range, this.written(range), expected);
    }
    this.align = Math.max(this.align, alignment);
    putPadding(this.out, (alignment - (this.out.length & (alignment - 1))) & (alignment - 1));
  }

  private fill(scanner: Scanner): void {
    const start = scanner.start;
    const count = scanner.constant();
    const range = { start, end: scanner.start };
    const byte = scanner.accept(',') ? Number(scanner.constant() & 255n) : 0;
    if (count < 0n || count + BigInt(this.out.length) > BigInt(MOST_BYTES)) {
      throw new AssemblyError(range, this.written(range), `0 to ${MOST_BYTES} bytes`);
    }
    for (let i = 0; i < Number(count); i++) this.out.put8(byte);
  }

  private global(scanner: Scanner): void {
    do {
      if (scanner.token !== Token.Name) scanner.fail('the name of a label');
      this.globals.set(scanner.word, { start: scanner.start, end: scanner.end });
      scanner.advance();
    } while (scanner.accept(','));
  }

  private set(scanner: Scanner): void {
    if (scanner.token !== Token.Name) scanner.fail('a name');
    const name = scanner.word;
    scanner.advance();
    scanner.expect(',');
    this.constants.set(name, scanner.expression());
  }
}
