/**
 * FAT12, FAT16 and FAT32 volumes, written in one go: a boot sector, two tables, and files one after the other.
 *
 * What goes in: how many sectors, and files with their paths. What comes out: the pieces of the volume that are not zero.
 * The kind follows from the number of clusters, as every reader decides it. All times are the first that FAT knows, so the
 * same files give the same bytes. Names that are not of the short form get long entries as well.
 *
 * The medium may have been used before. So the tables are written to their end and folders to the end of their last cluster, zeros
 * and all: an old entry behind the new ones would be taken for a file.
 *
 * Source: Microsoft, FAT: General Overview of On-Disk Format, 1.03.
 */
import { type Piece, SECTOR } from './disk.ts';

export interface FatFile {
  /** with `/` between folders */
  path: string;
  bytes: Uint8Array;
}

export interface FatVolume {
  /** of the whole volume */
  sectors: number;
  /** sectors of the disk before the volume */
  hidden: number;
  /** at most eleven letters */
  label: string;
  /** 32 bits that tell volumes apart */
  serial: number;
  files: readonly FatFile[];
  /** where the kind of the volume matters more than its size: clusters are chosen so that it comes out */
  kind?: FatKind;
}

export type FatKind = 12 | 16 | 32;

/** Clusters from which on a volume is of the next kind (page 14 of the source). */
const FIRST_FAT16 = 4085;
const FIRST_FAT32 = 65525;
/** Sectors of a cluster, most wanted first: 4 KiB is what everybody formats with, smaller ones make a small FAT32 possible. */
const CLUSTER_SECTORS = [8, 4, 2, 1, 16, 32, 64];
const TABLES = 2;
const ROOT_ENTRIES = 512;
const ENTRY = 32;
const EARLIEST_DATE = 0x21; // 1 January 1980

interface Geometry {
  kind: FatKind;
  sectorsPerCluster: number;
  reserved: number;
  tableSectors: number;
  /** of the root folder of FAT12 and FAT16 */
  rootSectors: number;
  clusters: number;
  /** sector of cluster 2 */
  dataStart: number;
}

/** The volume. Throws if the files do not fit, or if no FAT has so few or so many sectors. */
export function writeFat(volume: FatVolume): Piece[] {
  const geometry = geometryOf(volume.sectors, volume.kind);
  return new Writer(volume, geometry).write();
}

/** Which FAT a volume of so many sectors becomes, and where its parts lie. */
function geometryOf(sectors: number, wanted: FatKind | undefined): Geometry {
  const kinds: FatKind[] = wanted ? [wanted] : sectors * SECTOR < 4 * 2 ** 20 ? [12, 16] : sectors * SECTOR < 64 * 2 ** 20 ? [16, 12, 32] : [32, 16];
  for (const kind of kinds) {
    for (const sectorsPerCluster of CLUSTER_SECTORS) {
      const geometry = layOut(sectors, kind, sectorsPerCluster);
      if (geometry) return geometry;
    }
  }
  throw new Error(`no FAT${wanted ?? ''} volume has ${sectors} sectors`);
}

function layOut(sectors: number, kind: FatKind, sectorsPerCluster: number): Geometry | null {
  const reserved = kind === 32 ? 32 : 1;
  const rootSectors = kind === 32 ? 0 : (ROOT_ENTRIES * ENTRY) / SECTOR;
  const free = sectors - reserved - rootSectors;
  if (free <= 0) return null;
  // The tables must hold an entry a cluster, and the clusters are what the tables leave: grow until both agree.
  let tableSectors = 1;
  let clusters = 0;
  for (;;) {
    clusters = Math.floor((free - TABLES * tableSectors) / sectorsPerCluster);
    const needed = Math.ceil(((clusters + 2) * kind) / 8 / SECTOR);
    if (needed <= tableSectors) break;
    tableSectors = needed;
  }
  const least = kind === 12 ? 1 : kind === 16 ? FIRST_FAT16 : FIRST_FAT32;
  const most = kind === 12 ? FIRST_FAT16 - 1 : kind === 16 ? FIRST_FAT32 - 1 : 0x0ffffff5;
  if (clusters < least || clusters > most) return null;
  const dataStart = reserved + TABLES * tableSectors + rootSectors;
  return { kind, sectorsPerCluster, reserved, tableSectors, rootSectors, clusters, dataStart };
}

interface Folder {
  files: Map<string, Uint8Array>;
  folders: Map<string, Folder>;
}

class Writer {
  private readonly pieces: Piece[] = [];
  private readonly chains: number[][] = [];
  private nextCluster = 2;
  private readonly clusterBytes: number;

  constructor(private readonly volume: FatVolume, private readonly geometry: Geometry) {
    this.clusterBytes = geometry.sectorsPerCluster * SECTOR;
  }

  write(): Piece[] {
    const { geometry } = this;
    const root = treeOf(this.volume.files);
    if (geometry.kind === 32) {
      // The root folder is a chain like any other; it comes first, because the boot sector names it.
      const size = folderEntries(root) * ENTRY + ENTRY;
      const chain = this.allocate(size);
      this.storeFolder(chain, this.folderBytes(root, chain[0]!, 0, true));
    } else {
      const bytes = this.folderBytes(root, 0, 0, true);
      if (bytes.length > geometry.rootSectors * SECTOR) throw new Error(`the root folder holds at most ${ROOT_ENTRIES} entries`);
      this.put(geometry.dataStart - geometry.rootSectors, padTo(bytes, geometry.rootSectors * SECTOR));
    }
    const table = this.tableBytes();
    for (let copy = 0; copy < TABLES; copy++) this.put(geometry.reserved + copy * geometry.tableSectors, table);
    const boot = this.bootSector();
    this.put(0, boot);
    if (geometry.kind === 32) {
      const information = this.informationSector();
      this.put(1, information);
      this.put(6, boot);
      this.put(7, information);
    }
    return this.pieces.sort((a, b) => a.offset - b.offset);
  }

  private put(sector: number, bytes: Uint8Array): void {
    this.pieces.push({ offset: sector * SECTOR, bytes });
  }

  /** Clusters for so many bytes, one after the other; at least one. */
  private allocate(bytes: number): number[] {
    const count = Math.max(1, Math.ceil(bytes / this.clusterBytes));
    if (this.nextCluster + count > this.geometry.clusters + 2) throw new Error('the files do not fit into the volume');
    const chain = Array.from({ length: count }, (_, index) => this.nextCluster + index);
    this.nextCluster += count;
    this.chains.push(chain);
    return chain;
  }

  private store(chain: readonly number[], bytes: Uint8Array): void {
    this.put(this.geometry.dataStart + (chain[0]! - 2) * this.geometry.sectorsPerCluster, bytes);
  }

  private storeFolder(chain: readonly number[], bytes: Uint8Array): void {
    this.store(chain, padTo(bytes, chain.length * this.clusterBytes));
  }

  /** The entries of a folder; what stands in it is stored on the way. */
  private folderBytes(folder: Folder, own: number, parent: number, isRoot: boolean): Uint8Array {
    const entries: Uint8Array[] = [];
    const shortNames = new Set<string>();
    if (isRoot) entries.push(entryBytes(padded(this.volume.label, 11), 0x08, 0, 0));
    else {
      entries.push(entryBytes('.          ', 0x10, own, 0));
      entries.push(entryBytes('..         ', 0x10, parent, 0));
    }
    for (const [name, child] of folder.folders) {
      const chain = this.allocate((folderEntries(child) + 1) * ENTRY);
      // To a folder below the root, the root is cluster 0 even where it has a cluster (page 25).
      this.storeFolder(chain, this.folderBytes(child, chain[0]!, isRoot ? 0 : own, false));
      entries.push(...namedEntries(name, 0x10, chain[0]!, 0, shortNames));
    }
    for (const [name, bytes] of folder.files) {
      const chain = bytes.length > 0 ? this.allocate(bytes.length) : [0];
      if (bytes.length > 0) this.store(chain, bytes);
      entries.push(...namedEntries(name, 0x20, chain[0]!, bytes.length, shortNames));
    }
    return joined(entries);
  }

  private tableBytes(): Uint8Array {
    const { kind, tableSectors } = this.geometry;
    const bytes = new Uint8Array(tableSectors * SECTOR);
    const end = kind === 32 ? 0x0fffffff : kind === 16 ? 0xffff : 0xfff;
    setEntry(bytes, kind, 0, (end & ~0xff) | 0xf8);
    setEntry(bytes, kind, 1, end);
    for (const chain of this.chains) {
      chain.forEach((cluster, index) => setEntry(bytes, kind, cluster, chain[index + 1] ?? end));
    }
    return bytes;
  }

  private bootSector(): Uint8Array {
    const { geometry, volume } = this;
    const bytes = new Uint8Array(SECTOR);
    const view = new DataView(bytes.buffer);
    const is32 = geometry.kind === 32;
    bytes.set([0xeb, is32 ? 0x58 : 0x3c, 0x90]);
    setText(bytes, 3, 'FLUXOS  ');
    view.setUint16(11, SECTOR, true);
    bytes[13] = geometry.sectorsPerCluster;
    view.setUint16(14, geometry.reserved, true);
    bytes[16] = TABLES;
    view.setUint16(17, is32 ? 0 : ROOT_ENTRIES, true);
    if (!is32 && volume.sectors < 0x10000) view.setUint16(19, volume.sectors, true);
    else view.setUint32(32, volume.sectors, true);
    bytes[21] = 0xf8;
    if (!is32) view.setUint16(22, geometry.tableSectors, true);
    view.setUint16(24, 63, true);
    view.setUint16(26, 255, true);
    view.setUint32(28, volume.hidden, true);
    if (is32) {
      view.setUint32(36, geometry.tableSectors, true);
      view.setUint32(44, 2, true);
      view.setUint16(48, 1, true);
      view.setUint16(50, 6, true);
    }
    const tail = is32 ? 64 : 36;
    bytes[tail] = 0x80;
    bytes[tail + 2] = 0x29;
    view.setUint32(tail + 3, volume.serial, true);
    setText(bytes, tail + 7, padded(volume.label, 11));
    setText(bytes, tail + 18, `FAT${geometry.kind}   `);
    view.setUint16(510, 0xaa55, true);
    return bytes;
  }

  private informationSector(): Uint8Array {
    const bytes = new Uint8Array(SECTOR);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 0x41615252, true);
    view.setUint32(484, 0x61417272, true);
    view.setUint32(488, this.geometry.clusters + 2 - this.nextCluster, true);
    view.setUint32(492, this.nextCluster, true);
    view.setUint32(508, 0xaa550000, true);
    return bytes;
  }
}

function treeOf(files: readonly FatFile[]): Folder {
  const root: Folder = { files: new Map(), folders: new Map() };
  for (const { path, bytes } of files) {
    const parts = path.split('/').filter((part) => part !== '');
    const name = parts.pop();
    if (name === undefined) throw new Error('a file needs a name');
    let folder = root;
    for (const part of parts) {
      let next = folder.folders.get(part);
      if (!next) folder.folders.set(part, (next = { files: new Map(), folders: new Map() }));
      folder = next;
    }
    folder.files.set(name, bytes);
  }
  return root;
}

/** Entries of 32 bytes that a folder takes, `.` and `..` or the label included. */
function folderEntries(folder: Folder): number {
  let count = 2;
  for (const name of [...folder.folders.keys(), ...folder.files.keys()]) count += 1 + (isShort(name) ? 0 : Math.ceil(name.length / 13));
  return count;
}

function isShort(name: string): boolean {
  return /^[A-Z0-9!#$%&'()@^_`{}~-]{1,8}(\.[A-Z0-9!#$%&'()@^_`{}~-]{1,3})?$/.test(name);
}

/** The entries of one name: its long form in pieces of thirteen letters, last piece first, then the short form. */
function namedEntries(name: string, attributes: number, cluster: number, size: number, taken: Set<string>): Uint8Array[] {
  if (!/^[\x20-\x7e]{1,255}$/.test(name) || /["*/:<>?\\|]/.test(name)) throw new Error(`${JSON.stringify(name)} is no file name of FAT`);
  const short = shortName(name, taken);
  taken.add(short);
  const entry = entryBytes(short, attributes, cluster, size);
  if (isShort(name)) return [entry];
  let checksum = 0;
  for (let i = 0; i < 11; i++) checksum = (((checksum & 1) << 7) + (checksum >> 1) + short.charCodeAt(i)) & 0xff;
  const count = Math.ceil(name.length / 13);
  const entries: Uint8Array[] = [];
  for (let piece = count; piece >= 1; piece--) {
    const bytes = new Uint8Array(ENTRY);
    const view = new DataView(bytes.buffer);
    bytes[0] = piece | (piece === count ? 0x40 : 0);
    bytes[11] = 0x0f;
    bytes[13] = checksum;
    LONG_PLACES.forEach((place, index) => {
      const at = (piece - 1) * 13 + index;
      view.setUint16(place, at < name.length ? name.charCodeAt(at) : at === name.length ? 0 : 0xffff, true);
    });
    entries.push(bytes);
  }
  return [...entries, entry];
}

const LONG_PLACES = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/** Eleven letters without the dot; a name that is not of the short form gets `~1`, `~2`, … */
function shortName(name: string, taken: ReadonlySet<string>): string {
  const dot = name.lastIndexOf('.');
  const clean = (text: string) => text.toUpperCase().replace(/[^A-Z0-9!#$%&'()@^_`{}~-]/g, '');
  const base = clean(dot > 0 ? name.slice(0, dot) : name);
  const extension = padded(clean(dot > 0 ? name.slice(dot + 1) : '').slice(0, 3), 3);
  if (isShort(name)) return padded(base, 8) + extension;
  for (let number = 1; ; number++) {
    const tail = `~${number}`;
    const candidate = padded(base.slice(0, 8 - tail.length) + tail, 8) + extension;
    if (!taken.has(candidate)) return candidate;
  }
}

function entryBytes(name: string, attributes: number, cluster: number, size: number): Uint8Array {
  const bytes = new Uint8Array(ENTRY);
  const view = new DataView(bytes.buffer);
  setText(bytes, 0, name);
  bytes[11] = attributes;
  view.setUint16(16, EARLIEST_DATE, true);
  view.setUint16(18, EARLIEST_DATE, true);
  view.setUint16(24, EARLIEST_DATE, true);
  view.setUint16(20, cluster >>> 16, true);
  view.setUint16(26, cluster & 0xffff, true);
  view.setUint32(28, size, true);
  return bytes;
}

function setEntry(table: Uint8Array, kind: FatKind, cluster: number, value: number): void {
  const view = new DataView(table.buffer);
  if (kind === 32) view.setUint32(cluster * 4, value, true);
  else if (kind === 16) view.setUint16(cluster * 2, value, true);
  else {
    // Two entries share three bytes.
    const at = cluster + (cluster >> 1);
    if (cluster & 1) {
      table[at] = (table[at]! & 0x0f) | ((value & 0x0f) << 4);
      table[at + 1] = value >> 4;
    } else {
      table[at] = value & 0xff;
      table[at + 1] = (table[at + 1]! & 0xf0) | (value >> 8);
    }
  }
}

function setText(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

function padded(text: string, length: number): string {
  return text.slice(0, length).padEnd(length, ' ');
}

function padTo(bytes: Uint8Array, length: number): Uint8Array {
  const padded = new Uint8Array(length);
  padded.set(bytes);
  return padded;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
