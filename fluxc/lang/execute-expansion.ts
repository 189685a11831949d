/** What the expansions of `execute` for sets of words and of bytes have in common. */
import type { Span } from '../base/source.ts';
import type { InstructionSet, Row } from '../isa/instruction-set.ts';
import type { Block, Expr, MatchArm, OpcodesNode, Stmt } from './ast.ts';
import { withOperands } from './opcode-semantics.ts';
import { armOf, name } from './syntax-pieces.ts';

export type Execute = Extract<Stmt, { kind: 'execute' }>;

export abstract class Expansion {
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
