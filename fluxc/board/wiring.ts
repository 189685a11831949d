/**
 * The module `board`: what a board's devices are to the documents, written as a FLUX.MD text and compiled like any other.
 *
 * A driver's front matter names the type of its device (`device: Pl011`). For a `registers` block the device is a pointer
 * to `base`; for a struct it is a static of the board, its fields set from the keys of the same names. Either way
 * `board.<device>` is a pointer, and so is `board.<role>`: `board.console.put(byte)` calls the driver's `put`.
 * `board.ranges` are the pages of memory that hold registers: what the kernel maps for devices.
 *
 * All that holds for the kernel's own devices: those with a role, and those that say `owner = "kernel"`. The others are for
 * agents. The kernel only knows where they are (`board.devices`), and their drivers are no part of it.
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
  /** the devices for agents, in the order of `board.devices`, and the kernel's own */
  devices: string[];
  kernelDevices: string[];
}

const PAGE = 4096;

/** Full name of the document that drives a device. */
export function driverModule(device: Device): string {
  return `hal.device.${device.driver}`;
}

/** `drivers`: the parsed driver documents by full name. Reports devices that do not fit their drivers. */
export function wire(board: Board, drivers: Map<string, ModuleNode>, diagnostics: Diagnostics): Wiring {
  const placements = new Map<string, Placement>();
  const uses = new Set<string>(['hal.memory_map', 'hal.device_map']);
  const ranges: Range[] = [];
  const forAgents: string[] = [];
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
    if (!isKernels(board, device)) {
      forAgents.push(agentDevice(device, decl, driver, placements, diagnostics));
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
  const console = board.devices.get(board.roles.get('console') ?? '')?.properties.get('interrupt');
  parts.push(constant('console_interrupt', 'u64', typeof console === 'number' ? hex(console) : '0'));
  const listed = merged(ranges).map(({ start, end }) => `memory_map.Range(start: ${hex(start)}, end: ${hex(end)})`);
  parts.push(constant('ranges', `[${listed.length}]memory_map.Range`, `[\n    ${listed.join(',\n    ')},\n]`));
  parts.push(constant('devices', `[${forAgents.length}]device_map.Device`, `[${forAgents.map((text) => `\n    ${text},`).join('')}\n]`));
  const text = `---\nmodule: board\nuses: [${[...uses].join(', ')}]\n---\n# ${board.name}\n\n${parts.join('\n')}`;
  const [kernelDevices, devices] = [true, false].map((wanted) => {
    return [...board.devices.values()].filter((device) => isKernels(board, device) === wanted).map((device) => device.name);
  }) as [string[], string[]];
  return { text, placements, devices, kernelDevices };
}

/** Is the device the kernel's own? */
function isKernels(board: Board, { name, properties }: Device): boolean {
  return properties.get('owner') === 'kernel' || [...board.roles.values()].includes(name);
}

/** What the kernel knows of a device for agents: the pages of all of its register blocks, or its ports. */
function agentDevice(
  device: Device, decl: RegistersDecl | StructDecl, driver: ModuleNode, placements: Map<string, Placement>,
  diagnostics: Diagnostics,
): string {
  let isPort = false;
  const ranges: Range[] = [];
  if (decl.kind === 'registers') {
    const base = numberOf(device, 'base', diagnostics);
    const placement = placeBlock(device, `${driverModule(device)}.${decl.name.text}`, placements, diagnostics);
    isPort = placement.space === 'port';
    const end = base + extentOf(decl) * placement.stride;
    ranges.push(isPort ? { start: base, end } : pagesOf(base, end - base));
  } else {
    for (const [key, block] of blocksOf(decl, driver)) {
      ranges.push(pagesOf(numberOf(device, key, diagnostics), extentOf(block)));
    }
  }
  const [range, ...others] = merged(ranges);
  if (!range || others.length > 0) diagnostics.report('FX0714', device.span, device.name);
  const interrupt = device.properties.get('interrupt');
  const { start, end } = range ?? { start: 0, end: 0 };
  return `device_map.Device(name: ${JSON.stringify(device.name)}, start: ${hex(start)}, end: ${hex(end)}, is_port: ${isPort}, ` +
    `interrupt: ${typeof interrupt === 'number' ? interrupt : 0})`;
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
