/**
 * `execute` for a set of words. What fills bytes of its own is read from memory, which is cheaper than cutting it out of the
 * word; for each fused sequence there is an arm that does its rows.
 *
 *     let code = (pc as addr as *u8).*;  pc = pc + 1 word
 *     match code { 0x10 => { let rd = ((pc as addr - 3) as *u8).*; …;  r[rd] = r[ra] + r[rb] }  …  illegal codes => … }
 */
import type { Span } from '../base/source.ts';
import type { Operand, Row } from '../isa/instruction-set.ts';
import type { Expr, MatchArm, Stmt } from './ast.ts';
import { Expansion } from './execute-expansion.ts';
import { armOf, assign, binary, cast, integer, letIs, matchOf, name, pointerTo } from './syntax-pieces.ts';

export class WordExpansion extends Expansion {
  block(): Stmt {
    const { span, set, pc } = this;
    const here = this.own('place');
    const code = this.own('code');
    const { isInBytes } = this;
    const read: Expr = { kind: 'deref', object: name(here, pc.span), span: pc.span };
    const swapped: Expr = { kind: 'call', callee: name('byte_swap', span), args: [{ name: null, value: read }], span };
    const statements = [
      letIs(here, pointerTo('u32', pc.span), pc, pc.span),
      isInBytes ? letIs(code, null, this.loaded('u8', name(here, pc.span), 0, span), span)
        : letIs(this.own('word'), null, set.bigEndian ? swapped : read, pc.span),
      assign(pc, this.advanced(name(here, pc.span), integer(4, span)), pc.span),
      matchOf(isInBytes ? name(code, span) : cast(this.field(set.opcode, span), 'u8', span), this.rows(), span),
    ];
    return { kind: 'block', block: { statements, span }, span };
  }

  private rows(): MatchArm[] {
    const { rows, fused } = this.set;
    const arms = rows.map((row) => armOf(row.code, this.row(row), row.span));
    for (const { rows: sequence, code } of fused) {
      const { span } = this.pc;
      const statements = sequence.flatMap((row, index): Stmt[] => {
        const block: Stmt = { kind: 'block', block: { statements: this.row(row), span: row.span }, span: row.span };
        return index === 0 ? [block] : [assign(this.pc, this.advanced(this.pc, integer(4, span)), span), block];
      });
      arms.push(armOf([code], statements, sequence[0]!.span));
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
