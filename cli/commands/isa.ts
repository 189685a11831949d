/** `fluxos isa …`: the instruction sets that there are, how they collide, and programs of one as programs of another. */
import { writeFileSync } from 'node:fs';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { type Authority, codeText, type KnownSet, rowText } from '../../fluxc/isa/authority/authority.ts';
import { compareSets } from '../../fluxc/isa/authority/compare.ts';
import { findConflicts } from '../../fluxc/isa/authority/conflicts.ts';
import { planMigration } from '../../fluxc/isa/authority/migrate.ts';
import { negotiate } from '../../fluxc/isa/authority/negotiate.ts';
import { hex, type Translation, translate } from '../../fluxc/isa/authority/translate.ts';
import { type Container, FAULT_TEXTS, readContainer, setNamed, writeContainer } from '../../fluxc/isa/container.ts';
import type { Row } from '../../fluxc/isa/instruction-set.ts';
import { oneOf } from '../../fluxc/lang/entities.ts';
import { readAuthority } from '../../fluxc/lang/read-authority.ts';
import { hostOf } from '../compiler-host.ts';
import { HOME } from '../host.ts';
import { LIBRARY } from '../library.ts';
import { failure, type Output } from '../output.ts';
import { reasonOf } from '../project.ts';
import { ASSEMBLY_SUFFIX, readBytes, readProgram } from '../vm/programs.ts';

const DONE = 0;
const FAILED = 1;

function authority(): Authority {
  return readAuthority(hostOf([HOME]), LIBRARY);
}

function complain(output: Output, ...report: Parameters<typeof failure>): number {
  output.diagnostics(failure(...report), new Sources());
  return FAILED;
}

/** The sets of these names; null, reported, if one is not there. */
function find(known: Authority, names: readonly string[], output: Output): KnownSet[] | null {
  const sets = names.map((name) => known.sets.find((set) => set.name === name));
  names.forEach((name, index) => {
    if (!sets[index]) complain(output, 'FX1060', name, oneOf(name, known.sets.map((set) => set.name), 'it knows'));
  });
  return sets.every((set) => set !== undefined) ? sets : null;
}

/** Lines with their columns below each other. */
function table(output: Output, head: string[], rows: string[][]): void {
  const lines = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  for (const line of lines) output.line(line.map((cell, i) => cell.padEnd(widths[i]!)).join('  ').trimEnd());
}

// ---- list, show ----

export function listCommand(output: Output): number {
  const rows = authority().sets.map(({ name, version, set, knowsOperands, isOurs, document }) => ({
    set: name, version, made_of: set.unit === 4 ? 'words' : 'bytes', instructions: set.rows.length,
    operands: knowsOperands, origin: isOurs ? 'fluxos' : 'reference', document,
  }));
  output.json({ sets: rows });
  table(output, ['set', 'version', 'made of', 'instructions', 'operands', 'origin', 'document'], rows.map((row) => [
    row.set, row.version ?? '-', row.made_of, String(row.instructions), row.operands ? 'known' : 'unknown', row.origin, row.document,
  ]));
  return DONE;
}

export function showCommand(name: string, instruction: string | undefined, output: Output): number {
  const sets = find(authority(), [name], output);
  if (!sets) return FAILED;
  const [{ set, version, knowsOperands, document }] = sets as [KnownSet];
  const wanted = instruction?.toUpperCase();
  const rows = set.rows.filter((row) => wanted === undefined || row.mnemonic.toUpperCase() === wanted || codeText(row).toUpperCase() === wanted);
  if (rows.length === 0) return complain(output, 'FX1063', name, instruction!, oneOf(instruction!, set.rows.map(({ mnemonic }) => mnemonic)));
  output.json({ set: name, version, document, operands_known: knowsOperands, instructions: rows.map((row) => rowJson(row)) });
  table(output, ['code', 'instruction', 'stack', 'flow', 'meaning'], rows.map((row) => [
    codeText(row), knowsOperands ? rowText(row) : `${row.mnemonic} …`, row.stack?.text ?? '', row.flow === 'next' ? '' : row.flow,
    row.meaning,
  ]));
  return DONE;
}

function rowJson(row: Row) {
  return {
    code: codeText(row), mnemonic: row.mnemonic, length: row.length, flow: row.flow, stack: row.stack?.text ?? null,
    capability: row.capability, semantics: row.semantics?.text ?? null, meaning: row.meaning,
    operands: row.operands.map(({ name, kind, width, signed, bits, bytes, limit }) => ({ name, kind, width, signed, bits, bytes, limit })),
  };
}

// ---- conflicts, compare ----

export interface ConflictOptions {
  aliases: boolean;
  all?: boolean;
}

export function conflictsCommand(names: string[], output: Output, options: ConflictOptions): number {
  const known = authority();
  const sets = names.length > 0 ? find(known, names, output) : known.sets.filter(({ isOurs }) => options.all || !isOurs);
  if (!sets) return FAILED;
  if (sets.length < 2) return complain(output, 'FX1066', 'a collision');
  const { numbers, names: byName, shapes, pairs, agreed } = findConflicts(sets, options.aliases ? known.aliases : null);
  output.json({
    sets: sets.map(({ name }) => name),
    numbers: numbers.map(({ code, meanings }) => ({ code, meanings: Object.fromEntries(meanings) })),
    names: byName.map(({ name, numbers: codes, spellings }) => ({
      name, numbers: Object.fromEntries(codes), spellings, reason: spellings.length > 1 ? known.reasons.get(name) ?? null : null,
    })),
    shapes: shapes.map(({ name, shapes: operands }) => ({ name, shapes: Object.fromEntries(operands) })),
    pairs, agreed,
  });
  const list = (values: Map<string, string>) => [...values].map(([set, value]) => `${set} ${value}`).join(', ');
  output.line(`${numbers.length} numbers with several meanings`);
  for (const { code, meanings } of numbers) output.line(`  ${hexCode(code)}  ${list(meanings)}`);
  output.line(`\n${byName.length} names with several numbers`);
  for (const { name, numbers: codes, spellings } of byName) {
    const reason = spellings.length > 1 ? `  (${spellings.join(', ')}: ${known.reasons.get(name) ?? ''})` : '';
    output.line(`  ${name}  ${list(new Map([...codes].map(([set, code]) => [set, hexCode(code)])))}${reason}`);
  }
  output.line(`\n${shapes.length} names with several shapes of operands`);
  for (const { name, shapes: operands } of shapes) {
    output.line(`  ${name}  ${[...operands].map(([set, shape]) => `${set} (${shape})`).join(', ')}`);
  }
  output.line('\npairs: numbers that both have, and those that mean something else');
  table(output, ['  ', '', 'both', 'differ'], pairs.map(({ a, b, shared, differing }) => [`  ${a}`, b, String(shared), String(differing)]));
  return DONE;
}

function hexCode(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(2, '0')}`;
}

export function compareCommand(first: string, second: string, output: Output, options: { aliases: boolean }): number {
  const known = authority();
  const sets = find(known, [first, second], output);
  if (!sets) return FAILED;
  const { rows, counts } = compareSets(sets[0]!, sets[1]!, options.aliases ? known.aliases : null);
  const text = (set: KnownSet, row: Row | null) => (row ? `${codeText(row)} ${set.knowsOperands ? rowText(row) : row.mnemonic}` : '-');
  output.json({
    a: first, b: second, counts: Object.fromEntries(counts),
    rows: rows.map(({ name, a, b, agreement, takenBy }) => ({ name, agreement, a: a && rowJson(a), b: b && rowJson(b), taken_by: takenBy })),
  });
  table(output, [first, second, 'agreement'], rows.map(({ a, b, agreement, takenBy }) => [
    text(sets[0]!, a), text(sets[1]!, b), takenBy ? `${agreement}; the number is ${takenBy} there` : agreement,
  ]));
  output.line('');
  output.line([...counts].map(([agreement, count]) => `${agreement}: ${count}`).join(', '));
  return DONE;
}

// ---- negotiate ----

export function negotiateCommand(names: string[], output: Output): number {
  const known = authority();
  const sets = find(known, names, output);
  if (!sets) return FAILED;
  if (sets.length < 2) return complain(output, 'FX1066', 'a negotiation');
  const result = negotiate(sets, known);
  const { verdict, common, version, score, agreed, byNameOnly, translatable, limits } = result;
  output.json({ sets: names, verdict, common, version, score, agreed, by_name_only: byNameOnly, translatable, limits });
  output.line(`verdict: ${verdict}${common ? `: programs of ${common} run on all` : ''}`);
  output.line(`version: ${version ?? 'none in common'}`);
  output.line(`score:   ${score.toFixed(3)}, ${agreed.length} instructions are encoded alike by all`);
  const some = (title: string, list: string[]) => {
    if (list.length > 0) output.line(`${title} (${list.length}): ${list.join('; ')}`);
  };
  some('alike', agreed);
  some('by name only', byNameOnly);
  some('meanings that can be translated', translatable);
  if (limits.length > 0) output.line('limits:');
  for (const { set, text } of limits) output.line(`  ${set}: ${text}`);
  return DONE;
}

// ---- translate, migrate ----

interface Program {
  code: Uint8Array;
  /** null: the file is code alone */
  container: Container | null;
}

export function translateCommand(names: [string, string], path: string, output: Output, options: { output?: string }): number {
  const work = open(names, path, output);
  if (!work) return FAILED;
  const { known, from, to, program } = work;
  const translation = translate(from, to, program.code, known);
  output.json({
    from: from.name, to: to.name, bytes: translation.code?.length ?? null,
    code: translation.code ? bytesText(translation.code) : null, differences: translation.differences,
    instructions: translation.instructions.map(({ offset, newOffset, text, newText, equivalence }) => ({
      offset, new_offset: newOffset, from: text, to: newText, meaning: equivalence.meaning,
    })),
    problems: translation.problems,
  });
  if (!translation.code) return refuse(path, translation, output);
  table(output, ['offset', from.name, 'offset', to.name, 'meaning'], translation.instructions.map((one) => [
    hex(one.offset), one.text, hex(one.newOffset), one.newText, one.equivalence.meaning,
  ]));
  sayDifferences(translation, output);
  if (options.output !== undefined) return write(path, program, translation, to, options.output, output);
  output.line(`\n${bytesText(translation.code)}`);
  return DONE;
}

export function migrateCommand(
  names: [string, string], path: string, output: Output, options: { output?: string; plan?: boolean },
): number {
  const work = open(names, path, output);
  if (!work) return FAILED;
  const { known, from, to, program } = work;
  const { plan, translation } = planMigration(from, to, program.code, known);
  output.json({
    from: from.name, to: to.name, plan, differences: translation.differences, problems: translation.problems,
    bytes: { before: program.code.length, after: translation.code?.length ?? null },
  });
  table(output, ['step', 'times', from.name, to.name, ''], plan.map(({ step, count, from: old, to: row, detail }) => [
    step, String(count), old, row ?? '-', step === 'unsupported' ? '' : detail,
  ]));
  sayDifferences(translation, output);
  if (!translation.code) return refuse(path, translation, output);
  return options.plan ? DONE : write(path, program, translation, to, options.output!, output);
}

function open(names: [string, string], path: string, output: Output) {
  const known = authority();
  const sets = find(known, names, output);
  if (!sets) return null;
  const [from, to] = sets as [KnownSet, KnownSet];
  const container = path.endsWith(ASSEMBLY_SUFFIX) ? readProgram(path, output, new Diagnostics(), new Sources())?.container : readFile(path, output);
  if (!container) return null;
  if (container instanceof Uint8Array) return { known, from, to, program: { code: container, container: null } };
  const profile = setNamed(container.set)!.profiles[container.profile];
  if (container.set !== from.name || profile === 'json') {
    complain(output, 'FX1062', path, profile ? `${container.set}, profile ${profile}` : container.set, from.name);
    return null;
  }
  return { known, from, to, program: { code: container.code, container } };
}

/** The container that a file is, or the code; null, reported, if it cannot be read. */
function readFile(path: string, output: Output): Container | Uint8Array | null {
  const file = readBytes(path, output);
  if (!file) return null;
  const read = readContainer(file);
  if (read.fault === 'none') return read.container;
  if (read.fault === 'magic') return file;
  complain(output, 'FX1065', path, FAULT_TEXTS[read.fault]);
  return null;
}

/** Says what is in the way, each with its place. */
function refuse(path: string, { problems }: Translation, output: Output): number {
  for (const { offset, instruction, reason } of problems) complain(output, 'FX1061', path, hex(offset), instruction, reason);
  return FAILED;
}

function sayDifferences({ differences }: Translation, output: Output): void {
  if (differences.length > 0) output.line('\nwhat is not quite the same:');
  for (const text of differences) output.line(`  ${text}`);
}

/** Writes a container where the program was one and the set has one, else the code alone. */
function write(path: string, program: Program, translation: Translation, to: KnownSet, target: string, output: Output): number {
  const { container } = program;
  const { offsets } = translation;
  const code = translation.code!;
  const set = setNamed(to.name);
  let file = code;
  if (container && set) {
    const map = container.map && {
      ...container.map,
      symbols: container.map.symbols.map(({ name, offset }) => ({ name, offset: offsets.get(offset)! })),
      lines: container.map.lines.map(({ line, offset }) => ({ line, offset: offsets.get(offset)! })),
    };
    const profile = Math.max(0, set.profiles.findIndex((name) => name === 'golden'));
    file = writeContainer({ ...container, set: set.name, profile, entry: offsets.get(container.entry)!, code, map });
  } else if (container) {
    const lost = container.regions.length > 0 ? 'it has regions' : container.peers.length > 0 ? 'it has peers'
      : container.entry !== 0 ? 'it does not start with its first instruction' : null;
    if (lost) return complain(output, 'FX1064', path, to.name, lost);
  }
  try {
    writeFileSync(target, file);
  } catch (error) {
    return complain(output, 'FX0805', target, reasonOf(error));
  }
  output.json({ path: target });
  output.line(`${target}: ${file.length} bytes`);
  return DONE;
}

function bytesText(code: Uint8Array): string {
  return [...code].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ');
}
