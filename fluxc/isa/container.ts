/**
 * The container of bytecode, `.fluxbc`: a program as an object, written to bytes and read back.
 *
 * `docs/fluxbc.md` describes the format and `vm/container.flux.md` reads it where programs run. Both readers look at the
 * same fields in the same order and name the same fault (`test/vm/container.test.ts`). The part for debuggers, names of
 * labels and lines of the source, is read here only.
 */
import { CAPABILITIES } from '../base/capabilities.ts';
import { crc32 } from '../base/crc32.ts';
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';

/** The instruction sets, by their numbers in a file; `profiles`: conventions of a set, by number. */
export const SETS = [
  { number: 1, name: 'flux64', unit: 4, profiles: [''] },
  { number: 2, name: 'stack2', unit: 1, profiles: [null, 'golden', 'json'] },
  { number: 3, name: 'stack3', unit: 1, profiles: [null, 'golden', 'json'] },
  { number: 4, name: 'asm16', unit: 1, profiles: [''] },
] as const;
export type SetName = (typeof SETS)[number]['name'];

/** By number, what `vm.container` calls them. */
export const FAULTS = [
  'none', 'magic', 'truncated', 'version', 'trailing', 'checksum', 'set', 'flags', 'capabilities', 'name', 'counts', 'sizes',
  'region', 'rights', 'region_size', 'code', 'entry',
] as const;
export type Fault = (typeof FAULTS)[number];

/** What each fault means, for people. */
export const FAULT_TEXTS: Readonly<Record<Fault, string>> = {
  none: 'it is sound',
  magic: 'it does not start with `FXBC`, so it is no bytecode',
  truncated: 'it is shorter than it says: a part is missing',
  version: 'it has a version of the format that is not known here',
  trailing: 'something follows the end of the program',
  checksum: 'its checksum does not fit: bytes have changed',
  set: 'its instruction set or profile is not known here',
  flags: 'it has a flag that is not known here',
  capabilities: 'it needs a capability that does not exist',
  name: 'it holds a name with characters that names do not have',
  counts: 'it has more regions or peers than there can be',
  sizes: 'the sizes of its parts do not add up',
  region: 'the number of a region is too large, or does not ascend',
  rights: 'the rights of a region do not exist',
  region_size: 'a region is empty, too large, or smaller than its content',
  code: 'it has no code, or no whole number of instruction words',
  entry: 'its entry does not lie in the code',
};


export const MOST_REGIONS = 16;
export const MOST_PEERS = 61;
export const LARGEST_REGION = 0x4000_0000;
/** The handle of the first peer; the others follow. */
export const FIRST_PEER = 3;

export interface ContainerRegion {
  name: string;
  /** 0 to 15; regions stand in ascending order */
  number: number;
  /** bytes */
  size: number;
  writable: boolean;
  /** how it starts; what is missing is zero */
  initial: Uint8Array;
}

/** A name for an offset in the code. */
export interface CodeSymbol {
  name: string;
  offset: number;
}

/** Where instructions come from: ascending offsets, each the first that belongs to its line. */
export interface SourceMap {
  path: string;
  symbols: CodeSymbol[];
  /** `line` counts from 1 */
  lines: { offset: number; line: number }[];
}

export interface Container {
  set: SetName;
  /** 0 where the set has one convention only */
  profile: number;
  name: string;
  /** a mask of `CAPABILITIES` */
  capabilities: number;
  /** offset in the code */
  entry: number;
  code: Uint8Array;
  regions: ContainerRegion[];
  /** names of agents that it talks to: handles `FIRST_PEER` and up */
  peers: string[];
  map: SourceMap | null;
}

const MAGIC = 0x4342_5846;
const VERSION = 1;
const HEADER = 72;
const ROW = 32;
const CHECKSUM = 4;
const NAME_AT = 40;
const NAME_BYTES = 32;
const REGION_NAME_BYTES = 16;
const READ = 1;
const WRITE = 2;
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** Can this be the name of a program, a peer or (`limit` 16) a region? */
export function isName(text: string, limit = NAME_BYTES): boolean {
  return text.length <= limit && NAME.test(text);
}

export function setNumbered(number: number): (typeof SETS)[number] | null {
  return SETS.find((set) => set.number === number) ?? null;
}

export function setNamed(name: string): (typeof SETS)[number] | null {
  return SETS.find((set) => set.name === name) ?? null;
}

/** The bytes of a program that is sound: what `readContainer` would refuse is a mistake of the caller. */
export function writeContainer(container: Container): Uint8Array {
  const { code, regions, peers } = container;
  const map = container.map ? writeMap(container.map) : new Uint8Array(0);
  const rows = HEADER + ROW * (regions.length + peers.length);
  const content = regions.reduce((sum, region) => sum + region.initial.length, 0);
  const size = rows + code.length + content + map.length + CHECKSUM;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const set = setNamed(container.set)!;
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, VERSION, true);
  bytes[6] = set.number;
  bytes[7] = container.profile;
  view.setUint32(8, size, true);
  view.setUint32(16, container.capabilities, true);
  view.setUint32(24, container.entry, true);
  view.setUint32(28, code.length, true);
  view.setUint16(32, regions.length, true);
  view.setUint16(34, peers.length, true);
  view.setUint32(36, map.length, true);
  bytes.set(encodeUtf8(container.name), NAME_AT);
  let at = rows + code.length;
  regions.forEach(({ name, number, size: bytesOf, writable, initial }, index) => {
    const row = HEADER + ROW * index;
    bytes.set(encodeUtf8(name), row);
    view.setUint32(row + 16, number, true);
    view.setUint32(row + 20, writable ? READ | WRITE : READ, true);
    view.setUint32(row + 24, bytesOf, true);
    view.setUint32(row + 28, initial.length, true);
    bytes.set(initial, at);
    at += initial.length;
  });
  peers.forEach((name, index) => bytes.set(encodeUtf8(name), HEADER + ROW * (regions.length + index)));
  bytes.set(code, rows);
  bytes.set(map, at);
  view.setUint32(size - CHECKSUM, crc32(bytes.subarray(0, size - CHECKSUM)), true);
  return bytes;
}

export type ReadResult = { fault: 'none'; container: Container } | { fault: Exclude<Fault, 'none'>; container: null };

/** The program in `file`, or why it is refused. The container's parts are copies. */
export function readContainer(file: Uint8Array): ReadResult {
  const container: Container = {
    set: 'flux64', profile: 0, name: '', capabilities: 0, entry: 0, code: file, regions: [], peers: [], map: null,
  };
  const fault = fill(file, container);
  return fault === 'none' ? { fault, container } : { fault, container: null };
}

function fill(file: Uint8Array, container: Container): Fault {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const word = (at: number) => view.getUint32(at, true);
  const half = (at: number) => view.getUint16(at, true);
  if (file.length < 4 || word(0) !== MAGIC) return 'magic';
  if (file.length < 6) return 'truncated';
  if (half(4) !== VERSION) return 'version';
  if (file.length < HEADER + CHECKSUM) return 'truncated';
  const size = word(8);
  if (size > file.length) return 'truncated';
  if (size < file.length) return 'trailing';
  if (crc32(file.subarray(0, size - CHECKSUM)) !== word(size - CHECKSUM)) return 'checksum';

  const set = setNumbered(file[6]!);
  container.profile = file[7]!;
  if (!set || typeof set.profiles[container.profile] !== 'string') return 'set';
  container.set = set.name;
  if (word(12) !== 0) return 'flags';
  container.capabilities = word(16);
  if (word(20) !== 0 || container.capabilities >= 2 ** CAPABILITIES.length) return 'capabilities';
  container.entry = word(24);
  const name = nameIn(file, NAME_AT, NAME_BYTES);
  if (name === null) return 'name';
  container.name = name;

  const regionCount = half(32);
  const peerCount = half(34);
  if (regionCount > MOST_REGIONS || peerCount > MOST_PEERS) return 'counts';
  const rows = HEADER + ROW * (regionCount + peerCount);
  const codeSize = word(28);
  const mapSize = word(36);
  if (rows + CHECKSUM > size) return 'sizes';
  let content = 0;
  for (let i = 0; i < regionCount; i++) content += word(HEADER + ROW * i + 28);
  if (rows + codeSize + content + mapSize + CHECKSUM !== size) return 'sizes';

  let at = rows + codeSize;
  for (let i = 0; i < regionCount; i++) {
    const row = HEADER + ROW * i;
    const number = word(row + 16);
    const rights = word(row + 20);
    const regionSize = word(row + 24);
    const filled = word(row + 28);
    if (number >= MOST_REGIONS || (i > 0 && number <= container.regions[i - 1]!.number)) return 'region';
    if (rights !== READ && rights !== (READ | WRITE)) return 'rights';
    if (regionSize === 0 || regionSize > LARGEST_REGION || filled > regionSize) return 'region_size';
    const regionName = nameIn(file, row, REGION_NAME_BYTES);
    if (regionName === null) return 'name';
    const initial = file.slice(at, at + filled);
    container.regions.push({ name: regionName, number, size: regionSize, writable: (rights & WRITE) !== 0, initial });
    at += filled;
  }
  for (let i = 0; i < peerCount; i++) {
    const peer = nameIn(file, HEADER + ROW * (regionCount + i), NAME_BYTES);
    if (peer === null) return 'name';
    container.peers.push(peer);
  }
  container.code = file.slice(rows, rows + codeSize);
  if (codeSize === 0 || codeSize % set.unit !== 0) return 'code';
  if (container.entry >= codeSize || container.entry % set.unit !== 0) return 'entry';
  container.map = readMap(file.subarray(at, at + mapSize), codeSize);
  return 'none';
}

/** The name in a field of `bytes` bytes, null if it is none. */
function nameIn(file: Uint8Array, at: number, bytes: number): string | null {
  let length = 0;
  while (length < bytes && file[at + length] !== 0) length++;
  for (let i = length; i < bytes; i++) if (file[at + i] !== 0) return null;
  const text = String.fromCharCode(...file.subarray(at, at + length));
  return isName(text, bytes) ? text : null;
}

// ---- the part for debuggers ----

class MapWriter {
  readonly bytes: number[] = [];

  /** Seven bits a byte, the lowest first, the top bit set where more follow (LEB128). */
  number(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.bytes.push((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.bytes.push(rest);
  }

  text(text: string): void {
    const encoded = encodeUtf8(text);
    this.number(encoded.length);
    for (const byte of encoded) this.bytes.push(byte);
  }
}

function writeMap({ path, symbols, lines }: SourceMap): Uint8Array {
  const out = new MapWriter();
  out.text(path);
  out.number(symbols.length);
  for (const { name, offset } of symbols) {
    out.number(offset);
    out.text(name);
  }
  out.number(lines.length);
  let before = { offset: 0, line: 0 };
  for (const row of lines) {
    out.number(row.offset - before.offset);
    const step = row.line - before.line;
    out.number(step < 0 ? -2 * step - 1 : 2 * step);
    before = row;
  }
  return Uint8Array.from(out.bytes);
}

/** Null if there is none, or none that fits the code: a program runs without it. */
function readMap(bytes: Uint8Array, codeSize: number): SourceMap | null {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 35; scale *= 128) {
      if (at >= bytes.length) return Infinity;
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return Infinity;
  };
  const text = (): string | null => {
    const length = number();
    if (length > bytes.length - at) return null;
    return decodeUtf8(bytes.subarray(at, (at += length)));
  };
  const path = text();
  if (path === null || bytes.length === 0) return null;
  const map: SourceMap = { path, symbols: [], lines: [] };
  const symbolCount = number();
  for (let i = 0; i < symbolCount; i++) {
    const offset = number();
    const name = text();
    if (offset > codeSize || name === null) return null;
    map.symbols.push({ name, offset });
  }
  const lineCount = number();
  let offset = 0;
  let line = 0;
  for (let i = 0; i < lineCount; i++) {
    offset += number();
    const step = number();
    line += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
    if (offset >= codeSize || !(line >= 1 && line < 2 ** 31)) return null;
    map.lines.push({ offset, line });
  }
  return at === bytes.length ? map : null;
}

/** The line that the instruction at `offset` comes from; null if the map does not say. */
export function lineAt(map: SourceMap | null, offset: number): number | null {
  let found: number | null = null;
  for (const row of map?.lines ?? []) {
    if (row.offset > offset) break;
    found = row.line;
  }
  return found;
}
