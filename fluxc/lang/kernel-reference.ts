/**
 * The generated parts of `docs/kernel.md`: the tables of the kernel's documents, as they stand there, and the table of
 * the system calls as agents see it.
 *
 * A part is enclosed by `<!-- generated: path, what -->` and `<!-- end -->`. `what` is the heading of a declaration
 * (`enum Kind: u8`), `const NAME` for the table of constants that has that name, or `syscalls`.
 */
import { Sources } from '../base/source.ts';
import { Diagnostics } from '../diagnostics/diagnostic.ts';
import { readDocument, type Section } from '../document/document.ts';
import type { Source, Span } from '../base/source.ts';
import type { SystemCall } from './ast.ts';
import { isDeclarationKeyword } from './declarations.ts';
import type { Host } from './host.ts';
import { parseModule } from './parser.ts';

/** The page with every generated part made anew. Throws if a part names what is not there. */
export function withKernelReference(page: string, host: Host): string {
  return page.replace(/(<!-- generated: (\S+), (.+?) -->\n)[\s\S]*?(<!-- end -->)/g, (_, start, path, what, end) => {
    const text = host.read(path);
    if (text === null) throw new Error(`docs/kernel.md: there is no ${path}`);
    const source = new Sources().add(path, text);
    return `${start}\n${what === 'syscalls' ? systemCallTable(source, host) : tableOf(source, what)}\n\n${end}`;
  });
}

/** The lines of a declaration's table. */
function tableOf(source: Source, what: string): string {
  const { sections } = readDocument(source, isDeclarationKeyword, new Diagnostics());
  const section = sections.find((candidate) => isMeant(source, candidate, what));
  const table = section?.tables[0];
  if (!table) throw new Error(`docs/kernel.md: ${source.path} has no \`${what}\``);
  const last = table.rows[table.rows.length - 1] ?? table.head;
  return textOf(source, { start: table.head.span.start, end: last.span.end });
}

function isMeant(source: Source, section: Section, what: string): boolean {
  if (!section.heading) return false;
  const heading = textOf(source, section.heading.span);
  if (heading === what) return true;
  if (heading !== 'const' || !what.startsWith('const ')) return false;
  const name = `\`${what.slice('const '.length)}\``;
  return section.tables.some(({ rows }) => rows.some(({ cells }) => textOf(source, cells[0]!) === name));
}

function textOf(source: Source, { start, end }: Span): string {
  return source.text.slice(start - source.base, end - source.base);
}

/** Number, how an agent writes the call, what it needs, and the meaning. */
function systemCallTable(source: Source, host: Host): string {
  const { systemCalls } = parseModule(source, new Diagnostics(), host);
  const rows = systemCalls.map((call) => `| ${call.number} | \`${signature(call)}\` | ${needs(call)} | ${call.meaning} |`);
  return ['| number | call | needs | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function signature(call: SystemCall): string {
  const params = call.arguments.map(({ name, type }) => `${name.text}: ${type}`).join(', ');
  return `${call.name.text.toLowerCase()}(${params})${call.result === 'never' ? '' : `: !${call.result}`}`;
}

/** The capability, and what each handle must be. */
function needs({ capability, handles }: SystemCall): string {
  const handle = handles.map(({ name, objects, rights, isOptional }) => {
    const kinds = objects.map(({ text }) => text).join(' or ');
    const allowed = rights.map(({ text }) => ` \`${text}\``).join('');
    return `\`${name.text}\`: ${kinds}${isOptional ? ' or 0' : ''}${allowed}`;
  });
  return [...(capability ? [`\`${capability.text}\``] : []), ...handle].join('; ');
}
