/**
 * `execute`: reads the instruction at `pc` and does what its row says.
 *
 * In: the statement and the set's semantics as syntax. Out: ordinary statements, a `match` over the code with an arm a
 * row, which are checked like any other (`execute-words.ts`, `execute-bytes.ts`). Each node has its place at the cell that
 * it was made from, so errors point at the row. The names that the expansion itself declares have blanks in them: no
 * document can use them.
 */
import type { Span } from '../base/source.ts';
import { isExecutable } from '../isa/instruction-set.ts';
import type { Block, OpcodesNode, Stmt } from './ast.ts';
import type { Checker } from './checker.ts';
import { list, oneOf } from './entities.ts';
import { ByteExpansion } from './execute-bytes.ts';
import type { Execute } from './execute-expansion.ts';
import { WordExpansion } from './execute-words.ts';
import { assignmentTo } from './opcode-semantics.ts';
import { type FluxType, isBad, nameOf, U32, U64, unify } from './types.ts';

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
  checkFlows(k, node, pc.name);
  return isWord ? new WordExpansion(node, statement, pc, arms).block() : new ByteExpansion(node, statement, pc, arms).block();
}

/** What a row says of the flow of control must not be less than what it does: verifiers go by it. */
function checkFlows(k: Checker, { set, semantics }: OpcodesNode, pc: string): void {
  for (const row of set.rows) {
    if (row.flow !== 'next' && row.flow !== 'stop') continue;
    const span = assignmentTo(semantics.get(row)!, pc);
    if (span) k.report('FX1044', span, row.mnemonic, pc, row.flow);
  }
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
