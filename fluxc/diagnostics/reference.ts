/** The text of `docs/errors.md`, made from the catalogue: one section a code. */
import { CATALOGUE } from './catalogue.ts';
import type { Message } from './message.ts';

/** Titles of the pages' parts, by the first two digits of the codes. */
const PARTS: readonly (readonly [string, string])[] = [
  ['FX01', 'Documents and modules'],
  ['FX02', 'Flux code'],
  ['FX03', 'Names and types'],
  ['FX04', 'FIR'],
  ['FX05', 'Assembly'],
  ['FX06', 'Linking'],
  ['FX07', 'Boards and projects'],
  ['FX08', 'The command'],
  ['FX09', 'Agents'],
  ['FX10', 'Instruction sets'],
  ['FX11', 'Bytecode'],
];

export function errorReference(): string {
  const lines = [
    '# Errors', '',
    'Everything that fluxos reports has a code, which never changes its meaning. This page is made from the catalogue',
    'in `fluxc/diagnostics/`: `…` stands for what the message names.', '',
  ];
  const rows = Object.entries(CATALOGUE as Record<string, Message>).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [prefix, title] of PARTS) {
    const part = rows.filter(([code]) => code.startsWith(prefix));
    if (part.length === 0) continue;
    lines.push(`## ${title}`, '');
    for (const [code, row] of part) lines.push(...section(code, row));
  }
  return lines.join('\n').trimEnd() + '\n';
}

function section(code: string, row: Message): string[] {
  const lines = [`### ${code}`, '', `${row.severity === 'warning' ? 'Warning: ' : ''}${gaps(row.text)}.`, ''];
  if (row.hint !== null) lines.push(`Mend it: ${gaps(row.hint)}.`, '');
  const fence = row.example.includes('```') ? '````' : '```';
  lines.push(fence, row.example, fence, '');
  return lines;
}

function gaps(text: string): string {
  return text.replace(/\{\}/g, '…');
}
