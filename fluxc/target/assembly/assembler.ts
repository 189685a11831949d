/**
 * What the assemblers of all targets share: text of one asm block in, in the syntax of GNU as, one atom out.
 *
 * The block is assembled in passes until no label moves: each pass knows the labels as the one before left them, and a
 * branch that does not reach takes its next longer form and keeps it, so this ends. They are silent; if the last of them
 * met errors, one more reports them. A statement with an error is skipped, so that one run shows all of them. Names that the block does not define are
 * symbols of the module, by their FIR names. A target extends the class by its instructions and directives.
 */
import type { Loc } from '../../base/source.ts';
import type { Code } from '../../diagnostics/catalogue.ts';
import type { Diagnostics } from '../../diagnostics/diagnostic.ts';
import type { Module } from '../../fir/module.ts';
import type { Atom, Interruption, Relocation } from '../machine/atom.ts';
import { CodeBuffer } from '../machine/code-buffer.ts';
import { isDigit } from './characters.ts';
import { MOST_BYTES, sharedDirective } from './directives.ts';
import { ABSOLUTE, HERE, type Names, Scanner, type Value } from './scanner.ts';
import { AssemblyError, type AssemblyText, type Range, splitStatements, type Statement } from './statements.ts';

/** Branches have at most three sizes, and each pass settles at least what stands before the first that grew. */
const MOST_PASSES = 60;

/** An item of a data directive; `kind`: the relocation that stores an address there, null if there is none. */
export interface DataItem {
  bytes: number;
  kind: number | null;
}

/** How the syntax of a target differs from that of the others. */
export interface Syntax {
  /** `#` opens a comment anywhere, not only at the start of a line */
  hashAnywhere: boolean;
  /** data directives by their names */
  data: ReadonlyMap<string, DataItem>;
  /** `.align 3` asks for 8 bytes, not for 3 */
  alignsByPower: boolean;
  /** alignment of code */
  codeAlign: number;
  /** words without which a function calls nobody and leaves the stack as it found it */
  frameWords: ReadonlySet<string>;
  /** names of registers, by number */
  registers: readonly string[];
}

export abstract class Assembler implements Names {
  readonly text: string;
  private readonly source: AssemblyText;
  /** index of the current statement, and per statement its place as the pass before left it, -1 before the first */
  private index = 0;
  private readonly places: Int32Array;
  /** per statement how often its branch had to grow */
  private readonly sizes: Uint8Array;
  /** statement of each named label, and of each numeric one in ascending order */
  private readonly labels = new Map<string, number>();
  private readonly numericLabels = new Map<string, number[]>();
  private readonly constants = new Map<string, Value>();
  private readonly globals = new Map<string, Range>();
  /** names that are not defined here; a `Value`'s base is an index */
  private readonly externals: string[] = [];
  /** the last statement that moved in this pass, -1 while none did */
  private moved = -1;
  /** instructions that use no name: the same bytes in every pass */
  private readonly settled: (Uint8Array | undefined)[] = [];
  private usesNames = false;
  private reporting = true;
  /** a silent pass had something to report */
  private doubted = false;
  private broken = false;
  private align: number;
  /** pairs of offset and bytes: what `.gap` skipped */
  private gaps: [offset: number, size: number][] = [];
  /** see `Atom.interrupted` */
  private interrupted: number[] = [];
  private interruptions: Interruption[] = [];
  /** Their names become symbols only at the end: in the first pass, some are defined further down. */
  private references: { offset: number; kind: number; value: Value }[] = [];
  protected out = new CodeBuffer(0);

  constructor(
    source: string, private readonly loc: Loc, private readonly module: Module,
    private readonly diagnostics: Diagnostics, readonly syntax: Syntax,
  ) {
    this.source = splitStatements(source, syntax.hashAnywhere);
    this.text = this.source.text;
    this.places = new Int32Array(this.source.statements.length).fill(-1);
    this.sizes = new Uint8Array(this.source.statements.length);
    this.align = syntax.codeAlign;
  }

  /** Called before each pass: what directives switch is as at the start of the block. */
  protected begin(): void {}

  /** Writes an instruction. Errors are reported, or thrown as `AssemblyError`. */
  protected abstract instruction(statement: Statement): void;

  /** A directive of this target alone; false if it does not know it. */
  protected directive(_name: string, _scanner: Scanner): boolean {
    return false;
  }

  /** Writes `count` bytes that code may fall through. */
  abstract pad(count: number): void;

  /** The atom, or null if there are errors, all of which are reported. */
  run(): Atom | null {
    this.reportRepetitions();
    this.collectLabels();
    this.reporting = false;
    let passes = 0;
    do this.pass(); while (this.moved >= 0 && ++passes < MOST_PASSES);
    this.reporting = true;
    if (this.doubted || this.moved >= 0) this.pass();
    // Errors change sizes in the last pass, and are enough to say.
    if (this.moved >= 0 && !this.broken) this.report('FX0506', this.source.statements[this.moved]!.at);
    const labels: [symbol: number, offset: number][] = [];
    for (const [name, range] of this.globals) {
      const statement = this.labels.get(name);
      if (statement === undefined) this.report('FX0505', range, name);
      else labels.push([this.module.symbol(name), this.places[statement]!]);
    }
    if (this.broken) return null;
    const bytes = this.out.finished();
    return {
      symbol: this.ownSymbol(), section: '.text', align: this.align, bytes, size: bytes.length,
      relocations: this.relocations(), lines: this.out.lines, traps: [], labels, gaps: this.gaps,
      ...(this.interrupted.length > 0 ? { interrupted: this.interrupted, interruptions: this.interruptions }
        : this.isLeaf() ? { frames: [] } : {}),
    };
  }

  /** Is the caller found from every instruction as from the first? */
  private isLeaf(): boolean {
    const words = this.text.toLowerCase().match(/[a-z_][a-z0-9_]*/g) ?? [];
    return !words.some((word) => this.syntax.frameWords.has(word));
  }

  private relocations(): Relocation[] {
    return this.references.map(({ offset, kind, value: { base, number } }) => {
      const symbol = base === HERE ? this.ownSymbol() : this.module.symbol(this.externals[base]!);
      return { offset, kind, symbol, addend: Number(number) };
    });
  }

  private reportRepetitions(): void {
    for (const { statement, partner } of this.source.unpaired) {
      this.report('FX0514', statement.at, statement.mnemonic, partner);
    }
    for (const { operands } of this.source.uncounted) {
      this.report('FX0502', operands, 'how often to repeat', this.written(operands));
    }
  }

  /** The symbol whose body this text is, -1 if it stands alone. */
  private ownSymbol(): number {
    return this.module.symbols.findIndex((symbol) => symbol.assembly !== null && symbol.assembly.loc === this.loc);
  }

  // ---- names ----

  /** Is `name` a label or constant of this block? */
  protected defines(name: string): boolean {
    return this.constants.has(name) || this.labels.has(name);
  }

  define(name: string, value: Value): void {
    this.constants.set(name, value);
  }

  makeGlobal(name: string, range: Range): void {
    this.globals.set(name, range);
  }

  value(name: string): Value {
    this.usesNames = true;
    const constant = this.constants.get(name);
    if (constant) return constant;
    const statement = this.labels.get(name);
    if (statement !== undefined) return this.placeOf(statement);
    const known = this.externals.indexOf(name);
    return { base: known >= 0 ? known : this.externals.push(name) - 1, number: 0n };
  }

  numeric(digits: string, forward: boolean): Value | null {
    this.usesNames = true;
    let found: number | undefined;
    const statements = this.numericLabels.get(digits) ?? [];
    // A label in front of the current statement, on its line, is behind.
    if (forward) found = statements.find((statement) => statement > this.index);
    else for (const statement of statements) if (statement <= this.index) found = statement;
    return found === undefined ? null : this.placeOf(found);
  }

  here(): Value {
    this.usesNames = true;
    return { base: HERE, number: BigInt(this.position) };
  }

  /** A label that the first pass has not met yet counts as near. */
  private placeOf(statement: number): Value {
    const place = this.places[statement]!;
    return { base: HERE, number: BigInt(place < 0 ? this.position : place) };
  }

  private collectLabels(): void {
    this.source.statements.forEach((statement, index) => {
      for (const label of statement.labels) {
        if (isDigit(label.name.charCodeAt(0))) {
          const known = this.numericLabels.get(label.name);
          if (known) known.push(index);
          else this.numericLabels.set(label.name, [index]);
        } else if (this.labels.has(label.name)) this.report('FX0504', label, label.name);
        else this.labels.set(label.name, index);
      }
    });
  }

  // ---- passes ----

  private pass(): void {
    this.moved = -1;
    this.doubted = false;
    this.out = new CodeBuffer(0);
    this.references = [];
    this.gaps = [];
    this.interrupted = [];
    this.interruptions = [];
    this.align = this.syntax.codeAlign;
    this.begin();
    const { statements } = this.source;
    for (let i = 0; i < statements.length; i++) {
      this.index = i;
      if (this.places[i] !== this.position) {
        this.places[i] = this.position;
        this.moved = i;
      }
      const statement = statements[i]!;
      if (statement.mnemonic === '') continue;
      if (this.position > MOST_BYTES) {
        this.report('FX0502', statement.at, `at most ${MOST_BYTES} bytes in a block`, 'more');
        return;
      }
      try {
        this.statement(statement);
      } catch (error) {
        if (!(error instanceof AssemblyError)) throw error;
        this.report('FX0502', error.range, error.expected, error.found);
      }
    }
  }

  private statement(statement: Statement): void {
    if (statement.mnemonic.charAt(0) !== '.') {
      this.out.line(this.loc + statement.at.start);
      const known = this.settled[this.index];
      if (known) for (const byte of known) this.out.put8(byte);
      else this.settle(statement);
      return;
    }
    const scanner = this.scanner(statement.operands);
    if (!sharedDirective(this, statement.mnemonic, scanner) && !this.directive(statement.mnemonic, scanner)) {
      this.report('FX0503', statement.at, statement.mnemonic);
    } else if (!scanner.atEnd) scanner.fail('`,` or the end of the line');
  }

  private settle(statement: Statement): void {
    const start = this.position;
    this.usesNames = false;
    this.instruction(statement);
    if (!this.usesNames && !this.doubted) this.settled[this.index] = this.out.bytes.slice(start, this.position);
  }

  protected scanner({ start, end }: Range): Scanner {
    return new Scanner(this.text, start, end, this);
  }

  // ---- what instructions and directives write to ----

  get position(): number {
    return this.out.length;
  }

  /** How often the current statement's branch had to grow. */
  get size(): number {
    return this.sizes[this.index]!;
  }

  grow(size: number): void {
    if (this.sizes[this.index] === size) return;
    this.sizes[this.index] = size;
    this.moved = this.index;
  }

  put8(byte: number): void {
    this.out.put8(byte);
  }

  put16(half: number): void {
    this.out.put16(half);
  }

  put32(word: number): void {
    this.out.put32(word);
  }

  alignTo(alignment: number, fill: number | null): void {
    this.align = Math.max(this.align, alignment);
    const missing = (alignment - (this.position % alignment)) % alignment;
    if (fill === null) this.pad(missing);
    else for (let i = 0; i < missing; i++) this.put8(fill);
  }

  /** What has been written since `start` is there for others. */
  leave(start: number): void {
    if (this.position > start) this.gaps.push([start, this.position - start]);
  }

  /** From here on the registers of what was interrupted are there; null: nobody knows where. */
  interrupt(where: Interruption | null): void {
    this.interrupted.push(this.position, where ? this.interruptions.push(where) - 1 : -1);
  }

  /** What stands at `offset` waits for the address of `value`, which is not absolute. */
  relocate(kind: number, value: Value, offset = this.position): void {
    if (value.base === ABSOLUTE) throw new Error('a relocation needs an address');
    this.references.push({ offset, kind, value });
  }

  // ---- errors ----

  /** Is this the last pass, whose errors count? */
  protected get isFinal(): boolean {
    return this.reporting;
  }

  report(code: Code, range: Range, ...values: (string | number)[]): void {
    this.doubted = true;
    if (!this.reporting) return;
    this.broken = true;
    const span = { start: this.loc + range.start, end: this.loc + Math.max(range.end, range.start + 1) };
    this.diagnostics.report(code, span, ...values);
  }

  written({ start, end }: Range): string {
    const text = this.text.slice(start, end).trim();
    return text === '' ? 'nothing' : `\`${text}\``;
  }
}
