/**
 * Reads the body of a FIR function in text form: slots, blocks, instructions.
 *
 * Values may be used before the text defines them. While a function is read, operands hold the number of a name;
 * `resolve` puts instructions in their place at its end. Blocks are found in advance, so edges need no such detour.
 */
import { Func } from './function.ts';
import { Kind, type Token } from './lexer.ts';
import { Module } from './module.ts';
import { ACCESS_NAMES, COND_NAMES, INVARIANT, Op, OPS, Shape, SPACE_NAMES, VOLATILE } from './ops.ts';
import { floatConditionName, symbolName } from './print.ts';
import { describe, Reader, TYPE_BY_NAME } from './reader.ts';
import { Type } from './types.ts';
import { givesValue } from './typing.ts';

const OP_BY_NAME = new Map<string, Op>(OPS.map((row, op) => [row.name, op as Op]));
const FLOAT_CONDITIONS = [0, 1, 2, 3, 4, 5].map(floatConditionName);
const WIDTHS = ['1', '2', '4', '8'];

export class FunctionReader extends Reader {
  protected readonly into = new Module('');
  /** the function being read */
  protected f = new Func('', { params: [], results: [] });
  private names = new Map<string, number>();
  /** by number of a name: the instruction that defines it, 0 while there is none */
  private definitions: number[] = [];
  /** by number of a name: where it stands first */
  private firstUse: Token[] = [];
  private blocks = new Map<string, number>();
  private slots = new Map<string, number>();

  /** Reads slots, blocks and the closing brace into `f`; false if the brace is missing. */
  protected body(): boolean {
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
    if (this.broken) return false;
    this.resolve();
    return true;
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
      if (this.tokens[at - 1]!.kind !== Kind.Line || !this.startsBlock(at)) continue;
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
    if (!this.broken || !named || !isNumbered(first.text, 'v')) return;
    this.definitions[this.number(first)] ||= this.f.make(Op.Nop, Type.Void);
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
      case Op.Memcopy: case Op.Memfill:
        this.operands(id, 3);
        if (this.acceptWord('align')) f.aux[id] = this.integer(1, 4096, 'an alignment in bytes, at most 4096');
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
        const width = this.nameSuffix(word, suffixes, WIDTHS, 'a width in bytes');
        f.aux[id] = space | (Number(WIDTHS[width]) << 4);
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

  protected symbol(): number {
    const token = this.take(Kind.Symbol, 'a symbol (`@name`)');
    if (!token) return 0;
    const index = this.into.find(token.text);
    if (index === undefined) this.error('FX0406', token, symbolName(token.text), symbolName(token.text));
    return index ?? 0;
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
