/**
 * PE32+ executables for UEFI firmware: headers, then sections, each with its own rights and none writable and executable.
 *
 * There are no relocations: the program must run wherever the firmware puts it. Sources: Microsoft PE Format; UEFI
 * Specification 2.10, section 2.1.1.
 */
export interface PeSection {
  /** at most 8 characters */
  name: string;
  /** distance from where the firmware puts the first byte of the headers; a multiple of 16, ascending */
  address: number;
  bytes: Uint8Array;
  /** bytes in memory; what exceeds `bytes` is zero */
  size: number;
  write: boolean;
  execute: boolean;
}

export interface PeFile {
  /** 0x8664 x86-64, 0xAA64 AArch64, 0x5064 RISC-V 64 */
  machine: number;
  /** as the sections' addresses */
  entry: number;
  sections: readonly PeSection[];
}

const PE = 0x40;
const OPTIONAL = PE + 24;
const OPTIONAL_BYTES = 112;
const SECTIONS = OPTIONAL + OPTIONAL_BYTES;
const SECTION_BYTES = 40;
const HEADERS = 0x400;
const FILE_ALIGN = 0x200;
export const PE_PAGE = 0x1000;
/** Executable, large addresses, no relocations needed: none there. */
const CHARACTERISTICS = 0x0022;
const EFI_APPLICATION = 10;
const [CODE, DATA, EXECUTE, READ, WRITE] = [0x20, 0x40, 0x20000000, 0x40000000, 0x80000000];

/** Sections of equal rights that share a page become one. */
export function writePe({ machine, entry, sections }: PeFile): Uint8Array {
  const joined = joinSections(sections);
  if (SECTIONS + SECTION_BYTES * joined.length > HEADERS) throw new Error('too many sections');
  const offsets: number[] = [];
  let at = HEADERS;
  for (const { bytes } of joined) {
    offsets.push(at);
    at += alignUp(bytes.length, FILE_ALIGN);
  }
  const bytes = new Uint8Array(at);
  const view = new DataView(bytes.buffer);
  const last = joined[joined.length - 1]!;
  bytes.set([0x4d, 0x5a]); // MZ
  view.setUint32(0x3c, PE, true);
  bytes.set([0x50, 0x45, 0, 0], PE);
  view.setUint16(PE + 4, machine, true);
  view.setUint16(PE + 6, joined.length, true);
  view.setUint16(PE + 20, OPTIONAL_BYTES, true);
  view.setUint16(PE + 22, CHARACTERISTICS, true);
  const code = joined.filter(({ execute }) => execute);
  view.setUint16(OPTIONAL, 0x20b, true);
  view.setUint32(OPTIONAL + 4, code.reduce((sum, section) => sum + alignUp(section.bytes.length, FILE_ALIGN), 0), true);
  view.setUint32(OPTIONAL + 16, entry, true);
  view.setUint32(OPTIONAL + 20, code[0]?.address ?? 0, true);
  view.setUint32(OPTIONAL + 32, PE_PAGE, true);
  view.setUint32(OPTIONAL + 36, FILE_ALIGN, true);
  view.setUint32(OPTIONAL + 56, alignUp(last.address + last.size, PE_PAGE), true);
  view.setUint32(OPTIONAL + 60, HEADERS, true);
  view.setUint16(OPTIONAL + 68, EFI_APPLICATION, true);
  joined.forEach(({ name, address, bytes: content, size, write, execute }, index) => {
    const header = SECTIONS + SECTION_BYTES * index;
    for (let i = 0; i < Math.min(name.length, 8); i++) bytes[header + i] = name.charCodeAt(i);
    view.setUint32(header + 8, size, true);
    view.setUint32(header + 12, address, true);
    view.setUint32(header + 16, alignUp(content.length, FILE_ALIGN), true);
    view.setUint32(header + 20, content.length > 0 ? offsets[index]! : 0, true);
    view.setUint32(header + 36, (READ | (write ? WRITE : 0) | (execute ? EXECUTE | CODE : DATA)) >>> 0, true);
    bytes.set(content, offsets[index]!);
  });
  return bytes;
}

/** Rights are given page by page: `.bss` goes on where `.data` ends. */
function joinSections(sections: readonly PeSection[]): PeSection[] {
  const joined: PeSection[] = [];
  for (const section of sections) {
    const last = joined[joined.length - 1];
    if (!last || last.write !== section.write || last.execute !== section.execute || section.address % PE_PAGE === 0) {
      if (section.address % PE_PAGE !== 0) throw new Error(`section ${section.name} shares a page with another of other rights`);
      joined.push({ ...section });
      continue;
    }
    const reach = section.address - last.address;
    if (section.bytes.length > 0) {
      const bytes = new Uint8Array(reach + section.bytes.length);
      bytes.set(last.bytes);
      bytes.set(section.bytes, reach);
      last.bytes = bytes;
    }
    last.size = reach + section.size;
  }
  return joined;
}

function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}
