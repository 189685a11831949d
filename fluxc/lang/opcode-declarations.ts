/**
 * What an `opcodes` heading declares besides its set: an enumeration of its instructions, and a table of facts by which a
 * verifier, a tracer or a loader written in Flux knows what each code is without a second description.
 */
import { CAPABILITIES } from '../base/capabilities.ts';
import type { Span } from '../base/source.ts';
import { codeKey, codeLength, factsName, FLOWS, type InstructionSet, type Row } from '../isa/instruction-set.ts';
import type { Decl, Expr, Name, TypeNode } from './ast.ts';
import type { DeclarationContext } from './declaration-context.ts';

/** The unit that the heading says behind its colon; null, reported, if it is none. */
export function opcodeUnit(context: DeclarationContext, name: Name, base: TypeNode): 4 | 1 | null {
  const text = base.kind === 'named' && !base.module ? base.name.text : '';
  if (text === 'u32') return 4;
  if (text === 'u8') return 1;
  context.diagnostics.report('FX1000', base.span, context.text(base.span), name.text, name.text);
  return null;
}

/**
 * `enum Set` with a member for each instruction, `const SET_FACTS: [256]u64` by the first byte of the code, and
 * `const SET_FUSED: [N]u64` with the fused sequences: from the lowest byte on their code, their length, and the codes of the rows.
 */
export function declareFacts(context: DeclarationContext, set: InstructionSet, isPublic: boolean): void {
  const { span } = set;
  context.add({
    kind: 'enum', name: { text: set.name, span }, isPublic, span, base: named(codeLength(set) === 1 ? 'u8' : 'u32', span),
    members: set.rows.map((row) => ({
      name: { text: row.mnemonic, span: row.mnemonicSpan },
      value: { kind: 'int', low: codeKey(row.code) | 0, high: 0, span: row.codeSpan },
    })),
  });
  const facts = factsOf(set);
  const items = facts.map((value): Expr => ({
    kind: 'int', low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), span,
  }));
  context.add(table(factsName(set.name), 'u64', items, span, isPublic));
  if (set.fused.length === 0) return;
  const sequences = set.fused.map(({ rows, code }): Expr => {
    const [first, second, third = 0, fourth = 0] = rows.map((row) => row.code[0]!);
    return { kind: 'int', low: code | (rows.length << 8) | (first! << 16) | (second! << 24), high: third | (fourth << 8), span };
  });
  context.add(table(factsName(set.name, 'FUSED'), 'u64', sequences, span, isPublic));
}

/** A constant array. */
function table(text: string, of: string, items: Expr[], span: Span, isPublic: boolean): Decl {
  const count: Expr = { kind: 'int', low: items.length, high: 0, span };
  const type: TypeNode = { kind: 'array', count, of: named(of, span), span };
  return { kind: 'const', name: { text, span }, isPublic, span, type, value: { kind: 'array', items, span } };
}

function named(text: string, span: Span): TypeNode {
  return { kind: 'named', module: null, name: { text, span }, span };
}

/** The facts of every first byte; `docs/language.md` has the layout. */
export function factsOf(set: InstructionSet): bigint[] {
  const facts = new Array<bigint>(256).fill(0n);
  for (const row of set.rows) {
    const [first] = row.code;
    // Of codes with the same first byte only that there are any, and the shortest, can be said.
    facts[first!] = row.code.length === 1 ? factsOfRow(set, row) : 1n | 15n << 4n | 15n << 8n | BigInt(row.code.length) << 42n;
  }
  return facts;
}

const NOT_KNOWN = 15;

function factsOfRow(set: InstructionSet, row: Row): bigint {
  const field = (value: number, shift: number) => BigInt(value) << BigInt(shift);
  const takes = row.stack ? row.stack.takes ?? NOT_KNOWN : 0;
  const gives = row.stack ? row.stack.gives ?? NOT_KNOWN : 0;
  let facts = 1n | field(FLOWS.indexOf(row.flow), 1) | field(takes, 4) | field(gives, 8) | field(row.length & 63, 42);
  if (row.capability !== null) facts |= field(1 << CAPABILITIES.findIndex((known) => known === row.capability), 48);
  let offset = row.code.length;
  for (const operand of row.operands) {
    const at = operand.bits ? operand.bits.low / 8 : offset;
    offset += operand.bytes;
    const isByte = operand.width === 8 && (operand.bits === null || at % 1 === 0);
    const { limit } = operand;
    if (limit !== null && limit < 256 && isByte && at >= 1 && at <= 3) facts |= field(limit, 8 + 8 * at);
    if (operand.kind === 'relative' && set.unit === 4) facts |= field({ 8: 1, 16: 2, 24: 3 }[operand.bits!.low]!, 40);
  }
  return facts;
}
