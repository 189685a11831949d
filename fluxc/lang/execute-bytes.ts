/**
 * `execute` for a set of bytes: a `match` over the first byte of the code, in its arms others over further bytes. An arm sees
 * first that the whole instruction is there, one test an instruction, and then reads its bytes unchecked.
 */
import type { Span } from '../base/source.ts';
import type { Operand, Row } from '../isa/instruction-set.ts';
import type { Block, Expr, Name, OpcodesNode, Stmt, TypeNode } from './ast.ts';
import { type Execute, Expansion } from './execute-expansion.ts';
import { armOf, assign, binary, cast, choose, integer, letIs, matchOf, name, pointerTo, type } from './syntax-pieces.ts';

/** The codes that begin with the same bytes. */
interface Codes {
  next: Map<number, Codes>;
  row: Row | null;
}

export class ByteExpansion extends Expansion {
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

/** The value of bits that stand at the top of an `i64`, brought down with their sign. */
function signed(value: Expr, width: number, span: Span): Expr {
  const narrow = { 8: 'i8', 16: 'i16', 32: 'i32' }[width];
  if (narrow) return cast(cast(value, narrow, span), 'i64', span);
  if (width === 64) return cast(value, 'i64', span);
  const up = binary('<<', cast(value, 'i64', span), integer(64 - width, span), span);
  return binary('>>', up, integer(64 - width, span), span);
}
