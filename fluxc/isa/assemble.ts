/**
 * The assembler of bytecode: text in, a program for the container out. It knows no instruction set: rows say everything.
 *
 * `docs/vm.md` describes the language. The text is read in silent passes until no label moves, then once more to report;
 * a statement with an error is skipped, so that one run shows all. Labels are numbers: offsets in the code, or in the region
 * that they stand in.
 */
import { CAPABILITIES } from '../base/capabilities.ts';
import type { Source } from '../base/source.ts';
import type { Code } from '../diagnostics/catalogue.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { isDigit } from '../target/assembly/characters.ts';
import { ABSOLUTE, type Names, Scanner, Token, type Value } from '../target/assembly/scanner.ts';
import { AssemblyError, type AssemblyText, type Range, splitStatements, type Statement } from '../target/assembly/statements.ts';
import { bytesOf, encode, fits, lengthOf, type OperandValue, valueOfTarget } from './code.ts';
import {
  type Container, FIRST_PEER, isName, LARGEST_REGION, MOST_PEERS, MOST_REGIONS, type SetName, setNamed, SETS,
} from './container.ts';
import type { InstructionSet, Row } from './instruction-set.ts';
import { rangeText, readFloat, readOperand, readText, signatureText } from './operand-text.ts';

export interface AssembleOptions {
  /** the set of this name, null if there is none */
  set(name: SetName): InstructionSet | null;
  /** the set of a text that names none, and its profile */
  defaultSet?: { name: SetName; profile: number };
  /** names that are defined already: handles of an agent's document */
  constants?: ReadonlyMap<string, number>;
  /** of the program, unless `.agent` says it */
  name: string;
  /** note lines and labels for debuggers; they do so unless told otherwise */
  map?: boolean;
}

export interface Assembled {
  container: Container;
  set: InstructionSet;
  /** labels of the code */
  labels: ReadonlyMap<string, number>;
}

/** The program in `source`; null if there are errors, all of which are reported. */
export function assemble(source: Source, options: AssembleOptions, diagnostics: Diagnostics): Assembled | null {
  return new Assembler(source, options, diagnostics).run();
}

interface Region {
  name: string;
  number: number;
  size: number;
  writable: boolean;
  out: number[];
  at: Range;
}

/** How many bytes the items of a data directive have. */
const DATA: ReadonlyMap<string, number> = new Map([['.bytes', 1], ['.byte', 1], ['.half', 2], ['.word', 4], ['.quad', 8]]);
const RIGHTS: ReadonlyMap<string, boolean> = new Map([['read', false], ['write', true], ['r', false], ['rw', true]]);
const MOST_PASSES = 20;
const MOST_CODE = 1 << 24;

class Assembler implements Names {
  private readonly text: AssemblyText;
  private index = 0;
  /** by statement: where it stands, as the pass before left it */
  private readonly places: Int32Array;
  private readonly labels = new Map<string, number>();
  private readonly numericLabels = new Map<string, number[]>();
  private constants = new Map<string, bigint>();
  /** names that `.register` gives */
  private registers = new Map<string, bigint>();
  private code: number[] = [];
  private regions: Region[] = [];
  private region: Region | null = null;
  private peers: string[] = [];
  private capabilities = 0;
  private entry: { value: bigint; at: Range } | null = null;
  private name: string;
  private set: InstructionSet | null = null;
  private setName: SetName | null = null;
  private profile = 0;
  private lines: { offset: number; line: number }[] = [];
  private starts = new Set<number>();
  /** capabilities that instructions need: the first that does, by name */
  private needs = new Map<string, { mnemonic: string; at: Range }>();
  private moved = false;
  private reporting = false;
  private broken = false;

  constructor(
    private readonly source: Source, private readonly options: AssembleOptions, private readonly diagnostics: Diagnostics,
  ) {
    this.text = splitStatements(source.text, true, true);
    this.places = new Int32Array(this.text.statements.length);
    this.name = options.name;
  }

  run(): Assembled | null {
    let passes = 0;
    do this.pass(); while (this.moved && ++passes < MOST_PASSES);
    this.reporting = true;
    this.reportRepetitions();
    this.collectLabels();
    this.pass();
    if (this.moved) this.report('FX0506', this.text.statements[0]!.at);
    return this.finished();
  }

  private pass(): void {
    const { defaultSet, constants } = this.options;
    this.moved = false;
    this.code = [];
    this.regions = [];
    this.region = null;
    this.peers = [];
    this.capabilities = 0;
    this.entry = null;
    this.constants = new Map([...(constants ?? [])].map(([name, value]) => [name, BigInt(value)]));
    this.registers = new Map();
    this.lines = [];
    this.starts = new Set();
    this.needs = new Map();
    this.set = null;
    this.setName = null;
    if (defaultSet) this.choose(defaultSet.name, defaultSet.profile);
    if (!this.reporting) this.collectLabels();
    this.text.statements.forEach((statement, index) => {
      this.index = index;
      const place = this.position;
      if (this.places[index] !== place) this.moved = true;
      this.places[index] = place;
      if (statement.mnemonic === '' || this.code.length > MOST_CODE) return;
      try {
        if (statement.mnemonic.startsWith('.')) this.directive(statement);
        else this.instruction(statement);
      } catch (error) {
        if (!(error instanceof AssemblyError)) throw error;
        this.report('FX1103', error.range, error.expected, error.found);
      }
    });
  }

  private get position(): number {
    return this.region ? this.region.out.length : this.code.length;
  }

  private get out(): number[] {
    return this.region ? this.region.out : this.code;
  }

  // ---- names ----

  private collectLabels(): void {
    this.labels.clear();
    this.numericLabels.clear();
    this.text.statements.forEach(({ labels }, index) => {
      for (const label of labels) {
        if (isDigit(label.name.charCodeAt(0))) {
          const known = this.numericLabels.get(label.name);
          if (known) known.push(index);
          else this.numericLabels.set(label.name, [index]);
        } else if (this.labels.has(label.name)) this.report('FX1106', label, label.name);
        else this.labels.set(label.name, index);
      }
    });
  }

  private define(name: string, value: bigint, at: Range): void {
    // What the host has defined may be said once more.
    const isKnown = this.options.constants?.get(name) === Number(value) && !this.labels.has(name);
    if (!isKnown && (this.constants.has(name) || this.labels.has(name))) this.report('FX1106', at, name);
    this.constants.set(name, value);
  }

  value(name: string): Value {
    const constant = this.constants.get(name);
    if (constant !== undefined) return { base: ABSOLUTE, number: constant };
    const statement = this.labels.get(name);
    if (statement !== undefined) return { base: ABSOLUTE, number: BigInt(this.places[statement]!) };
    const known = [...this.labels.keys(), ...this.constants.keys()];
    const { start, end } = this.text.statements[this.index]!.operands;
    const at = start + Math.max(0, this.text.text.slice(start, end).indexOf(name));
    this.report('FX1105', { start: at, end: at + name.length }, name, nearText(name, known));
    return { base: ABSOLUTE, number: 0n };
  }

  numeric(digits: string, forward: boolean): Value | null {
    const statements = this.numericLabels.get(digits) ?? [];
    let found: number | undefined;
    if (forward) found = statements.find((statement) => statement > this.index);
    else for (const statement of statements) if (statement <= this.index) found = statement;
    return found === undefined ? null : { base: ABSOLUTE, number: BigInt(this.places[found]!) };
  }

  here(): Value {
    return { base: ABSOLUTE, number: BigInt(this.position) };
  }

  // ---- instructions ----

  private instruction(statement: Statement): void {
    const { set } = this;
    if (!set) {
      this.report('FX1109', statement.at);
      return;
    }
    const row = rowOf(set, statement.mnemonic);
    if (!row) {
      const near = nearText(statement.mnemonic, [...set.byMnemonic.keys()]);
      this.report('FX1101', statement.at, statement.mnemonic, this.setName!, near);
      return;
    }
    if (this.region) this.report('FX1112', statement.at, this.region.name);
    if (this.position % set.unit !== 0) this.report('FX1119', statement.at, set.unit);
    const bytes = this.encoded(set, row, statement) ?? new Uint8Array(row.length);
    this.lines.push({ offset: this.code.length, line: this.source.lineIndex(statement.start) + 1 });
    this.starts.add(this.code.length);
    if (row.capability && !this.needs.has(row.capability)) {
      this.needs.set(row.capability, { mnemonic: row.mnemonic, at: statement.at });
    }
    for (const byte of bytes) this.out.push(byte);
  }

  /** Null if an operand is wrong, which was reported. */
  private encoded(set: InstructionSet, row: Row, statement: Statement): Uint8Array | null {
    const scanner = this.scanner(statement.operands);
    const read: { value: OperandValue | null; target: bigint | null; at: Range }[] = [];
    for (const operand of row.operands) {
      if (read.length > 0 && !scanner.accept(',')) break;
      if (scanner.atEnd) break;
      const start = scanner.start;
      const result = readOperand(operand, scanner, this.registers);
      const text = this.text.text.slice(start, scanner.start).trimEnd();
      const at = { start, end: start + text.length };
      read.push('value' in result ? { value: result.value, target: null, at } : { value: null, target: result.target, at });
    }
    const wanted = row.operands.length;
    if (read.length < wanted || scanner.is(',')) {
      const found = read.length < wanted ? read.length : wanted + this.text.text.slice(scanner.start, statement.operands.end).split(',').length - 1;
      this.report('FX1102', statement.at, row.mnemonic, count(wanted, 'operand'), String(found), signatureText(row));
      return null;
    }
    if (!scanner.atEnd) scanner.fail('the end of the line');
    const next = this.position + lengthOf(row, read.map(({ value }) => value ?? 0n));
    let isSound = true;
    const values = row.operands.map((operand, index) => {
      const { value, target, at } = read[index]!;
      const written = `\`${this.text.text.slice(at.start, at.end)}\``;
      const result = target === null ? value! : valueOfTarget(set, operand, target, next);
      if (result === null) this.report('FX1110', at, row.mnemonic, String(target), `it is no multiple of ${set.unit} bytes`);
      else if (!fits(operand, result)) {
        if (target !== null) this.report('FX1110', at, row.mnemonic, String(target), 'it is too far away');
        else this.report('FX1104', at, written, operand.name, rangeText(operand));
      } else return result;
      isSound = false;
      return 0n;
    });
    return isSound ? encode(set, row, values) : null;
  }

  // ---- directives ----

  private directive(statement: Statement): void {
    const scanner = this.scanner(statement.operands);
    const width = DATA.get(statement.mnemonic);
    if (width !== undefined) this.list(scanner, () => this.dataItem(width, scanner));
    else if (!this.named(statement.mnemonic, statement.at, scanner)) this.report('FX1107', statement.at, statement.mnemonic);
    else if (!scanner.atEnd) scanner.fail('the end of the line');
  }

  private named(name: string, at: Range, scanner: Scanner): boolean {
    switch (name) {
      case '.set': this.setDirective(scanner); return true;
      case '.agent': this.name = this.nameOperand(scanner, 'a program', 32); return true;
      case '.entry': this.entry = { value: scanner.constant(), at }; return true;
      case '.capability': this.list(scanner, () => this.capability(scanner)); return true;
      case '.peer': this.list(scanner, () => this.peer(scanner)); return true;
      case '.const': this.constant(scanner); return true;
      case '.register': this.register(scanner); return true;
      case '.region': this.openRegion(scanner); return true;
      case '.code': this.region = null; return true;
      case '.text': this.list(scanner, () => readText(scanner).forEach((byte) => this.out.push(byte))); return true;
      case '.zero': this.zero(scanner); return true;
      default: return false;
    }
  }

  private setDirective(scanner: Scanner): void {
    const at = { start: scanner.start, end: scanner.end };
    const name = this.word(scanner, 'the name of an instruction set');
    const known = setNamed(name);
    if (!known) {
      this.report('FX1108', at, name, SETS.map((set) => set.name).join(', '));
      return;
    }
    const profiles = (known.profiles as readonly (string | null)[]).filter((each) => each !== null && each !== '') as string[];
    let profile = profiles.length === 0 ? 0 : 1;
    if (!scanner.atEnd) {
      const word = scanner.word;
      profile = (known.profiles as readonly (string | null)[]).indexOf(word);
      if (word === '' || profile < 0) scanner.fail(profiles.length > 0 ? `a profile: ${profiles.join(', ')}` : 'the end of the line');
      scanner.advance();
    }
    if (this.code.length > 0) throw new AssemblyError(at, 'another instruction set', '`.set` before the first instruction');
    this.choose(known.name, profile);
  }

  private choose(name: SetName, profile: number): void {
    this.setName = name;
    this.profile = profile;
    this.set = this.options.set(name);
  }

  private capability(scanner: Scanner): void {
    const at = { start: scanner.start, end: scanner.end };
    const name = this.word(scanner, 'a capability');
    const bit = (CAPABILITIES as readonly string[]).indexOf(name);
    if (bit < 0) this.report('FX1113', at, name, CAPABILITIES.join(', '));
    else this.capabilities |= 1 << bit;
  }

  private peer(scanner: Scanner): void {
    const at = { start: scanner.start, end: scanner.end };
    const name = this.nameOperand(scanner, 'a peer', 32);
    if (this.peers.length === MOST_PEERS) this.report('FX1116', at, MOST_PEERS, 'peers');
    this.define(name, BigInt(FIRST_PEER + this.peers.length), at);
    this.peers.push(name);
  }

  private constant(scanner: Scanner): void {
    const at = { start: scanner.start, end: scanner.end };
    const name = this.word(scanner, 'a name');
    scanner.accept(',');
    this.define(name, scanner.constant(), at);
  }

  /** `.register name rN`: another name for a register, from here on. */
  private register(scanner: Scanner): void {
    const name = this.word(scanner, 'a name');
    scanner.accept(',');
    const [, digits] = /^r([0-9]{1,3})$/i.exec(scanner.word) ?? scanner.fail('a register');
    scanner.advance();
    this.registers.set(name, BigInt(digits!));
  }

  /** `.region name size rights number`: makes one; `.region name`: goes on with one. */
  private openRegion(scanner: Scanner): void {
    const at = { start: scanner.start, end: scanner.end };
    const name = this.nameOperand(scanner, 'a region', 16);
    if (scanner.atEnd) {
      const known = this.regions.find((region) => region.name === name);
      if (!known) throw new AssemblyError({ start: at.end, end: at.end + 1 }, 'the end of the line', 'the size of the new region');
      this.region = known;
      return;
    }
    scanner.accept(',');
    const sizeAt = scanner.start;
    const size = scanner.constant();
    if (size < 1n || size > BigInt(LARGEST_REGION)) {
      throw new AssemblyError({ start: sizeAt, end: scanner.start }, `\`${size}\``, `a size from 1 to ${LARGEST_REGION}`);
    }
    scanner.accept(',');
    const writable = RIGHTS.get(scanner.word);
    if (writable === undefined) scanner.fail('`read` or `write`');
    scanner.advance();
    const last = this.regions[this.regions.length - 1];
    let number = BigInt(last ? last.number + 1 : 0);
    scanner.accept(',');
    if (!scanner.atEnd) number = scanner.constant();
    if (number >= MOST_REGIONS || (last && number <= last.number) || number < 0n) {
      this.report('FX1116', at, MOST_REGIONS, 'regions, whose numbers ascend');
      return;
    }
    this.define(name, number, at);
    this.region = { name, number: Number(number), size: Number(size), writable, out: [], at };
    this.regions.push(this.region);
  }

  private dataItem(width: number, scanner: Scanner): void {
    const start = scanner.start;
    const isFloat = width >= 4 && /^[-+]?(?:[0-9]+\.|[0-9]+[eE]|inf\b|nan\b|bits\b)/.test(this.text.text.slice(start, start + 40));
    const value = isFloat ? readFloat(width * 8, scanner) : scanner.constant();
    const limit = 1n << BigInt(width * 8);
    if (value >= limit || value < -(limit / 2n)) {
      throw new AssemblyError({ start, end: scanner.start }, `\`${value}\``, `a number of ${width * 8} bits`);
    }
    const bigEndian = !this.region && (this.set?.bigEndian ?? false);
    for (const byte of bytesOf(value, width, bigEndian)) this.out.push(byte);
  }

  private zero(scanner: Scanner): void {
    const start = scanner.start;
    const count = scanner.constant();
    if (count < 0n || count > BigInt(MOST_CODE)) {
      throw new AssemblyError({ start, end: scanner.start }, `\`${count}\``, `a number from 0 to ${MOST_CODE}`);
    }
    for (let i = 0; i < Number(count); i++) this.out.push(0);
  }

  // ---- the end ----

  private finished(): Assembled | null {
    const whole = { start: 0, end: Math.max(1, this.source.lineText(0).length) };
    for (const { name, size, out, at } of this.regions) {
      if (out.length > size) this.report('FX1111', at, name, size, out.length);
    }
    if (!this.broken && !this.set) this.report('FX1109', whole);
    else if (!this.broken && this.code.length === 0) this.report('FX1115', whole);
    if (!this.broken && this.set && this.code.length % this.set.unit !== 0) this.report('FX1119', whole, this.set.unit);
    if (!this.broken && !isName(this.name)) this.report('FX1117', whole, this.name, 'a program', 32);
    const entry = Number(this.entry?.value ?? 0n);
    if (!this.broken && this.entry && (entry < 0 || entry >= this.code.length || (this.set && entry % this.set.unit !== 0))) {
      this.report('FX1118', this.entry.at, entry);
    }
    this.warnOfCapabilities();
    if (this.broken || !this.set || !this.setName) return null;
    const labels = this.codeLabels();
    const symbols = [...labels].map(([name, offset]) => ({ name, offset })).sort((a, b) => a.offset - b.offset);
    const map = this.options.map === false ? null : { path: this.source.path, symbols, lines: this.lines };
    return {
      set: this.set, labels,
      container: {
        set: this.setName, profile: this.profile, name: this.name, capabilities: this.capabilities, entry,
        code: Uint8Array.from(this.code), peers: this.peers, map,
        regions: this.regions.map(({ name, number, size, writable, out }) => ({ name, number, size, writable, initial: Uint8Array.from(out) })),
      },
    };
  }

  /** Labels of the code alone: those of regions are offsets in other memory. */
  private codeLabels(): Map<string, number> {
    const labels = new Map<string, number>();
    let inRegion = false;
    this.text.statements.forEach((statement, index) => {
      for (const { name } of statement.labels) {
        if (!inRegion && !isDigit(name.charCodeAt(0))) labels.set(name, this.places[index]!);
      }
      if (statement.mnemonic === '.region') inRegion = true;
      else if (statement.mnemonic === '.code') inRegion = false;
    });
    return labels;
  }

  private warnOfCapabilities(): void {
    for (const [name, { mnemonic, at }] of this.needs) {
      const bit = (CAPABILITIES as readonly string[]).indexOf(name);
      if (bit >= 0 && (this.capabilities & (1 << bit)) === 0) this.report('FX1114', at, mnemonic, name, name);
    }
  }

  private reportRepetitions(): void {
    for (const { statement, partner } of this.text.unpaired) this.report('FX0514', statement.at, statement.mnemonic, partner);
    for (const { operands } of this.text.uncounted) {
      this.report('FX1103', operands, 'how often to repeat', `\`${this.text.text.slice(operands.start, operands.end)}\``);
    }
  }

  // ---- reading ----

  private scanner({ start, end }: Range): Scanner {
    return new Scanner(this.text.text, start, end, this);
  }

  private list(scanner: Scanner, item: () => void): void {
    do item(); while (scanner.accept(','));
    if (!scanner.atEnd) scanner.fail('`,` or the end of the line');
  }

  private word(scanner: Scanner, what: string): string {
    if (scanner.token !== Token.Name) scanner.fail(what);
    const { word } = scanner;
    scanner.advance();
    return word;
  }

  /** A name of the container: unlike other names it may hold `-`. */
  private nameOperand(scanner: Scanner, of: string, limit: number): string {
    const { start } = scanner;
    const [name] = /^[A-Za-z0-9_.-]*/.exec(scanner.text.slice(start, start + 100))!;
    if (scanner.atEnd || name === '') scanner.fail(`the name of ${of}`);
    scanner.end = start + name.length;
    scanner.advance();
    if (!isName(name, limit)) this.report('FX1117', { start, end: start + name.length }, name, of, limit);
    return name;
  }

  private report(code: Code, range: Range, ...values: (string | number)[]): void {
    if (!this.reporting) return;
    const { base } = this.source;
    const { severity } = this.diagnostics.report(code, { start: base + range.start, end: base + Math.max(range.end, range.start + 1) }, ...values);
    if (severity === 'error') this.broken = true;
  }
}

/** The row of a mnemonic, in whatever case it is written. */
export function rowOf(set: InstructionSet, mnemonic: string): Row | null {
  const exact = set.byMnemonic.get(mnemonic);
  if (exact) return exact;
  const lower = mnemonic.toLowerCase();
  return set.rows.find((row) => row.mnemonic.toLowerCase() === lower) ?? null;
}

function count(number: number, what: string): string {
  return number === 0 ? `no ${what}s` : `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** `did you mean …`: the names that differ least, else the first few. */
export function nearText(name: string, known: readonly string[]): string {
  const near = known.map((each) => ({ each, steps: distance(name.toLowerCase(), each.toLowerCase()) }))
    .filter(({ steps }) => steps <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.steps - b.steps).slice(0, 3).map(({ each }) => `\`${each}\``);
  if (near.length > 0) return `did you mean ${near.join(' or ')}?`;
  return known.length === 0 ? 'nothing is defined' : 'labels, constants, regions and peers have names; case matters in them';
}

/** How many letters must change, come or go, or swap with the next, to make one of the other. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
