/**
 * Names in the semantics of instructions: those of operands come before all others, whatever stands around the
 * `execute` that runs them.
 */
import type { InstructionSet, Row } from '../isa/instruction-set.ts';
import type { Span } from '../base/source.ts';
import type { Block, Expr, Name } from './ast.ts';
import type { DeclarationContext } from './declaration-context.ts';
import { list } from './entities.ts';

/** What is done at each place of a tree where a name counts. */
interface Visitor {
  /** a name that is a value or a place; what stands for it, or null to leave it */
  name(name: string, span: Span): Expr | null;
  declared?(name: Name): void;
  assigned?(name: string, span: Span): void;
}

type Tree = Record<string, unknown>;

/** A copy of a tree with names replaced; nothing of the tree itself changes. */
function rewrite(value: unknown, visitor: Visitor): unknown {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, visitor));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const node = value as Tree;
  switch (node['kind']) {
    case 'name': {
      const { name, span } = node as Extract<Expr, { kind: 'name' }>;
      return visitor.name(name, span) ?? node;
    }
    case 'assign': {
      const target = node['target'] as Expr;
      if (target.kind === 'name') visitor.assigned?.(target.name, target.span);
      break;
    }
    case 'let': case 'forRange': case 'forEach':
      visitor.declared?.(node['name'] as Name);
      if (node['index']) visitor.declared?.(node['index'] as Name);
      break;
  }
  const copy: Tree = {};
  for (const key of Object.keys(node)) copy[key] = key === 'span' ? node[key] : rewrite(node[key], visitor);
  return copy;
}

/** The semantics with every operand replaced by what `replacement` gives. */
export function withOperands(body: Block, replacement: (name: string, span: Span) => Expr | null): Block {
  return rewrite(body, { name: replacement }) as Block;
}

/** Where the semantics assign to a variable of this name, first. */
export function assignmentTo(body: Block, variable: string): Span | null {
  let found: Span | null = null;
  rewrite(body, {
    name: () => null,
    assigned(name, span) {
      if (name === variable) found ??= span;
    },
  });
  return found;
}

/** Reports operands that the row does not have, that it does not use, and that cannot be changed or declared. */
export function checkSemantics(context: DeclarationContext, set: InstructionSet, row: Row, body: Block): void {
  const used = new Set<string>();
  const own = new Map(row.operands.map((operand) => [operand.name, operand]));
  const files = new Set([...set.operands.values()].map(({ file }) => file));
  rewrite(body, {
    name(name, span) {
      if (own.has(name)) used.add(name);
      else if (set.operands.has(name)) {
        const names = own.size > 0 ? list([...own.keys()]) : 'none';
        context.diagnostics.report('FX1040', span, row.mnemonic, name, names);
      }
      return null;
    },
    declared(name) {
      if (set.operands.has(name.text) || files.has(name.text)) context.diagnostics.report('FX1042', name.span, name.text);
    },
    assigned(name, span) {
      const operand = own.get(name);
      if (operand && operand.kind !== 'register') context.diagnostics.report('FX1043', span, name);
    },
  });
  const isBroken = body.statements.some(({ kind }) => kind === 'bad');
  for (const { name } of row.operands) {
    if (!used.has(name) && !isBroken) context.diagnostics.report('FX1041', row.semantics!.span, row.mnemonic, name, name);
  }
}
