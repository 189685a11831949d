/**
 * Reads the authority: the tables of `vm/authority.flux.md`, and the instruction sets in the documents that it names.
 *
 * The document is part of fluxos, so what is wrong in it is a mistake of fluxos and thrown, not reported; a test reads it.
 */
import { type Source, Sources, type Span } from '../base/source.ts';
import { Diagnostics } from '../diagnostics/diagnostic.ts';
import { readDocument, type Section } from '../document/document.ts';
import { inlineCode } from '../document/text.ts';
import type { Authority, Equivalence, Form, KnownSet } from '../isa/authority/authority.ts';
import type { InstructionSet } from '../isa/instruction-set.ts';
import { isDeclarationKeyword } from './declarations.ts';
import { Documents } from './documents.ts';
import type { Host } from './host.ts';
import type { Library } from './library.ts';

export const AUTHORITY = 'vm/authority.flux.md';
/** Columns for the reader, marks and all. */
const PROSE: readonly string[] = ['because', 'meaning', 'differs'];
/** Sets of the reference lie in this folder. */
const REFERENCE = 'vm/authority/';

export function readAuthority(host: Host, library?: Library): Authority {
  const text = host.read(AUTHORITY);
  if (text === null) throw new Error(`there is no ${AUTHORITY}`);
  const source = new Sources().add(AUTHORITY, text);
  const { sections } = readDocument(source, isDeclarationKeyword, new Diagnostics());
  const tables = new Map(sections.filter(({ heading }) => heading).map((section) => {
    return [textOf(source, section.heading!.span), rowsOf(source, section)] as const;
  }));
  const table = (name: string) => tables.get(name) ?? fail(`no table under \`${name}\``);
  const diagnostics = new Diagnostics();
  const documents = new Documents(host, new Sources(library?.sources), diagnostics, library);
  const sets = table('Sets').map((row) => knownSet(row, documents));
  const [wrong] = diagnostics.list;
  if (wrong) fail(wrong.message);
  const aliases = new Map<string, string>();
  const reasons = new Map<string, string>();
  for (const { names, because } of table('Aliases')) {
    const group = names!.split(/[ ,]+/).filter((name) => name !== '');
    for (const name of group) {
      if (aliases.has(name)) fail(`\`${name}\` is in two groups of aliases`);
      aliases.set(name, group[0]!);
    }
    reasons.set(group[0]!, because!);
  }
  const equivalences = ['Equivalences of registers', 'Equivalences of stacks'].flatMap((name) => readEquivalences(table(name), sets));
  return { sets, aliases, reasons, equivalences };
}

function fail(text: string): never {
  throw new Error(`${AUTHORITY}: ${text}`);
}

function textOf(source: Source, span: Span): string {
  const code = inlineCode(source, span, 'cell');
  return code.text.slice(code.from, code.to).trim();
}

/** The rows of a section's table, cells by the names of their columns. */
function rowsOf(source: Source, section: Section): Record<string, string>[] {
  const [table] = section.tables;
  if (!table) return [];
  const names = table.head.cells.map((cell) => textOf(source, cell));
  const prose = ({ start, end }: Span) => source.text.slice(start - source.base, end - source.base);
  return table.rows.map(({ cells }) => Object.fromEntries(cells.map((cell, index) => {
    const name = names[index]!;
    return [name, PROSE.includes(name) ? prose(cell) : textOf(source, cell)];
  })));
}

function knownSet(row: Record<string, string>, documents: Documents): KnownSet {
  const { set: name, document, heading, version, knows, registers, general } = row;
  const text = documents.read(document!);
  const set = text === null ? null : findSet(documents, document!, text, heading!);
  if (!set) fail(`\`${document}\` has no \`opcodes ${heading}\``);
  return {
    name: name!, document: document!, heading: heading!, version: version === '' ? null : version!,
    knowsOperands: knows === 'all', registers: registers === '' ? null : registers!, general: numbersOf(general!),
    isOurs: !document!.startsWith(REFERENCE), set,
  };
}

function findSet(documents: Documents, path: string, text: string, heading: string): InstructionSet | null {
  return documents.parse(path, text).node.instructionSets.find(({ set }) => set.name === heading)?.set ?? null;
}

/** `16..55, 8..15`, both ends included. */
function numbersOf(text: string): number[] {
  return text.split(',').filter((part) => part.trim() !== '').flatMap((part) => {
    const [from, to] = part.split('..').map(Number) as [number, number | undefined];
    return Array.from({ length: (to ?? from) - from + 1 }, (_, index) => from + index);
  });
}

function readEquivalences(rows: Record<string, string>[], sets: readonly KnownSet[]): Equivalence[] {
  const taken = new Set<string>();
  return rows.map((row) => {
    const forms = new Map<string, Form>();
    for (const known of sets) {
      const cell = row[known.name];
      if (!cell) continue;
      const form = readForm(cell, known);
      // Otherwise the way back from a translation could lead elsewhere.
      if (taken.has(`${known.name} ${form.mnemonic}`)) fail(`\`${form.mnemonic}\` of ${known.name} has two meanings`);
      taken.add(`${known.name} ${form.mnemonic}`);
      forms.set(known.name, form);
    }
    const letters = [...forms.values()].map(({ operands }) => operands.filter((part) => typeof part === 'string').sort().join(' '));
    if (new Set(letters).size > 1) fail(`the operands of \`${row['meaning']}\` are not the same everywhere`);
    return { meaning: row['meaning']!, forms, differs: row['differs']! };
  });
}

/** `IADD d a b`, `JMP 0 t`. */
function readForm(cell: string, known: KnownSet): Form {
  const [mnemonic, ...parts] = cell.split(/\s+/) as [string, ...string[]];
  const row = known.set.byMnemonic.get(mnemonic) ?? fail(`${known.name} has no \`${mnemonic}\``);
  if (row.operands.length !== parts.length) fail(`\`${mnemonic}\` of ${known.name} has ${row.operands.length} operands`);
  return { mnemonic, operands: parts.map((part) => (/^\d+$/.test(part) ? BigInt(part) : part)) };
}
