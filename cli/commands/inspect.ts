/** `fluxos inspect`: sections, symbols, size by document, machine code beside the lines it comes from. */
import { Sources } from '../../fluxc/base/source.ts';
import { mapOf, type ImageMap } from '../../fluxc/link/map.ts';
import type { LinkedSection, LinkedSymbol } from '../../fluxc/link/link.ts';
import type { Compilation } from '../../fluxc/compile.ts';
import { failure, type Output } from '../output.ts';
import { ALL_BOARDS, type Project } from '../project.ts';
import { compileProject, programSizes } from './build.ts';
import { crashCommand } from './crash.ts';
import { writePage } from './inspect-page.ts';

export interface InspectOptions {
  O: 0 | 1 | 2;
  symbols?: boolean;
  disassemble?: string | true;
  by?: string;
  /** write the page instead */
  html?: boolean;
  /** name what a crash in this log means instead */
  crash?: string;
  output?: string;
  run?: boolean;
}

export async function inspectCommand(project: Project, output: Output, options: InspectOptions): Promise<number> {
  if (project.board === ALL_BOARDS) {
    output.diagnostics(failure('FX0817', 'fluxos inspect'), new Sources());
    return 1;
  }
  const compiled = compileProject({ project, board: project.board, passes: { level: options.O } }, output);
  if (!compiled) return 1;
  if (options.crash !== undefined) return crashCommand(project, compiled, output, options.crash);
  if (options.html) return writePage(project, compiled, output, options);
  const { compilation, sources } = compiled;
  const map = mapOf(compilation.linked, compilation.programs, sources);
  const documents = sizeByDocument(map);
  if (options.disassemble !== undefined) return disassemble(compilation, sources, options.disassemble, output);
  output.json({ board: project.board, imageBytes: compilation.image.length, ...map, documents });
  output.line(`${project.name} for ${compilation.board.name}: ${compilation.image.length} bytes, entry ${hex(map.entry)}`);
  output.line();
  output.line('section        address        size     in file  rights');
  for (const { name, address, size, fileSize, permission } of map.sections) {
    output.line(`${name.padEnd(10)} ${hex(address).padStart(12)} ${cell(size)} ${cell(fileSize)}  ${permission}`);
  }
  const programs = programSizes(compilation);
  if (programs.length > 0) {
    output.line();
    output.line(`${'agent'.padEnd(13)} ${['code', 'constants', 'data', 'zeros'].map((title) => title.padStart(11)).join('')}`);
    for (const { name, code, constants, data, zeros } of programs) {
      output.line(`${name.padEnd(13)} ${[code, constants, data, zeros].map(cell).join('')}`);
    }
  }
  if (options.by !== 'section') {
    output.line();
    output.line('       bytes  document');
    for (const { document, size } of documents) output.line(`${cell(size)}  ${document}`);
  }
  if (options.symbols) {
    output.line();
    for (const [owner, { symbols }] of [['', map] as const, ...map.programs.map((program) => [program.name, program] as const)]) {
      output.line(`     address       bytes  symbol${owner && ` of agent ${owner}`}`);
      for (const { name, address, size, document, line } of symbols) {
        output.line(`${hex(address).padStart(12)} ${cell(size)}  ${name}${document ? `  (${document}:${line})` : ''}`);
      }
    }
  }
  return 0;
}

/** Bytes that occupy the image, by the document they come from, largest first. */
export function sizeByDocument(map: ImageMap): { document: string; size: number }[] {
  const sizes = new Map<string, number>();
  for (const { document, size, section } of map.symbols) {
    if (section === '.bss') continue;
    const name = document ?? '(made by the compiler)';
    sizes.set(name, (sizes.get(name) ?? 0) + size);
  }
  return [...sizes]
    .map(([document, size]) => ({ document, size }))
    .sort((a, b) => b.size - a.size || (a.document < b.document ? -1 : 1));
}

/**
 * The code of one function, or of all, each run of instructions below the line it was made from: the kernel's, and what
 * each agent's program has of it.
 */
function disassemble(
  { linked, programs, target }: Compilation, sources: Sources, wanted: string | true, output: Output,
): number {
  const images = [{ owner: '', image: linked }, ...programs.map((program) => ({ owner: program.name, image: program.linked }))];
  const functions = images.flatMap(({ owner, image }) => {
    const text = image.sections.find(({ name }) => name === '.text')!;
    return image.symbols.filter(({ section }) => section === '.text').map((symbol) => ({ owner, text, symbol }));
  });
  const chosen = functions.filter(({ symbol }) => wanted === true || symbol.name === wanted);
  if (chosen.length === 0) {
    const near = new Set(functions.map(({ symbol }) => symbol.name).filter((name) => name.endsWith(`.${wanted}`)));
    const hint = [...near].join(', ') || 'nothing; `fluxos inspect --symbols` lists all';
    output.diagnostics(failure('FX0810', String(wanted), hint), sources);
    return 1;
  }
  const listing = chosen.map(({ owner, text, symbol }) => {
    return { name: symbol.name, agent: owner, instructions: listingOf(text, symbol) };
  });
  output.json({ functions: listing });
  for (const { name, agent, instructions } of listing) {
    output.line(agent === '' ? `${name}:` : `${name} of agent ${agent}:`);
    let source = '';
    for (const { address, bytes, text: code, line } of instructions) {
      if (line !== source && line !== '') output.line(`  ; ${line}`);
      source = line || source;
      output.line(`  ${address.toString(16).padStart(8)}  ${bytes.padEnd(20)}  ${code}`);
    }
    output.line();
  }
  return 0;

  function listingOf(text: LinkedSection, symbol: LinkedSymbol): { address: number; bytes: string; text: string; line: string }[] {
    const rows = [];
    const start = symbol.address - text.address;
    for (let at = start; at < start + symbol.size; ) {
      const { length, text: code } = target.disassemble(text.bytes, at, text.address + at);
      const bytes = [...text.bytes.subarray(at, at + length)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      rows.push({ address: text.address + at, bytes, text: code, line: lineText(symbol, at - start) });
      at += length;
    }
    return rows;
  }

  /** `path:line  the line` where a row of the line table starts, else nothing. */
  function lineText(symbol: LinkedSymbol, offset: number): string {
    for (let i = 0; i < symbol.lines.length; i += 2) {
      if (symbol.lines[i] !== offset) continue;
      const place = sources.place(symbol.lines[i + 1]!);
      const source = place && sources.find(symbol.lines[i + 1]!);
      if (place && source) return `${place.path}:${place.line}  ${source.lineText(place.line - 1).trim()}`;
    }
    return '';
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function cell(value: number): string {
  return String(value).padStart(11);
}
