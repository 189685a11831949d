/**
 * The page that `fluxos inspect --html` writes: what an image is made of, where it lies, how it boots.
 *
 * One file that needs nothing else and gives the same bytes for the same image. Everything that is drawn also stands in a
 * table; the script only sorts and searches what is there.
 */
import type { Sources } from '../../fluxc/base/source.ts';
import type { Compilation } from '../../fluxc/compile.ts';
import { PAGE } from '../../fluxc/link/layout.ts';
import type { BootSteps } from '../boot-steps.ts';
import { programSizes } from '../commands/build.ts';
import { count, escape, hex, percent } from './html.ts';
import { type ImagePart, imageParts } from './image-parts.ts';
import { SCRIPT, STYLE } from './look.ts';
import { type Rectangle, squarify } from './treemap.ts';

export interface PageContent {
  /** of the project */
  name: string;
  compilation: Compilation;
  sources: Sources;
  /** how it boots, or why that is not known */
  boot: BootSteps | string;
}

const WIDTH = 1200;
const HEIGHT = 640;
/** The least room of a label: about the width of a letter, and the height of a line. */
const LETTER = 6.2;
const LINE = 14;
const MADE = '(made by the compiler)';
const MEANINGS = {
  code: 'code', constants: 'constants', data: 'data', zeros: 'zeros, in memory only', lines: 'line tables, for panics', padding: 'headers and padding',
} as const;

export function imagePage({ name, compilation, sources, boot }: PageContent): string {
  const { board, image, linked } = compilation;
  const parts = imageParts(compilation, sources);
  const memory = linked.end - linked.start;
  const title = `${name} for ${board.name}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escape(title)}</h1>
<p>The image has ${count(image.length)} bytes and occupies ${count(memory)} bytes of memory, from ${hex(linked.start)} on. It starts at ${hex(linked.entry)}.</p>
<nav aria-label="Parts of this page"><a href="#file">File</a> <a href="#memory">Memory</a> <a href="#table">All parts</a> <a href="#map">Memory map</a> <a href="#boot">Boot</a></nav>
<main>
<h2 id="file">The file</h2>
${legend()}
${treemap('file', parts, image.length, `Treemap of the ${image.length} bytes of the image's file; the table of all parts says the same`)}
<h2 id="memory">In memory</h2>
${treemap('memory', parts, memory, `Treemap of the ${memory} bytes of memory that the image occupies; the table of all parts says the same`)}
<h2 id="table">All parts</h2>
<p><label>Search in names, documents and agents <input id="search" type="search"></label> <output id="found" for="search"></output></p>
${partsTable(parts, image.length, memory)}
<h2 id="map">Memory map</h2>
${memoryMap(compilation)}
<h2 id="boot">How it boots</h2>
${typeof boot === 'string' ? `<p>${escape(boot)}</p>` : bootTable(boot)}
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function legend(): string {
  const items = Object.entries(MEANINGS).map(([kind, meaning]) =>
    `<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="${kind}" width="10" height="10"></rect></svg> ${meaning}</li>`);
  return `<ul class="legend">${items.join('')}</ul>
<p class="faint">Thick frames are the kernel and the agents' programs in it, thin ones documents. Arrow keys go from part to part (left, right) and from document to document (up, down); Enter looks a part up in the table.</p>`;
}

type Measure = 'file' | 'memory';

interface Group<T> {
  name: string;
  size: number;
  members: T[];
}

/** Groups in descending order of size, and of names where these are the same. */
function grouped<T>(items: readonly T[], nameOf: (item: T) => string, sizeOf: (item: T) => number): Group<T>[] {
  const groups = new Map<string, Group<T>>();
  for (const item of items) {
    const name = nameOf(item);
    const group = groups.get(name) ?? { name, size: 0, members: [] };
    groups.set(name, group);
    group.size += sizeOf(item);
    group.members.push(item);
  }
  return sorted([...groups.values()], ({ size }) => size, ({ name }) => name);
}

function sorted<T>(items: readonly T[], sizeOf: (item: T) => number, nameOf: (item: T) => string): T[] {
  return [...items].sort((a, b) => sizeOf(b) - sizeOf(a) || (nameOf(a) < nameOf(b) ? -1 : 1));
}

function treemap(measure: Measure, parts: readonly ImagePart[], total: number, label: string): string {
  const sizeOf = (part: ImagePart) => part[measure];
  const there = parts.filter((part) => sizeOf(part) > 0);
  const owners = grouped(there, ({ owner }) => owner, sizeOf);
  const leaves: string[] = [];
  const frames: string[] = [];
  const labels: string[] = [];
  squarify(owners.map(({ size }) => size), { x: 0, y: 0, width: WIDTH, height: HEIGHT }).forEach((room, index) => {
    const owner = owners[index]!;
    const documents = grouped(owner.members, (part) => part.document ?? MADE, sizeOf);
    squarify(documents.map(({ size }) => size), room).forEach((inner, at) => {
      const { name, members } = documents[at]!;
      const ordered = sorted(members, sizeOf, (part) => part.name);
      squarify(ordered.map(sizeOf), inner).forEach((area, leaf) => leaves.push(leafOf(ordered[leaf]!, area, measure, total, leaves.length === 0)));
      frames.push(`<rect class="group" ${box(inner)}></rect>`);
      const text = owners.length > 1 && owner.name !== 'kernel' ? `${owner.name}: ${name}` : name;
      if (inner.height >= LINE && inner.width >= text.length * LETTER) labels.push(textAt(text, inner));
      else if (inner.height >= LINE && inner.width >= lastPart(name).length * LETTER) labels.push(textAt(lastPart(name), inner));
    });
    frames.push(`<rect class="owner" ${box(room)}></rect>`);
  });
  return `<svg class="treemap" viewBox="0 0 ${WIDTH} ${HEIGHT}" data-says="says-${measure}" data-total="${total}" role="group" aria-label="${escape(label)}">
${leaves.join('\n')}
${frames.join('\n')}
${labels.join('\n')}
</svg>
<output id="says-${measure}" aria-live="polite"></output>`;
}

function leafOf(part: ImagePart, area: Rectangle, measure: Measure, total: number, isFirst: boolean): string {
  const size = part[measure];
  const document = part.document ?? MADE;
  const place = part.line === null ? document : `${document}:${part.line}`;
  const label = `${part.name}, ${MEANINGS[part.kind]} of ${part.owner}, ${place}: ${size} bytes, ${percent(size, total)} %`;
  return `<rect class="${part.kind}" ${box(area)} data-part="${escape(part.name)}" data-group="${escape(`${part.owner} ${document}`)}" data-bytes="${size}" ` +
    `role="img" tabindex="${isFirst ? 0 : -1}" aria-label="${escape(label)}"><title>${escape(label)}</title></rect>`;
}

function box({ x, y, width, height }: Rectangle): string {
  return `x="${x.toFixed(3)}" y="${y.toFixed(3)}" width="${width.toFixed(3)}" height="${height.toFixed(3)}"`;
}

function textAt(text: string, { x, y }: Rectangle): string {
  return `<text x="${(x + 3).toFixed(1)}" y="${(y + 11).toFixed(1)}" aria-hidden="true">${escape(text)}</text>`;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.flux\.md$/, '');
}

function partsTable(parts: readonly ImagePart[], file: number, memory: number): string {
  const head = (text: string, isNumber = false, sort = '') => `<th scope="col"${isNumber ? ' class="number"' : ''}${sort}><button type="button">${text}</button></th>`;
  const number = (value: number, text = count(value)) => `<td class="number" data-value="${value}">${text}</td>`;
  const rows = sorted(parts, (part) => Math.max(part.file, part.memory), ({ name }) => name).map((part) => {
    const place = part.document === null ? MADE : part.line === null ? part.document : `${part.document}:${part.line}`;
    return `<tr data-file="${part.file}" data-memory="${part.memory}"><td>${escape(part.name)}</td><td>${escape(place)}</td><td>${escape(part.owner)}</td>` +
      `<td>${MEANINGS[part.kind]}</td>${number(part.address ?? 0, part.address === null ? '' : hex(part.address))}` +
      `${number(part.file)}${number(Number(percent(part.file, file)), percent(part.file, file))}${number(part.memory)}` +
      `${number(Number(percent(part.memory, memory)), percent(part.memory, memory))}</tr>`;
  });
  return `<div class="wide"><table id="parts" class="sortable">
<thead><tr>${head('Name')}${head('Document')}${head('Of')}${head('What')}${head('Address', true)}${head('Bytes of the file', true)}${head('%', true)}${head('Bytes of memory', true)}${head('%', true)}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;
}

function memoryMap(compilation: Compilation): string {
  const { board, linked, programs } = compilation;
  const rights: Record<string, string> = { execute: 'read, execute', read: 'read', write: 'read, write' };
  const sections = linked.sections.map(({ name, address, size, bytes, permission }) => {
    return `<tr><th scope="row">${escape(name)}</th>${cells(hex(address), hex(address + size), count(size), count(bytes.length))}<td>${rights[permission]}</td></tr>`;
  });
  const agents = programSizes(compilation).map(({ name, code, constants, data, zeros }) =>
    `<tr><th scope="row">${escape(name)}</th>${cells(count(code), count(constants), count(data), count(zeros))}</tr>`);
  const devices = [...board.devices.values()].map((device) => {
    const properties = [...device.properties].map(([key, value]) => `${key} ${typeof value === 'number' && value >= 1024 ? hex(value) : Array.isArray(value) ? value.map(hex).join(' ') : String(value)}`);
    const role = [...board.roles].filter(([, name]) => name === device.name).map(([each]) => each);
    return `<tr><th scope="row">${escape(device.name)}</th><td>${escape(device.driver)}</td><td>${escape(role.join(', '))}</td><td>${escape(properties.join(', '))}</td></tr>`;
  });
  const table = (heads: string[], rows: string[]) =>
    `<div class="wide"><table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>`;
  const memory = board.qemu?.memory ? ` QEMU gives this board ${escape(board.qemu.memory)} of memory; a real one tells the kernel when it boots.` : '';
  return `<p>Each section starts on a page of its own (${PAGE} bytes), so that page tables can hold its rights: none is writable and executable.${memory}</p>
${table(['Section', 'From', 'To', 'Bytes of memory', 'Bytes of the file', 'Rights'], sections)}
${agents.length === 0 ? '' : `<h3>Agents' programs</h3>
<p>Each lies at ${hex(programs[0]!.linked.start)} of an address space of its own: code may be executed, constants read, data and zeros written.</p>
${table(['Agent', 'Code', 'Constants', 'Data', 'Zeros'], agents)}`}
<h3>Devices</h3>
${table(['Device', 'Driver', 'Role', 'What the board says of it'], devices)}`;

  function cells(...texts: string[]): string {
    return texts.map((text) => `<td class="number">${text}</td>`).join('');
  }
}

function bootTable({ steps, end, console }: BootSteps): string {
  const last = end ?? steps[steps.length - 1]!.at;
  const rows = steps.map(({ name, place, at }, index) => {
    const until = steps[index + 1]?.at ?? last;
    const bar = `<svg class="bar" viewBox="0 0 300 12" aria-hidden="true"><rect x="${((300 * at) / last).toFixed(2)}" y="1" width="${Math.max(1, (300 * (until - at)) / last).toFixed(2)}" height="10"></rect></svg>`;
    return `<tr><td class="number">${count(at)}</td><td class="number">${count(until - at)}</td><td>${escape(name)}</td><td>${escape(place ?? '')}</td><td>${bar}</td></tr>`;
  });
  const over = end === null
    ? 'The last step was not over when the run was ended.'
    : `After ${count(end)} instructions the first agent runs, or the machine is turned off.`;
  return `<p>Counted in QEMU, in instructions from the image's first one. Each line is where the code of a function, or of a line of the kernel's start, is met for the first time. ${over}</p>
<div class="wide"><table><thead><tr><th scope="col" class="number">At</th><th scope="col" class="number">Until the next</th><th scope="col">What</th><th scope="col">Where</th><th scope="col">When</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div>
<p>On the console until then:</p>
<pre>${escape(console.trim())}</pre>`;
}
