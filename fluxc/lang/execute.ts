/**
 * `execute`: reads the instruction at `pc` and does what its row says.
 *
 * In: the statement and the set's semantics as syntax. Out: ordinary statements, a `match` over the code with an arm a
 * row, which are checked like any other. Each node has its place at the cell that it was made from, so errors point at
 * the row. A word set becomes
 *
 *     let word = pc.*;  pc = pc + 1 word
 *     match word as u8 { 0x10 => { let rd = (word >> 8) as u8; …;  r[rd] = r[ra] + r[rb] }  …  illegal codes => … }
 *
 * (what fills bytes of its own is read from memory, which is cheaper than cutting it out of the word), two such arms in
 * one for each fused pair, and a byte set the same with reads that see to it that there are so many bytes, one test an instruction. The names
 * that the expansion itself declares have blanks in them: no document can use them.
 */
import type { Span } from '../base/source.ts';
import { isExecutable, type InstructionSet, type Operand, type Row } from '../isa/instruction-set.ts';
import type { BinaryOp, Block, Expr, MatchArm, Name, OpcodesNode, Pattern, Stmt, TypeNode } from './ast.ts';
import type { Checker } from './checker.ts';
import { list, oneOf } from './entities.ts';
import { withOperands } from './opcode-semantics.ts';
import { type FluxType, isBad, nameOf, U32, U64, unify } from './types.ts';

type Execute = Extract<Stmt, { kind: 'execute' }>;

/** The statements that stand for an `execute`; null, reported, if it is wrong. */
export function expandExecute(k: Checker, statement: Execute): Stmt | null {
  const sets = k.scope.node?.instructionSets ?? [];
  const node = sets.find(({ set }) => set.name === statement.set.text);
  if (!node) {
    const names = sets.map(({ set }) => set.name);
    const hint = names.length > 0 ? oneOf(statement.set.text, names) : 'a set is executed in the document that has its heading `opcodes`';
    k.report('FX1050', statement.set.span, statement.set.text, hint);
    return null;
  }
  const { set } = node;
  if (!isExecutable(set)) {
    const row = set.rows.find(({ semantics }) => semantics === null)!;
    k.report('FX1051', statement.set.span, set.name, row.mnemonic).notes.push({ span: row.mnemonicSpan, text: 'this one' });
    return null;
  }
  const isWord = set.unit === 4;
  const wanted = isWord ? ['illegal'] : ['illegal', 'truncated'];
  const form = `execute ${set.name}(${isWord ? 'pc' : 'code, pc'}) { ${wanted.map((arm) => `${arm} => …`).join(', ')} }`;
  const count = isWord ? 1 : 2;
  if (statement.args.length !== count) {
    const takes = isWord ? 'where the instruction is' : 'the bytes and where the instruction is';
    k.report('FX1052', statement.span, set.name, takes, `${statement.args.length} arguments`, form);
    return null;
  }
  const pc = statement.args[count - 1]!;
  if (pc.kind !== 'name') {
    k.report('FX1054', pc.span, 'pc', `${set.name}(${isWord ? 'pc' : 'code, pc'})`);
    return null;
  }
  const local = k.find(pc.name);
  const wantedType: FluxType = isWord ? { kind: 'pointer', to: U32 } : U64;
  if (local && !isBad(local.type) && !unify(local.type, wantedType)) {
    const type = `\`${nameOf(wantedType)}\``;
    k.report('FX0303', pc.span, type, `\`${nameOf(local.type)}\``, `declare it so: \`var ${pc.name}: ${nameOf(wantedType)} = …\``);
    return null;
  }
  const arms = namedArms(k, statement, wanted);
  if (!arms) return null;
  return isWord ? new WordExpansion(node, statement, pc, arms).block() : new ByteExpansion(node, statement, pc, arms).block();
}

/** What to do with illegal codes, and in a byte set with instructions that are not all there. */
function namedArms(k: Checker, statement: Execute, wanted: string[]): Map<string, Block> | null {
  const arms = new Map<string, Block>();
  const report = (span: Span, problem: string) => {
    k.report('FX1053', span, statement.set.text, problem, list(wanted));
    return null;
  };
  for (const arm of statement.arms) {
    for (const pattern of arm.patterns) {
      const name = pattern.kind === 'value' && pattern.value.kind === 'name' ? pattern.value.name : null;
      if (name === null || !wanted.includes(name)) return report(pattern.span, 'an arm of another kind');
      if (arms.has(name)) return report(pattern.span, `two arms \`${name}\``);
      const { body } = arm;
      const statements = body.kind === 'block' ? body.block.statements : [{ kind: 'expr' as const, value: body.value, span: arm.span }];
      arms.set(name, { statements, span: arm.span });
    }
  }
  const missing = wanted.find((name) => !arms.has(name));
  return missing === undefined ? arms : report(statement.set.span, `no arm \`${missing}\``);
}

// ---- pieces of syntax ----

function name(text: string, span: Span): Expr {
  return { kind: 'name', name: text, span };
}

function integer(value: number, span: Span): Expr {
  return { kind: 'int', low: value | 0, high: 0, span };
}

function binary(op: BinaryOp, left: Expr, right: Expr, span: Span): Expr {
  return { kind: 'binary', op, left, right, opSpan: span, span };
}

function type(text: string, span: Span): TypeNode {
  return { kind: 'named', module: null, name: { text, span }, span };
}

function pointerTo(text: string, span: Span): TypeNode {
  return { kind: 'pointer', to: type(text, span), span };
}

function cast(value: Expr, to: TypeNode | string, span: Span): Expr {
  return { kind: 'cast', value, to: typeof to === 'string' ? type(to, span) : to, span };
}

function letIs(text: string, of: TypeNode | null, value: Expr, span: Span, mutable = false): Stmt {
  return { kind: 'let', mutable, name: { text, span }, type: of, value, span };
}

function assign(target: Expr, value: Expr, span: Span): Stmt {
  return { kind: 'assign', op: '=', target, value, span };
}

function choose(condition: Expr, then: Block, otherwise: Stmt[], span: Span): Stmt {
  return { kind: 'if', condition: { kind: 'expr', value: condition }, then, otherwise: { statements: otherwise, span }, span };
}

/** `match subject { … }` as a statement. */
function matchOf(subject: Expr, arms: MatchArm[], span: Span): Stmt {
  return { kind: 'expr', value: { kind: 'match', subject, arms, span }, span };
}

function armOf(values: readonly number[], statements: Stmt[], span: Span): MatchArm {
  const patterns = values.map((value): Pattern => ({ kind: 'value', value: integer(value, span), span }));
  return { patterns, body: { kind: 'block', block: { statements, span } }, span };
}

/** The value of bits that stand at the top of an `i64`, brought down with their sign. */
function signed(value: Expr, width: number, span: Span): Expr {
  const narrow = { 8: 'i8', 16: 'i16', 32: 'i32' }[width];
  if (narrow) return cast(cast(value, narrow, span), 'i64', span);
  if (width === 64) return cast(value, 'i64', span);
  const up = binary('<<', cast(value, 'i64', span), integer(64 - width, span), span);
  return binary('>>', up, integer(64 - width, span), span);
}

/** What the two kinds of sets have in common. */
abstract class Expansion {
  protected readonly set: InstructionSet;
  protected readonly span: Span;

  constructor(
    private readonly node: OpcodesNode, statement: Execute, protected readonly pc: Expr,
    private readonly arms: Map<string, Block>,
  ) {
    this.set = node.set;
    this.span = statement.set.span;
  }

  protected arm(name: string): Block {
    return this.arms.get(name)!;
  }

  /** The name by which the expansion knows something of its own. */
  protected own(what: string, of: string = this.set.name): string {
    return `${what} of ${of}`;
  }

  /** The semantics of a row, behind the lets of its operands. */
  protected semantics(row: Row): Stmt {
    const body = withOperands(this.node.semantics.get(row)!, (text, span) => {
      const operand = row.operands.find((known) => known.name === text);
      if (!operand) return null;
      const value = name(this.own(text, row.mnemonic), span);
      return operand.file === null ? value : { kind: 'index', object: name(operand.file, span), index: value, span };
    });
    return { kind: 'block', block: body, span: body.span };
  }

  /** The arm for the codes that are not among `known`; null if there are none. */
  protected illegal(known: readonly number[]): MatchArm | null {
    const taken = new Set(known);
    const rest: number[] = [];
    for (let code = 0; code < 256; code++) if (!taken.has(code)) rest.push(code);
    return rest.length > 0 ? armOf(rest, this.arm('illegal').statements, this.arm('illegal').span) : null;
  }
}

class WordExpansion extends Expansion {
  block(): Stmt {
    const { span, set, pc } = this;
    const here = this.own('place');
    const code = this.own('code');
    const { isInBytes } = this;
    const read: Expr = { kind: 'deref', object: name(here, pc.span), span: pc.span };
    const swapped: Expr = { kind: 'call', callee: name('byte_swap', span), args: [{ name: null, value: read }], span };
    const statements = [
      letIs(here, pointerTo('u32', pc.span), pc, pc.span),
      ...(isInBytes ? [] : [letIs(this.own('word'), null, set.bigEndian ? swapped : read, pc.span)]),
      ...(isInBytes ? [letIs(code, null, this.loaded('u8', name(here, pc.span), 0, span), span)] : []),
      assign(pc, this.advanced(name(here, pc.span), integer(4, span)), pc.span),
      matchOf(isInBytes ? name(code, span) : cast(this.field(set.opcode, span), 'u8', span), this.rows(), span),
    ];
    return { kind: 'block', block: { statements, span }, span };
  }

  private rows(): MatchArm[] {
    const { rows, fused } = this.set;
    const arms = rows.map((row) => armOf(row.code, this.row(row), row.span));
    for (const { first, second, code } of fused) {
      const { span } = this.pc;
      const next = assign(this.pc, this.advanced(this.pc, integer(4, span)), span);
      const both = [this.row(first), this.row(second)].map((statements): Stmt => {
        return { kind: 'block', block: { statements, span: first.span }, span: first.span };
      });
      arms.push(armOf([code], [both[0]!, next, both[1]!], first.span));
    }
    const illegal = this.illegal([...rows.map(({ code }) => code[0]!), ...fused.map(({ code }) => code)]);
    return illegal ? [...arms, illegal] : arms;
  }

  /** The operands and semantics of an instruction behind which `pc` stands. */
  private row(row: Row): Stmt[] {
    const { span } = row;
    const lets = row.operands.map((operand) => {
      return letIs(this.own(operand.name, row.mnemonic), null, this.value(operand, span), span);
    });
    const needsWord = this.isInBytes && row.operands.some((operand) => bytesOf(operand) === null);
    const word = letIs(this.own('word'), null, this.loaded('u32', { ...this.pc, span }, -4, span), span);
    return [...(needsWord ? [word] : []), ...lets, this.semantics(row)];
  }

  /** Is the code a byte in memory, and are fields found there too? */
  private get isInBytes(): boolean {
    const { bigEndian, opcode } = this.set;
    return !bigEndian && opcode.low === 0 && opcode.high === 7;
  }

  /** A number of the type `of` that is in memory so many bytes from `from`. */
  private loaded(of: string, from: Expr, offset: number, span: Span): Expr {
    const address = cast(from, 'addr', span);
    const place = offset === 0 ? address : binary(offset < 0 ? '-' : '+', address, integer(Math.abs(offset), span), span);
    return { kind: 'deref', object: cast(place, pointerTo(of, span), span), span };
  }

  private advanced(from: Expr, bytes: Expr): Expr {
    const { span } = this.pc;
    return cast(binary('+', cast(from, 'addr', span), bytes, span), pointerTo('u32', span), span);
  }

  /** The bits of the word, as a `u32` without those above them. */
  private field({ low, high }: { low: number; high: number }, span: Span): Expr {
    const word = name(this.own('word'), span);
    const down = low === 0 ? word : binary('>>', word, integer(low, span), span);
    // A byte is cut off by the cast that makes a `u8` of it.
    if (high === 31 || high - low === 7) return down;
    return binary('&', down, integer(2 ** (high - low + 1) - 1, span), span);
  }

  private value(operand: Operand, span: Span): Expr {
    const { kind, signed, bits, width } = operand;
    const { low, high } = bits!;
    const bytes = this.isInBytes ? bytesOf(operand) : null;
    if (bytes) {
      const value = this.loaded(bytes.of, { ...this.pc, span }, bytes.offset - 4, span);
      if (kind === 'register') return value;
      if (kind !== 'relative') return cast(value, signed ? 'i64' : 'u64', span);
      return this.advanced({ ...this.pc, span }, binary('<<', cast(value, 'addr', span), integer(2, span), span));
    }
    if (kind === 'register') return cast(this.field(bits!, span), 'u8', span);
    if (!signed) {
      const value = this.field(bits!, span);
      return width === 8 && high !== 31 ? cast(cast(value, 'u8', span), 'u64', span) : cast(value, 'u64', span);
    }
    let value = cast(name(this.own('word'), span), 'i32', span);
    if (high < 31) value = binary('<<', value, integer(31 - high, span), span);
    if (32 - width > 0) value = binary('>>', value, integer(high === 31 ? low : 32 - width, span), span);
    if (kind !== 'relative') return cast(value, 'i64', span);
    const offset = binary('<<', cast(value, 'addr', span), integer(2, span), span);
    return this.advanced({ ...this.pc, span }, offset);
  }
}

/** Where a field is that fills one byte of the word, or two that can be read at once. */
function bytesOf({ bits, width, signed }: Operand): { offset: number; of: string } | null {
  const { low } = bits!;
  if ((width !== 8 && width !== 16) || low % width !== 0) return null;
  return { offset: low / 8, of: `${signed ? 'i' : 'u'}${width}` };
}

/** The codes that begin with the same bytes. */
interface Codes {
  next: Map<number, Codes>;
  row: Row | null;
}

class ByteExpansion extends Expansion {
  private readonly code: Expr;

  constructor(node: OpcodesNode, statement: Execute, pc: Expr, arms: Map<string, Block>) {
    super(node, statement, pc, arms);
    this.code = statement.args[0]!;
  }

  block(): Stmt {
    const { span, pc, code } = this;
    const root: Codes = { next: new Map(), row: null };
    for (const row of this.set.rows) {
      let at = root;
      for (const byte of row.code) {
        if (!at.next.has(byte)) at.next.set(byte, { next: new Map(), row: null });
        at = at.next.get(byte)!;
      }
      at.row = row;
    }
    const slice: TypeNode = { kind: 'slice', of: type('u8', code.span), span: code.span };
    const isPast = binary('>=', this.start(span), this.length(span), span);
    const statements = [
      letIs(this.own('code'), slice, code, code.span),
      letIs(this.own('place'), type('u64', pc.span), pc, pc.span),
      choose(isPast, this.arm('truncated'), [this.choice(root, 0)], span),
    ];
    return { kind: 'block', block: { statements, span }, span };
  }

  private start(span: Span): Expr {
    return name(this.own('place'), span);
  }

  private length(span: Span): Expr {
    return { kind: 'member', object: name(this.own('code'), span), name: { text: 'len', span } satisfies Name, span };
  }

  /** Bytes from the start of the instruction to the end of the code. */
  private left(span: Span): Expr {
    return binary('-', this.length(span), this.start(span), span);
  }

  /** Byte `offset` of the instruction, which is there. */
  private byte(offset: number, span: Span): Expr {
    const at = offset === 0 ? this.start(span) : binary('+', this.start(span), integer(offset, span), span);
    return { kind: 'index', object: name(this.own('code'), span), index: at, isWithin: true, span };
  }

  /** The match over byte `offset` of the code, which is there. */
  private choice(codes: Codes, offset: number): Stmt {
    const { span } = this;
    const arms = [...codes.next].map(([byte, below]) => {
      if (below.row) return armOf([byte], this.row(below.row), below.row.span);
      return armOf([byte], this.within(offset + 2, [this.choice(below, offset + 1)], span), span);
    });
    const illegal = this.illegal([...codes.next.keys()]);
    if (illegal) arms.push(illegal);
    return matchOf(this.byte(offset, span), arms, span);
  }

  /** The statements if so many bytes are there, else what is done if they are not. */
  private within(count: number, statements: Stmt[], span: Span): Stmt[] {
    if (count === 1) return statements;
    return [choose(binary('<', this.left(span), integer(count, span), span), this.arm('truncated'), statements, span)];
  }

  private row(row: Row): Stmt[] {
    const { span } = row;
    const data = row.operands.find(({ kind }) => kind === 'bytes');
    const statements: Stmt[] = [];
    const end = binary('+', this.start(span), integer(row.length, span), span);
    const size = this.own('length', row.mnemonic);
    const after = data ? binary('+', end, name(size, span), span) : end;
    statements.push(assign({ ...this.pc, span: this.pc.span }, after, this.pc.span));
    let offset = row.code.length;
    for (const operand of row.operands) {
      statements.push(...this.operand(operand, row, offset));
      offset += operand.bytes;
    }
    statements.push(this.semantics(row));
    if (!data) return this.within(row.length, statements, span);
    // Where the data ends is known when its length is read.
    const room = binary('-', this.left(span), integer(row.length, span), span);
    const isShort = binary('<', room, name(size, span), span);
    return this.within(row.length, [
      letIs(size, null, this.raw(data, row.length - 2, span), span),
      choose(isShort, this.arm('truncated'), statements, span),
    ], span);
  }

  /** The bytes of an operand as a `u64`. */
  private raw({ bytes, bigEndian }: Operand, offset: number, span: Span): Expr {
    let value: Expr | null = null;
    for (let i = 0; i < bytes; i++) {
      const byte = cast(this.byte(offset + i, span), 'u64', span);
      const up = 8 * (bigEndian ? bytes - 1 - i : i);
      const part = up === 0 ? byte : binary('<<', byte, integer(up, span), span);
      value = value ? binary('|', value, part, span) : part;
    }
    return value!;
  }

  private operand(operand: Operand, row: Row, offset: number): Stmt[] {
    const { span } = row;
    const { kind, width } = operand;
    const variable = this.own(operand.name, row.mnemonic);
    const raw = this.raw(operand, offset, span);
    const one = (value: Expr) => [letIs(variable, null, value, span)];
    switch (kind) {
      case 'register': return one(this.byte(offset, span));
      case 'relative': {
        const distance = cast(signed(raw, width, span), 'u64', span);
        return one(binary('+', { ...this.pc, span }, distance, span));
      }
      case 'bytes': {
        const from = binary('+', this.start(span), integer(row.length, span), span);
        return one({ kind: 'slice', object: name(this.own('code'), span), from, to: { ...this.pc, span }, span });
      }
      case 'float': {
        const bits = `${variable} in bits`;
        const number = width === 32 ? 'u32' : 'u64';
        const place: Expr = { kind: 'unary', op: '&', operand: name(bits, span), span };
        const pointer = cast(place, pointerTo(`f${width}`, span), span);
        return [
          letIs(bits, null, cast(raw, number, span), span, true),
          letIs(variable, null, { kind: 'deref', object: pointer, span }, span),
        ];
      }
      default: return one(operand.signed ? signed(raw, width, span) : raw);
    }
  }
}
