/**
 * Reads the text form of FIR (`docs/fir.md` has the grammar): a module from a text that `print.ts` wrote or a person
 * did.
 *
 * Anything wrong becomes a diagnostic, at most one an instruction, and reading goes on with the next line. The result
 * has its values, blocks and symbols resolved; whether types and dominance hold is for `verify.ts` to say.
 */
import type { Source } from '../base/source.ts';
import type { Code } from '../diagnostics/catalogue.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { type Attributes, Func } from './function.ts';
import { isHexadecimal, Kind, tokenize, type Token } from './lexer.ts';
import { type DataReference, Module, type Signature } from './module.ts';
import {
  ACCESS_NAMES, COND_NAMES, INVARIANT, Op, OPS, Shape, SPACE_NAMES, TRAP_NAMES, VOLATILE,
} from './ops.ts';
import { floatConditionName, symbolName } from './print.ts';
import { Type, TYPE_NAMES } from './types.ts';
import { givesValue } from './typing.ts';

const OP_BY_NAME = new Map<string, Op>(OPS.map((row, op) => [row.name, op as Op]));
const TYPE_BY_NAME = new Map<string, Type>(TYPE_NAMES.map((name, type) => [name, type as Type]));
const FLOAT_CONDITIONS = [0, 1, 2, 3, 4, 5].map(floatConditionName);
/** Most values, blocks and slots that one function may have. */
const MOST = 1 << 20;

/** The module that `source` describes, or null if it has errors. */
export function parseModule(source: Source, diagnostics: Diagnostics): Module | null {
  const before = diagnostics.list.length;
  const module = new Parser(source, diagnostics).module();
  return diagnostics.list.length === before ? module : null;
}

class Parser {
  private readonly tokens: Token[];
  private at = 0;
  /** an error in the current statement was reported: the rest of it is skipped */
  private broken = false;
  private readonly into = new Module('');

  // the function being read
  private f = new Func('', { params: [], results: [] });
  private names = new Map<string, number>();
  /** by name number: the defining instruction, 0 while there is none, and the token that names it first */
  private definitions: number[] = [];
  private firstUse: Token[] = [];
  private blocks = new Map<string, number>();
  private slots = new Map<string, number>();

  constructor(private readonly source: Source, private readonly diagnostics: Diagnostics) {
    this.tokens = tokenize(source, diagnostics);
  }

  // ---- tokens ----

  private get token(): Token {
    return this.tokens[this.at]!;
  }

  private advance(): Token {
    const token = this.tokens[this.at]!;
    if (token.kind !== Kind.End) this.at++;
    return token;
  }

  private error(code: Code, token: Token, ...values: (string | number)[]): void {
    if (this.broken) return;
    this.broken = true;
    const { base } = this.source;
    this.diagnostics.report(code, { start: base + token.start, end: base + Math.max(token.end, token.start + 1) }, ...values);
  }

  private expected(what: string): void {
    this.error('FX0402', this.token, what, describe(this.token));
  }

  private isMark(mark: string): boolean {
    return this.token.kind === Kind.Mark && this.token.text === mark;
  }

  private isWord(word: string): boolean {
    return this.token.kind === Kind.Word && this.token.text === word;
  }

  private acceptMark(mark: string): boolean {
    if (this.broken || !this.isMark(mark)) return false;
    this.advance();
    return true;
  }

  private acceptWord(word: string): boolean {
    if (this.broken || !this.isWord(word)) return false;
    this.advance();
    return true;
  }

  private mark(mark: string): void {
    if (!this.broken && !this.acceptMark(mark)) this.expected(`\`${mark}\``);
  }

  private word(word: string): void {
    if (!this.broken && !this.acceptWord(word)) this.expected(`\`${word}\``);
  }

  private take(kind: Kind, what: string): Token | null {
    if (this.broken) return null;
    if (this.token.kind === kind) return this.advance();
    this.expected(what);
    return null;
  }

  /** Ends a statement: what follows must be a line end. */
  private endLine(): void {
    if (!this.broken && this.token.kind !== Kind.Line) this.expected('the end of the line');
    while (this.token.kind !== Kind.Line && this.token.kind !== Kind.End && !this.isMark('}')) this.advance();
    if (this.token.kind === Kind.Line) this.advance();
    this.broken = false;
  }

  private skipLines(): void {
    while (this.token.kind === Kind.Line) this.advance();
  }

  // ---- the module ----

  module(): Module {
    this.declareSymbols();
    this.at = 0;
    this.skipLines();
    if (this.acceptWord('module')) {
      this.into.name = this.take(Kind.String, 'the module\'s name in quotes')?.text ?? '';
      this.endLine();
    }
    for (this.skipLines(); this.token.kind !== Kind.End; this.skipLines()) {
      if (this.acceptWord('external')) this.external();
      else if (this.acceptWord('data')) this.data();
      else if (this.acceptWord('asm')) this.assembly();
      else if (this.acceptWord('fn')) this.function();
      else {
        this.expected('`external`, `data`, `asm` or `fn`');
        this.advance();
      }
      this.endLine();
    }
    return this.into;
  }

  /** Gives every declared symbol its index, in the order of the text, before anything refers to it. */
  private declareSymbols(): void {
    let lineStart = true;
    let inside = false;
    for (; this.token.kind !== Kind.End; this.advance()) {
      if (this.isMark('{')) inside = true;
      else if (this.isMark('}')) inside = false;
      const name = this.tokens[this.at + 1]!;
      if (lineStart && !inside && name.kind === Kind.Symbol && this.isDeclaration()) {
        if (this.into.find(name.text) !== undefined) this.error('FX0407', name, symbolName(name.text));
        this.into.symbol(name.text);
        this.broken = false;
      }
      lineStart = this.token.kind === Kind.Line;
    }
  }

  private isDeclaration(): boolean {
    return this.isWord('external') || this.isWord('data') || this.isWord('asm') || this.isWord('fn');
  }

  private declaredName(): string {
    return this.take(Kind.Symbol, 'a symbol (`@name`)')?.text ?? '';
  }

  /** `[root, naked, section "…"]`; those about functions go to `attributes`. */
  private attributes(name: string, attributes: Attributes | null): void {
    if (!this.acceptMark('[')) return;
    const symbol = this.into.symbols[this.into.symbol(name)]!;
    do {
      if (this.acceptWord('root')) symbol.root = true;
      else if (this.acceptWord('section')) symbol.section = this.take(Kind.String, 'a section name in quotes')?.text ?? '';
      else if (attributes && this.acceptWord('inline')) attributes.inline = 'always';
      else if (attributes && this.acceptWord('noinline')) attributes.inline = 'never';
      else if (attributes && this.acceptWord('interrupt')) attributes.interrupt = true;
      else if (attributes && this.acceptWord('naked')) attributes.naked = true;
      else this.expected('an attribute');
    } while (this.acceptMark(','));
    this.mark(']');
  }

  private external(): void {
    const name = this.declaredName();
    this.attributes(name, null);
    const loc = this.loc();
    if (!this.broken) this.into.symbols[this.into.symbol(name)]!.loc = loc;
  }

  private data(): void {
    const nameToken = this.token;
    const name = this.declaredName();
    this.attributes(name, null);
    const loc = this.loc();
    const writable = this.acceptWord('writable');
    this.word('size');
    const size = this.integer(0, 2 ** 31 - 1, 'a size in bytes');
    this.word('align');
    const align = this.integer(1, 2 ** 30, 'an alignment in bytes');
    let bytes: Uint8Array | null = null;
    if (this.acceptMark('=')) {
      const content = this.strings();
      if (content.length > size) this.error('FX0411', nameToken, content.length, size);
      bytes = new Uint8Array(this.broken ? 0 : content.length);
      for (let i = 0; i < bytes.length; i++) {
        if (content.charCodeAt(i) > 255) this.error('FX0408', nameToken, content[i]!, 'a byte');
        bytes[i] = content.charCodeAt(i);
      }
    }
    const references: DataReference[] = [];
    if (this.acceptMark('[')) {
      do {
        const offset = this.integer(0, Math.max(0, size - 8), 'the offset of 8 bytes in the object');
        this.mark(':');
        references.push({ offset, symbol: this.symbol(), addend: this.offset() });
      } while (this.acceptMark(','));
      this.mark(']');
    }
    if (!this.broken) this.into.defineData(name, { bytes, size, align, writable, references }, loc);
  }

  private assembly(): void {
    const name = this.declaredName();
    this.attributes(name, null);
    const loc = this.loc();
    this.mark('=');
    const textLoc = this.loc();
    const text = this.strings();
    if (!this.broken) this.into.defineAssembly(name, { text, loc: textLoc }, loc);
  }

  /** Strings that follow each other, on one line or on the next ones, joined. */
  private strings(): string {
    const pieces: string[] = [];
    for (;;) {
      const start = this.at;
      if (pieces.length > 0 || this.token.kind === Kind.Line) this.skipLines();
      if (this.token.kind === Kind.String) pieces.push(this.advance().text);
      else {
        this.at = start;
        break;
      }
    }
    if (pieces.length === 0) this.expected('a string');
    return pieces.join('');
  }

  // ---- functions ----

  private function(): void {
    const name = this.declaredName();
    const signature = this.signature();
    const attributes: Attributes = { inline: 'auto', interrupt: false, naked: false };
    this.attributes(name, attributes);
    const loc = this.loc();
    const loc0 = this.loc();
    this.mark('{');
    if (this.broken) return this.skipBody();
    this.endLine();
    this.f = new Func(name, signature, loc0);
    this.f.attributes = attributes;
    this.names = new Map();
    this.definitions = [];
    this.firstUse = [];
    this.slots = new Map();
    this.declareBlocks();
    let block = -1;
    for (this.skipLines(); !this.isMark('}') && this.token.kind !== Kind.End; this.skipLines()) {
      if (this.startsBlock(this.at)) block = this.blockHeader();
      else if (block < 0) this.slot();
      else this.instruction(block);
      this.endLine();
    }
    this.mark('}');
    if (this.broken) return;
    this.resolve();
    this.into.defineFunction(name, this.f, loc);
  }

  /** Passes over a body whose header was wrong. */
  private skipBody(): void {
    while (!this.isMark('}') && this.token.kind !== Kind.End) this.advance();
    if (this.isMark('}')) this.advance();
  }

  private signature(): Signature {
    const params: Type[] = [];
    const results: Type[] = [];
    this.mark('(');
    if (!this.acceptMark(')')) {
      do params.push(this.type()); while (this.acceptMark(','));
      this.mark(')');
    }
    if (!this.broken && this.token.kind === Kind.Arrow) {
      this.advance();
      do results.push(this.type()); while (this.acceptMark(','));
    }
    return { params, results };
  }

  private startsBlock(at: number): boolean {
    const token = this.tokens[at]!;
    const next = this.tokens[at + 1];
    return token.kind === Kind.Word && isNumbered(token.text, 'block') && next?.kind === Kind.Mark &&
      (next.text === ':' || next.text === '(');
  }

  private declareBlocks(): void {
    this.blocks = new Map();
    for (let at = this.at; this.tokens[at]!.kind !== Kind.End; at++) {
      const token = this.tokens[at]!;
      if (token.kind === Kind.Mark && token.text === '}') return;
      if (this.tokens[at - 1]!.kind !== Kind.Line || !this.startsBlock(at) || this.blocks.size >= MOST) continue;
      if (this.blocks.has(token.text)) {
        this.error('FX0407', token, token.text);
        this.broken = false;
      } else this.blocks.set(token.text, this.f.addBlock());
    }
  }

  private slot(): void {
    const token = this.take(Kind.Word, 'a slot or a block');
    if (!token) return;
    if (!isNumbered(token.text, 'slot')) {
      this.error('FX0402', token, 'a block (`block0:`) before the first instruction', describe(token));
    } else if (this.slots.has(token.text)) this.error('FX0407', token, token.text);
    this.mark(':');
    this.word('size');
    const size = this.integer(0, 2 ** 31 - 1, 'a size in bytes');
    this.word('align');
    const align = this.integer(1, 4096, 'an alignment in bytes, at most 4096');
    if (!this.broken) this.slots.set(token.text, this.f.addSlot(size, align));
  }

  private blockHeader(): number {
    const block = this.blocks.get(this.advance().text) ?? 0;
    if (this.acceptMark('(')) {
      do {
        const name = this.take(Kind.Word, 'a value (`v0`)');
        this.mark(':');
        const type = this.type();
        const loc = this.loc();
        if (name && !this.broken) this.define(name, this.f.addParam(block, type, loc));
      } while (this.acceptMark(','));
      this.mark(')');
    }
    this.mark(':');
    return block;
  }

  /** Replaces name numbers by instructions in all operands, and reports names that nothing defines. */
  private resolve(): void {
    const { f, definitions } = this;
    definitions.forEach((definition, number) => {
      if (definition !== 0) return;
      const token = this.firstUse[number]!;
      this.error('FX0404', token, token.text, token.text);
      this.broken = false;
    });
    for (let id = 1; id < f.count; id++) f.mapOperands(id, (number) => definitions[number] ?? 0);
  }

  // ---- instructions ----

  private instruction(block: number): void {
    const first = this.token;
    const second = this.tokens[this.at + 1]!;
    const named = second.kind === Kind.Mark && second.text === '=';
    if (named) {
      this.advance();
      this.advance();
    }
    this.operation(block, named ? first : null);
    // A broken instruction counts as defining its name: one error must not make all its uses errors too.
    if (this.broken && named && isNumbered(first.text, 'v')) this.definitions[this.number(first)] ||= this.f.make(Op.Nop, Type.Void);
  }

  /** One instruction behind its `name =`, if it has one. */
  private operation(block: number, name: Token | null): void {
    const word = this.take(Kind.Word, 'an operation');
    if (!word) return;
    const parts = word.text.split('.');
    const op = OP_BY_NAME.get(parts[0]!);
    if (op === undefined || op === Op.Param) return this.error('FX0403', word, parts[0]!);
    const suffixes = new Suffixes(parts);
    const gives = givesValue(op);
    if (gives === 'never' && name) return this.error('FX0409', name, parts[0]!, name.text);
    if (gives === 'always' && !name) return this.error('FX0410', word, parts[0]!, word.text);

    const f = this.f;
    const before = f.extra.length;
    const id = f.make(op, Type.Void);
    this.fields(id, op, word, suffixes);
    if (name && f.type[id] === Type.Void && gives !== 'never') this.error('FX0409', name, parts[0]!, name.text);
    if (!name && f.type[id] !== Type.Void) this.error('FX0410', word, parts[0]!, word.text);
    if (suffixes.left > 0) this.error('FX0402', word, 'fewer parts after the operation', describe(word));
    f.loc[id] = this.loc();
    if (this.broken) {
      f.op[id] = Op.Nop;
      f.extra.length = before;
      return;
    }
    if (name) this.define(name, id);
    f.place(id, block);
  }

  /** Reads everything behind the operation's name into the fields of instruction `id`. */
  private fields(id: number, op: Op, word: Token, suffixes: Suffixes): void {
    const f = this.f;
    switch (op) {
      case Op.Nop: return;
      case Op.Iconst: {
        const type = (f.type[id] = this.typeSuffix(word, suffixes));
        const value = this.wide(type);
        f.a[id] = Number(BigInt.asIntN(32, value));
        f.b[id] = type === Type.I32 ? f.a[id]! >> 31 : Number(BigInt.asIntN(32, value >> 32n));
        return;
      }
      case Op.Fconst: {
        const type = (f.type[id] = this.typeSuffix(word, suffixes));
        const bits = this.float(type);
        f.a[id] = Number(BigInt.asIntN(32, bits));
        f.b[id] = type === Type.F32 ? 0 : Number(BigInt.asIntN(32, bits >> 32n));
        return;
      }
      case Op.Symbol:
        f.type[id] = this.typeSuffix(word, suffixes);
        f.a[id] = this.symbol();
        f.c[id] = this.offset();
        return;
      case Op.Slot: {
        f.type[id] = this.typeSuffix(word, suffixes);
        const token = this.take(Kind.Word, 'a slot');
        if (token && !this.slots.has(token.text)) this.error('FX0405', token, token.text);
        f.a[id] = this.slots.get(token?.text ?? '') ?? 0;
        return;
      }
      case Op.Icmp:
        f.aux[id] = this.nameSuffix(word, suffixes, COND_NAMES, 'a condition');
        f.type[id] = Type.Bool;
        return this.operands(id, 2);
      case Op.Fcmp:
        f.aux[id] = this.nameSuffix(word, suffixes, FLOAT_CONDITIONS, 'a condition of floats');
        f.type[id] = Type.Bool;
        return this.operands(id, 2);
      case Op.Sdiv: case Op.Udiv: case Op.Srem: case Op.Urem:
        f.type[id] = this.typeSuffix(word, suffixes);
        this.operands(id, 2);
        f.aux[id] = this.acceptWord('checked') ? 1 : 0;
        return;
      case Op.Load:
        f.aux[id] = this.nameSuffix(word, suffixes, ACCESS_NAMES, 'an access');
        f.type[id] = this.typeSuffix(word, suffixes);
        f.a[id] = this.value();
        f.c[id] = this.offset();
        if (this.acceptWord('volatile')) f.aux[id]! |= VOLATILE;
        if (this.acceptWord('invariant')) f.aux[id]! |= INVARIANT;
        return;
      case Op.Store:
        f.aux[id] = this.nameSuffix(word, suffixes, ACCESS_NAMES, 'an access');
        f.a[id] = this.value();
        f.c[id] = this.offset();
        this.mark(',');
        f.b[id] = this.value();
        if (this.acceptWord('volatile')) f.aux[id]! |= VOLATILE;
        return;
      case Op.Sysread: case Op.Syswrite: {
        const space = this.nameSuffix(word, suffixes, SPACE_NAMES, 'a register space');
        const width = this.nameSuffix(word, suffixes, ['0', '1', '2', '3', '4', '5', '6', '7', '8'], 'a width in bytes');
        f.aux[id] = space | (width << 4);
        if (op === Op.Syswrite) return this.operands(id, 2);
        f.type[id] = this.typeSuffix(word, suffixes);
        return this.operands(id, 1);
      }
      case Op.Call: case Op.Callptr: {
        f.a[id] = op === Op.Call ? this.symbol() : this.value();
        const args: number[] = [];
        this.mark('(');
        if (!this.acceptMark(')')) {
          do args.push(this.value()); while (this.acceptMark(','));
          this.mark(')');
        }
        this.mark(':');
        const { params, results } = this.signature();
        f.b[id] = f.list(args);
        f.c[id] = args.length;
        if (!this.broken) f.aux[id] = this.into.signature(params, results);
        f.type[id] = results[0] ?? Type.Void;
        return;
      }
      case Op.Trapif:
        f.a[id] = this.value();
        this.mark(',');
        f.aux[id] = this.trapCode();
        return;
      case Op.Trap:
        f.aux[id] = this.trapCode();
        return;
      case Op.Jump:
        f.a[id] = this.edge();
        return;
      case Op.Brif:
        f.a[id] = this.value();
        this.mark(',');
        f.b[id] = this.edge();
        this.mark(',');
        f.c[id] = this.edge();
        return;
      case Op.Switch:
        return this.cases(id);
      case Op.Ret: {
        const values: number[] = [];
        if (this.token.kind === Kind.Word) do values.push(this.value()); while (this.acceptMark(','));
        f.b[id] = f.list(values);
        f.c[id] = values.length;
        return;
      }
    }
    if (givesValue(op) === 'always') f.type[id] = this.typeSuffix(word, suffixes);
    const shape = OPS[op]!.shape;
    this.operands(id, shape === Shape.ABC ? 3 : shape === Shape.AB ? 2 : 1);
  }

  private operands(id: number, count: number): void {
    const f = this.f;
    f.a[id] = this.value();
    if (count > 1) {
      this.mark(',');
      f.b[id] = this.value();
    }
    if (count > 2) {
      this.mark(',');
      f.c[id] = this.value();
    }
  }

  private cases(id: number): void {
    const f = this.f;
    f.a[id] = this.value();
    this.mark(',');
    const table = [this.edge()];
    this.mark('[');
    if (!this.acceptMark(']')) {
      do {
        const value = this.wide(Type.I64);
        this.mark(':');
        table.push(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)), this.edge());
      } while (this.acceptMark(','));
      this.mark(']');
    }
    f.b[id] = f.list(table);
    f.c[id] = (table.length - 1) / 3;
  }

  private edge(): number {
    const token = this.take(Kind.Word, 'a block');
    const args: number[] = [];
    if (token && !this.blocks.has(token.text)) this.error('FX0405', token, token.text);
    if (this.acceptMark('(')) {
      do args.push(this.value()); while (this.acceptMark(','));
      this.mark(')');
    }
    return this.f.edge(this.blocks.get(token?.text ?? '') ?? 0, args);
  }

  // ---- parts of instructions ----

  /** The number of a value's name; instructions hold these until `resolve`. */
  private value(): number {
    const token = this.take(Kind.Word, 'a value (`v0`)');
    if (!token) return 0;
    if (isNumbered(token.text, 'v')) return this.number(token);
    this.error('FX0402', token, 'a value (`v0`)', describe(token));
    return 0;
  }

  private number(token: Token): number {
    const known = this.names.get(token.text);
    if (known !== undefined) return known;
    this.names.set(token.text, this.definitions.length);
    this.firstUse.push(token);
    return this.definitions.push(0) - 1;
  }

  private define(token: Token, id: number): void {
    if (!isNumbered(token.text, 'v')) return this.error('FX0402', token, 'a value (`v0`)', describe(token));
    const number = this.number(token);
    if (this.definitions[number] !== 0) this.error('FX0407', token, token.text);
    else this.definitions[number] = id;
  }

  private typeSuffix(word: Token, suffixes: Suffixes): Type {
    const name = suffixes.take();
    const type = TYPE_BY_NAME.get(name);
    if (type === undefined) this.error('FX0402', word, 'a type after the operation (`add.i64`)', `\`${word.text}\``);
    return type ?? Type.Void;
  }

  private nameSuffix(word: Token, suffixes: Suffixes, names: readonly string[], what: string): number {
    const index = names.indexOf(suffixes.take());
    if (index < 0) this.error('FX0402', word, `${what} after the operation (${names.join(', ')})`, `\`${word.text}\``);
    return Math.max(index, 0);
  }

  private type(): Type {
    const token = this.take(Kind.Word, 'a type');
    if (!token) return Type.Void;
    const type = TYPE_BY_NAME.get(token.text);
    if (type === undefined) this.error('FX0402', token, 'a type', describe(token));
    return type ?? Type.Void;
  }

  private symbol(): number {
    const token = this.take(Kind.Symbol, 'a symbol (`@name`)');
    if (!token) return 0;
    const index = this.into.find(token.text);
    if (index === undefined) this.error('FX0406', token, symbolName(token.text), symbolName(token.text));
    return index ?? 0;
  }

  /** ` + n` or ` - n`, else 0 */
  private offset(): number {
    if (this.acceptMark('+')) return this.integer(-(2 ** 31), 2 ** 31 - 1, 'a 32-bit offset');
    if (this.acceptMark('-')) return -this.integer(-(2 ** 31) + 1, 2 ** 31, 'a 32-bit offset');
    return 0;
  }

  private loc(): number {
    return this.acceptMark('!') ? this.integer(0, 2 ** 31 - 1, 'a location') : 0;
  }

  private trapCode(): number {
    if (this.token.kind === Kind.Number) return this.integer(0, 255, 'a trap code');
    const token = this.take(Kind.Word, 'a trap code');
    const code = token ? TRAP_NAMES.indexOf(token.text as (typeof TRAP_NAMES)[number]) : 0;
    if (token && code < 1) this.error('FX0402', token, `a trap code (${TRAP_NAMES.slice(1).join(', ')})`, describe(token));
    return Math.max(code, 0);
  }

  private integer(least: number, most: number, what: string): number {
    const token = this.take(Kind.Number, what);
    if (!token) return 0;
    const value = integerOf(token.text);
    if (value !== null && value >= least && value <= most) return Number(value);
    this.error('FX0408', token, token.text, what);
    return 0;
  }

  /** An integer that `type` can hold, read as signed or unsigned. */
  private wide(type: Type): bigint {
    const token = this.take(Kind.Number, 'an integer');
    if (!token) return 0n;
    const value = integerOf(token.text);
    const bits = type === Type.I32 ? 32n : type === Type.Bool ? 1n : 64n;
    const least = type === Type.Bool ? 0n : -(1n << (bits - 1n));
    if (value !== null && value >= least && value < 1n << bits) return value;
    this.error('FX0408', token, token.text, `an integer of type ${TYPE_NAMES[type]}`);
    return 0n;
  }

  /** The bits of a float written in decimal or, in hexadecimal, as its bits. */
  private float(type: Type): bigint {
    const token = this.take(Kind.Number, 'a float');
    if (!token) return 0n;
    if (token.text.startsWith('0x')) {
      const bits = integerOf(token.text);
      if (bits !== null && bits < (type === Type.F32 ? 1n << 32n : 1n << 64n)) return bits;
    } else {
      const value = Number(token.text);
      if (!Number.isNaN(value) && token.text.length <= 40) {
        const view = new DataView(new ArrayBuffer(8));
        if (type === Type.F32) {
          view.setFloat32(0, value);
          return BigInt(view.getUint32(0));
        }
        view.setFloat64(0, value);
        return view.getBigUint64(0);
      }
    }
    this.error('FX0408', token, token.text, `a float of type ${TYPE_NAMES[type]}`);
    return 0n;
  }
}

/** The parts of an operation's word behind its name, taken from left to right. */
class Suffixes {
  private next = 1;

  constructor(private readonly parts: string[]) {}

  take(): string {
    return this.parts[this.next++] ?? '';
  }

  get left(): number {
    return this.parts.length - this.next;
  }
}

/** Is `word` `prefix` followed by a decimal number? */
function isNumbered(word: string, prefix: string): boolean {
  if (!word.startsWith(prefix) || word.length === prefix.length || word.length > 16) return false;
  for (let i = prefix.length; i < word.length; i++) {
    const code = word.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** A decimal or hexadecimal integer, null if it is none or longer than any 64-bit number. */
function integerOf(text: string): bigint | null {
  if (text.length > 24) return null;
  if (text.startsWith('0x')) return isHexadecimal(text.slice(2)) ? BigInt(text) : null;
  for (let i = text[0] === '-' ? 1 : 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return null;
  }
  return BigInt(text);
}

function describe(token: Token): string {
  if (token.kind === Kind.Line || token.kind === Kind.End) return token.text;
  if (token.kind === Kind.String) return 'a string';
  if (token.kind === Kind.Symbol) return `\`${symbolName(token.text)}\``;
  return `\`${token.text.length > 40 ? token.text.slice(0, 40) + '…' : token.text}\``;
}
