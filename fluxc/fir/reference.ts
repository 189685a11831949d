/**
 * The generated parts of `docs/fir.md`: Markdown tables made from the operation table, the typing rows and the names.
 */
import { ACCESS_BYTES, ACCESS_NAMES, COND_NAMES, Effect, OPS, SPACE_NAMES, TRAP_NAMES } from './ops.ts';
import { isValueType, TYPE_BYTES, TYPE_NAMES } from './types.ts';
import { TYPING } from './typing.ts';

const EFFECTS: readonly [Effect, string][] = [
  [Effect.Reads, 'reads'], [Effect.Writes, 'writes'], [Effect.Traps, 'traps'], [Effect.Terminates, 'ends its block'],
  [Effect.Pinned, 'pinned'],
];

/** One row an operation: name, types, effects, meaning. */
export function operationTable(): string {
  const rows = OPS.map((row, op) => {
    const typing = TYPING[op]!;
    const effects = EFFECTS.filter(([effect]) => row.effect & effect).map(([, name]) => name);
    return [`\`${row.name}\``, types(typing.operands, typing.result, typing.T), effects.join(', '), row.meaning];
  });
  return table(['operation', 'types', 'effects', 'meaning'], rows);
}

function types(operands: readonly string[], result: string, variable: string): string {
  if (operands.length === 0 && result === '') return '';
  const arrow = result === '' ? '' : ` → ${result}`;
  return `${operands.join(', ')}${arrow}${variable ? ` (T: ${variable})` : ''}`.trim();
}

/** One row a type: name, bytes in memory, whether a value may have it. */
export function typeTable(): string {
  return table(['type', 'bytes in memory', 'values'], TYPE_NAMES.map((name, type) =>
    [`\`${name}\``, TYPE_BYTES[type] ? String(TYPE_BYTES[type]) : '', isValueType(type) ? 'yes' : '']));
}

/** One row an access of `load` and `store`. */
export function accessTable(): string {
  return table(['access', 'bytes'], ACCESS_NAMES.map((name, access) => [`\`${name}\``, String(ACCESS_BYTES[access])]));
}

/** One row a trap code. */
export function trapTable(): string {
  return table(['code', 'name'], TRAP_NAMES.map((name, code) => [String(code), `\`${name}\``]).slice(1));
}

/** The conditions of `icmp` and the register spaces, each as a list in one line. */
export function conditionList(): string {
  return COND_NAMES.map((name) => `\`${name}\``).join(' ');
}

export function spaceList(): string {
  return SPACE_NAMES.map((name) => `\`${name}\``).join(' ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Each generated part by the name that `<!-- generated: name -->` and `<!-- end -->` enclose it with. */
export const REFERENCE: Readonly<Record<string, () => string>> = {
  types: typeTable,
  operations: operationTable,
  accesses: accessTable,
  traps: trapTable,
  conditions: conditionList,
  spaces: spaceList,
};

/** `text` with every generated part made anew. */
export function withReference(text: string): string {
  let out = text;
  for (const name of Object.keys(REFERENCE)) {
    const start = `<!-- generated: ${name} -->\n`;
    const from = out.indexOf(start);
    if (from < 0) continue;
    const content = from + start.length;
    const to = out.indexOf('<!-- end -->', content);
    if (to >= 0) out = `${out.slice(0, content)}\n${REFERENCE[name]!()}\n\n${out.slice(to)}`;
  }
  return out;
}
