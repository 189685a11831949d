/**
 * The module `board`: what a board's devices are to the documents, written as a FLUX.MD text and compiled like any other.
 *
 * A driver's front matter names the type of its device (`device: Pl011`). For a `registers` block the device is a pointer
 * to `base`; for a struct it is a static of the board, its fields set from the keys of the same names. Either way
 * `board.<device>` is a pointer, and so is `board.<role>`: `board.console.put(byte)` calls the driver's `put`.
 * `board.ranges` are the pages of memory that hold registers: what the kernel maps for devices.
 */
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { Decl, ModuleNode, TypeNode } from '../lang/ast.ts';
import type { Board, Device } from './board.ts';

/** Where a register block stands: the space, and how many bytes lie from one register to the next of the table. */
export interface Placement {
  space: 'memory' | 'port';
  stride: number;
}

export interface Wiring {
  /** text of the module `board` */
  text: string;
  /** by full name of the `registers` type */
  placements: Map<string, Placement>;
}

const PAGE = 4096;

/** Full name of the document that drives a device. */
export function driverModule(device: Device): string {
  return `hal.device.${device.driver}`;
}

/** `drivers`: the parsed driver documents by full name. Reports devices that do not fit their drivers. */
export function wire(board: Board, drivers: Map<string, ModuleNode>, diagnostics: Diagnostics): Wiring {
  const placements = new Map<string, Placement>();
  const uses = new Set<string>(['hal.memory_map']);
  const ranges: Range[] = [];
  const parts: string[] = [
    constant('name', '[]u8', JSON.stringify(board.name)),
    constant('cpu', '[]u8', JSON.stringify(board.cpu)),
    constant('load', 'u64', hex(board.boot.load)),
  ];
  for (const device of board.devices.values()) {
    const name = driverModule(device);
    const driver = drivers.get(name);
    if (!driver) continue;
    const said = driver.settings.get('device');
    const decl = said && driver.decls.find((candidate) => candidate.name.text === said.value);
    if (!decl || (decl.kind !== 'registers' && decl.kind !== 'struct')) {
      diagnostics.report('FX0711', device.span, device.driver);
      continue;
    }
    uses.add(name);
    const type = `${lastPart(name)}.${decl.name.text}`;
    if (decl.kind === 'registers') {
      const base = numberOf(device, 'base', diagnostics);
      parts.push(constant(device.name, `*${type}`, `${hex(base)} as *${type}`));
      if (decl.space === null) {
        const placement = placeBlock(device, `${name}.${decl.name.text}`, placements, diagnostics);
        if (placement.space === 'memory') ranges.push(pagesOf(base, extentOf(decl) * placement.stride));
      }
    } else {
      parts.push(variable(`${device.name}_device`, type, structValue(device, decl, lastPart(name), diagnostics)));
      parts.push(constant(device.name, `*${type}`, `&${device.name}_device`));
      for (const [key, block] of blocksOf(decl, driver)) {
        const base = device.properties.get(key);
        if (typeof base === 'number') ranges.push(pagesOf(base, extentOf(block)));
      }
    }
    for (const [key, value] of device.properties) {
      if (key !== 'base' && key !== 'stride' && typeof value === 'number') {
        parts.push(constant(`${device.name}_${key}`, 'u64', hex(value)));
      }
    }
  }
  for (const [role, name] of board.roles) {
    const device = board.devices.get(name)!;
    const driver = drivers.get(driverModule(device));
    const type = driver?.settings.get('device')?.value;
    if (type && role !== name) parts.push(constant(role, `*${lastPart(driverModule(device))}.${type}`, name));
  }
  const listed = merged(ranges).map(({ start, end }) => `memory_map.Range(start: ${hex(start)}, end: ${hex(end)})`);
  parts.push(constant('ranges', `[${listed.length}]memory_map.Range`, `[\n    ${listed.join(',\n    ')},\n]`));
  const text = `---\nmodule: board\nuses: [${[...uses].join(', ')}]\n---\n# ${board.name}\n\n${parts.join('\n')}`;
  return { text, placements };
}

interface Range {
  start: number;
  end: number;
}

type RegistersDecl = Extract<Decl, { kind: 'registers' }>;
type StructDecl = Extract<Decl, { kind: 'struct' }>;

/** Bytes from a block's base to the end of its last register. */
function extentOf(decl: RegistersDecl): number {
  const bytesOf = (type: TypeNode | null) => (type?.kind === 'named' ? Number(type.name.text.slice(1)) / 8 || 8 : 8);
  return decl.registers.reduce((end, register) => {
    const count = register.count?.kind === 'int' ? register.count.low : 1;
    return Math.max(end, register.offset + bytesOf(register.type ?? decl.width) * count);
  }, 0);
}

/** The register blocks that a device's struct points at, by the name of the field. */
function blocksOf(decl: StructDecl, driver: ModuleNode): [string, RegistersDecl][] {
  const blocks: [string, RegistersDecl][] = [];
  for (const field of decl.fields) {
    const type = field.type.kind === 'pointer' ? field.type.to : field.type;
    if (type.kind !== 'named') continue;
    const block = driver.decls.find((other) => other.kind === 'registers' && other.name.text === type.name.text);
    if (block?.kind === 'registers' && block.space === null) blocks.push([field.name.text, block]);
  }
  return blocks;
}

function pagesOf(base: number, bytes: number): Range {
  return { start: Math.floor(base / PAGE) * PAGE, end: Math.ceil((base + bytes) / PAGE) * PAGE };
}

/** The ranges in ascending order, those that touch or overlap joined: each page is mapped once. */
function merged(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = result[result.length - 1];
    if (last && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else result.push({ ...range });
  }
  return result;
}

function placeBlock(
  device: Device, type: string, placements: Map<string, Placement>, diagnostics: Diagnostics,
): Placement {
  const space = device.properties.get('space') === 'port' ? 'port' : 'memory';
  const stride = device.properties.get('stride');
  const placement: Placement = { space, stride: typeof stride === 'number' ? stride : 1 };
  const known = placements.get(type);
  if (known && (known.space !== space || known.stride !== placement.stride)) {
    diagnostics.report('FX0713', device.span, device.driver);
  }
  placements.set(type, placement);
  return placement;
}

/** `Gic(distributor: 0x… as *Distributor, …)`: every field that the device has a key for; the others start at zero. */
function structValue(
  device: Device, decl: StructDecl, module: string, diagnostics: Diagnostics,
): string {
  const fields: string[] = [];
  for (const field of decl.fields) {
    const key = field.name.text;
    const property = device.properties.get(key);
    if (property === undefined && field.type.kind !== 'pointer') continue;
    const value = typeof property === 'boolean' ? String(property) : hex(numberOf(device, key, diagnostics));
    const isPlain = field.type.kind === 'named' && field.type.module === null && /^([iu]\d+|bool)$/.test(field.type.name.text);
    fields.push(isPlain ? `${key}: ${value}` : `${key}: ${value} as ${typeText(field.type, module)}`);
  }
  return `${module}.${decl.name.text}(${fields.join(', ')})`;
}

/** A type of module `module` as another module writes it. */
function typeText(type: TypeNode, module: string): string {
  switch (type.kind) {
    case 'pointer': return `*${typeText(type.to, module)}`;
    case 'optional': return `?${typeText(type.of, module)}`;
    case 'named': {
      const isBuiltIn = /^([iu](8|16|32|64)|f32|f64|bool|addr)$/.test(type.name.text);
      return type.module || isBuiltIn ? `${type.module ? type.module.text + '.' : ''}${type.name.text}` : `${module}.${type.name.text}`;
    }
    default: return 'u64';
  }
}

function numberOf(device: Device, key: string, diagnostics: Diagnostics): number {
  const value = device.properties.get(key);
  if (typeof value === 'number') return value;
  diagnostics.report('FX0712', device.span, device.name, key, device.driver);
  return 0;
}

function constant(name: string, type: string, value: string): string {
  return `## const ${name}: ${type}\n\n\`\`\`flux\n${value}\n\`\`\`\n`;
}

function variable(name: string, type: string, value: string): string {
  return `## static ${name}: ${type}\n\n\`\`\`flux\n${value}\n\`\`\`\n`;
}

function lastPart(module: string): string {
  return module.slice(module.lastIndexOf('.') + 1);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
