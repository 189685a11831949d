/**
 * A board: what its TOML file and those it extends say, checked.
 *
 * `extends` names another file of `boards/`, usually the chip; tables merge key by key and the nearer file wins. What a
 * board wires together is data: devices with their driver, address and interrupt; the roles (`console = "uart0"`) that the
 * kernel knows them by; how it boots; what QEMU needs to be it.
 */
import parseTomlText from '@iarna/toml/parse-string.js';
import type { Source, Sources, Span } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { Arch } from '../target/machine/target.ts';

export const ROLES = ['console', 'timer', 'interrupts', 'power'] as const;
export type Role = (typeof ROLES)[number];

export type Property = number | string | boolean | number[];

export interface Device {
  name: string;
  /** the document `hal/device/<driver>.flux.md`, with `-` written `_` */
  driver: string;
  properties: Map<string, Property>;
  span: Span;
}

export interface Qemu {
  machine: string;
  cpu: string | null;
  memory: string | null;
  /** further arguments, as they are */
  arguments: string[];
  /** how a status leaves the guest: `isa-debug-exit` codes it as 33 + 2 × status, `exact` passes it as it is */
  status: 'isa-debug-exit' | 'exact';
}

export type ImageFormat = 'pvh' | 'boot-image';

/** The disk or card that the board's firmware boots from. */
export interface Card {
  table: 'mbr' | 'gpt';
  /** what the kernel is called there */
  kernel: string;
  /** files of the vendor that may not be handed on, with the SHA-256 of the version that is known to work */
  firmware: Map<string, string>;
  /** further files by path, as texts */
  files: Map<string, string>;
  /** with GPT: the number of the first partition that is ours */
  firstPartition: number;
  /** what the program for UEFI firmware is called there; its slots are EFI system partitions then */
  efi: string | null;
}

export interface Board {
  /** name of the file, without `.toml` */
  id: string;
  name: string;
  arch: Arch;
  /** the core model, as QEMU names it */
  cpu: string;
  roles: Map<Role, string>;
  devices: Map<string, Device>;
  boot: {
    document: string;
    load: number;
    textOffset: number;
    /** documents of loaders that run before the kernel: for UEFI firmware, for a PC's BIOS */
    efi: string | null;
    bios: string | null;
  };
  image: { format: ImageFormat; file: string };
  card: Card | null;
  qemu: Qemu | null;
}

type Table = Record<string, unknown>;

const ARCHES: readonly Arch[] = ['x86_64', 'arm64', 'riscv64'];
const FORMATS: readonly ImageFormat[] = ['pvh', 'boot-image'];
const TOP_KEYS = ['name', 'extends', 'arch', 'cpu', ...ROLES, 'boot', 'image', 'card', 'device', 'qemu'];
const BOOT_KEYS = ['document', 'load', 'text_offset', 'efi', 'bios'];
const IMAGE_KEYS = ['format', 'file'];
const CARD_KEYS = ['table', 'kernel', 'first_partition', 'efi', 'firmware', 'files'];
const QEMU_KEYS = ['machine', 'cpu', 'memory', 'arguments', 'status'];
const MAX_EXTENDS = 8;

/** Reads `boards/<id>.toml` through `read`. Null, with everything wrong reported, if it is no board. */
export function loadBoard(
  id: string, read: (path: string) => string | null, sources: Sources, diagnostics: Diagnostics,
): Board | null {
  const path = `boards/${id}.toml`;
  const text = /^[A-Za-z0-9_-]+$/.test(id) ? read(path) : null;
  if (text === null) {
    diagnostics.report('FX0701', null, id);
    return null;
  }
  const errors = diagnostics.list.length;
  const files: TomlFile[] = [];
  readChain(path, text, read, sources, diagnostics, files);
  if (diagnostics.list.length > errors) return null;
  const merged = files.reduceRight<Table>((below, file) => merge(below, file.table), {});
  const board = new BoardReader(files, diagnostics).read(id, merged);
  return diagnostics.list.length > errors ? null : board;
}

interface TomlFile {
  source: Source;
  table: Table;
}

function readChain(
  path: string, text: string, read: (path: string) => string | null, sources: Sources, diagnostics: Diagnostics,
  files: TomlFile[],
): void {
  const source = sources.add(path, text);
  const table = parseToml(source, diagnostics);
  if (!table) return;
  files.push({ source, table });
  const base = table['extends'];
  if (base === undefined) return;
  const at = keySpan(source, [], 'extends');
  if (typeof base !== 'string' || !/^[A-Za-z0-9_-]+$/.test(base)) {
    diagnostics.report('FX0702', at, 'extends', 'the name of a file in `boards/`, as text');
    return;
  }
  const next = `boards/${base}.toml`;
  if (files.length >= MAX_EXTENDS || files.some((file) => file.source.path === next)) {
    diagnostics.report('FX0703', at, [...files.map((file) => file.source.path), next].join(' → '));
    return;
  }
  const baseText = read(next);
  if (baseText === null) diagnostics.report('FX0704', at, next);
  else readChain(next, baseText, read, sources, diagnostics, files);
}

/** The table of a TOML text, or null with the parser's complaint reported at its place. */
export function parseToml(source: Source, diagnostics: Diagnostics): Table | null {
  try {
    return parseTomlText(source.text) as Table;
  } catch (error) {
    const { line, col, message } = error as { line?: number; col?: number; message: string };
    const start = source.lines()[Math.max(0, Math.min(line ?? 0, source.lines().length - 1))]! + (col ?? 0);
    const loc = source.base + Math.max(0, Math.min(start, source.text.length));
    // The parser's message ends with its own code frame; ours replaces it.
    diagnostics.report('FX0705', loc, message.split('\n')[0]!.replace(/ at row .*$/, '').replace(/[.:]$/, ''));
    return null;
  }
}

/** Where `key` of table `path` is set, or the table's head, or the file's start. */
export function keySpan(source: Source, path: readonly string[], key: string | null): Span {
  let table = '';
  let head: Span = { start: source.base, end: source.base + 1 };
  const wanted = path.join('.');
  for (let index = 0; index < source.lines().length; index++) {
    const text = source.lineText(index);
    const start = source.base + source.lines()[index]!;
    const bracket = /^\s*\[\s*([^\]]+?)\s*\]/.exec(text);
    if (bracket) {
      table = bracket[1]!.replace(/["'\s]/g, '');
      if (table === wanted) head = { start, end: start + text.length };
      continue;
    }
    const assigned = /^\s*["']?([A-Za-z0-9_.-]+)["']?\s*=/.exec(text);
    if (!assigned || key === null) continue;
    const full = table ? `${table}.${assigned[1]!}` : assigned[1]!;
    if (full === (wanted ? `${wanted}.${key}` : key)) return { start, end: start + text.length };
  }
  return head;
}

function merge(below: Table, above: Table): Table {
  const merged: Table = { ...below };
  for (const key of Object.keys(above)) {
    const under = merged[key];
    const over = above[key];
    merged[key] = isTable(under) && isTable(over) ? merge(under, over) : over;
  }
  return merged;
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Turns the merged tables into a `Board`, reporting what does not fit at the file that said it. */
class BoardReader {
  constructor(private readonly files: readonly TomlFile[], private readonly diagnostics: Diagnostics) {}

  read(id: string, top: Table): Board {
    this.known(top, [], TOP_KEYS);
    const arch = this.choice(top, [], 'arch', ARCHES);
    const devices = new Map<string, Device>();
    for (const [name, value] of Object.entries(this.table(top, 'device') ?? {})) {
      const device = this.device(name, value);
      if (device) devices.set(name, device);
    }
    const roles = new Map<Role, string>();
    for (const role of ROLES) {
      const name = this.text(top, [], role, null);
      if (name === null) continue;
      if (devices.has(name)) roles.set(role, name);
      else this.diagnostics.report('FX0706', this.span([], role), role, name, [...devices.keys()].join(', ') || 'none');
    }
    const boot = this.table(top, 'boot') ?? {};
    const image = this.table(top, 'image') ?? {};
    this.known(boot, ['boot'], BOOT_KEYS);
    this.known(image, ['image'], IMAGE_KEYS);
    return {
      id, arch, devices, roles,
      name: this.text(top, [], 'name', id)!,
      cpu: this.required(top, [], 'cpu'),
      boot: {
        document: this.required(boot, ['boot'], 'document'),
        load: this.address(boot, ['boot'], 'load', null),
        textOffset: this.address(boot, ['boot'], 'text_offset', 0),
        efi: this.text(boot, ['boot'], 'efi', null), bios: this.text(boot, ['boot'], 'bios', null),
      },
      image: { format: this.choice(image, ['image'], 'format', FORMATS), file: this.required(image, ['image'], 'file') },
      card: this.card(this.table(top, 'card')),
      qemu: this.qemu(this.table(top, 'qemu')),
    };
  }

  private card(table: Table | null): Card | null {
    if (!table) return null;
    const path = ['card'];
    this.known(table, path, CARD_KEYS);
    const first = table['first_partition'] ?? 1;
    if (typeof first !== 'number' || !Number.isInteger(first) || first < 1 || first > 100) {
      this.diagnostics.report('FX0702', this.span(path, 'first_partition'), 'first_partition', 'a number from 1 to 100');
    }
    return {
      table: this.choice(table, path, 'table', ['mbr', 'gpt'] as const), kernel: this.required(table, path, 'kernel'),
      firmware: this.texts(table, path, 'firmware'), files: this.texts(table, path, 'files'), firstPartition: Number(first),
      efi: this.text(table, path, 'efi', null),
    };
  }

  /** A table of texts. */
  private texts(table: Table, path: readonly string[], key: string): Map<string, string> {
    const value = table[key] ?? {};
    const inner = [...path, key];
    if (!isTable(value)) this.diagnostics.report('FX0702', this.span(path, key), key, 'a table');
    const texts = new Map<string, string>();
    for (const [name, text] of Object.entries(isTable(value) ? value : {})) {
      if (typeof text === 'string') texts.set(name, text);
      else this.diagnostics.report('FX0702', this.span(inner, name), name, 'text');
    }
    return texts;
  }

  private device(name: string, value: unknown): Device | null {
    const path = ['device', name];
    if (!isTable(value) || !/^[a-z][a-z0-9_]*$/.test(name)) {
      this.diagnostics.report('FX0707', this.span(path, null), name);
      return null;
    }
    const properties = new Map<string, Property>();
    for (const [key, property] of Object.entries(value)) {
      if (key === 'driver') continue;
      const scalar = typeof property === 'number' || typeof property === 'string' || typeof property === 'boolean';
      const numbers = Array.isArray(property) && property.every((item) => typeof item === 'number');
      if ((scalar || numbers) && /^[a-z][a-z0-9_]*$/.test(key)) properties.set(key, property as Property);
      else this.diagnostics.report('FX0702', this.span(path, key), key, 'a number, a text, true, false or a list of numbers');
    }
    const driver = this.required(value, path, 'driver');
    return { name, driver: driver.replace(/-/g, '_'), properties, span: this.span(path, null) };
  }

  private qemu(table: Table | null): Qemu | null {
    if (!table) return null;
    const path = ['qemu'];
    this.known(table, path, QEMU_KEYS);
    const list = table['arguments'] ?? [];
    const valid = Array.isArray(list) && list.every((item) => typeof item === 'string');
    if (!valid) this.diagnostics.report('FX0702', this.span(path, 'arguments'), 'arguments', 'a list of texts');
    return {
      machine: this.required(table, path, 'machine'),
      cpu: this.text(table, path, 'cpu', null),
      memory: this.text(table, path, 'memory', null),
      arguments: valid ? (list as string[]) : [],
      status: this.choice(table, path, 'status', ['isa-debug-exit', 'exact'] as const),
    };
  }

  private table(top: Table, key: string): Table | null {
    const value = top[key];
    if (value === undefined) return null;
    if (isTable(value)) return value;
    this.diagnostics.report('FX0702', this.span([], key), key, 'a table');
    return null;
  }

  private text(table: Table, path: readonly string[], key: string, otherwise: string | null): string | null {
    const value = table[key];
    if (value === undefined) return otherwise;
    if (typeof value === 'string' && value !== '') return value;
    this.diagnostics.report('FX0702', this.span(path, key), key, 'text');
    return otherwise;
  }

  private required(table: Table, path: readonly string[], key: string): string {
    if (table[key] === undefined) this.missing(path, key);
    return this.text(table, path, key, '') ?? '';
  }

  private choice<T extends string>(table: Table, path: readonly string[], key: string, choices: readonly T[]): T {
    const value = this.required(table, path, key);
    if (value !== '' && !choices.includes(value as T)) {
      this.diagnostics.report('FX0702', this.span(path, key), key, `one of ${choices.join(', ')}`);
    }
    return value as T;
  }

  private address(table: Table, path: readonly string[], key: string, otherwise: number | null): number {
    const value = table[key];
    if (value === undefined) {
      if (otherwise === null) this.missing(path, key);
      return otherwise ?? 0;
    }
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value % 4096 === 0) return value;
    this.diagnostics.report('FX0702', this.span(path, key), key, 'an address at a multiple of 4096');
    return 0;
  }

  private missing(path: readonly string[], key: string): void {
    this.diagnostics.report('FX0708', this.span(path, null), [...path, key].join('.'));
  }

  private known(table: Table, path: readonly string[], keys: readonly string[]): void {
    for (const key of Object.keys(table)) {
      if (keys.includes(key)) continue;
      this.diagnostics.report('FX0709', this.span(path, key), [...path, key].join('.'), keys.join(', '));
    }
  }

  /** The place in the nearest file that says it. */
  private span(path: readonly string[], key: string | null): Span {
    const said = this.files.find(({ table }) => {
      const inner = path.reduce<unknown>((value, part) => (isTable(value) ? value[part] : undefined), table);
      return isTable(inner) && (key === null || inner[key] !== undefined);
    });
    return keySpan((said ?? this.files[0]!).source, path, key);
  }
}
