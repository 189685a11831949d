/**
 * ELF64 executables, little-endian (System V ABI, chapter 4 and 5; https://refspecs.linuxfoundation.org/elf).
 *
 * Layout of the file: ELF header, program headers, note, segments, then for tools the symbol table, its strings and the
 * section headers. Segments stand one behind the other without padding: a loader that copies (QEMU, firmware) does not
 * need file pages to match memory pages, so `p_align` is 16.
 */
export interface ElfSegment {
  address: number;
  bytes: Uint8Array;
  /** bytes in memory; what exceeds `bytes` is zero */
  size: number;
  flags: { read: boolean; write: boolean; execute: boolean };
}

export interface ElfSection {
  name: string;
  address: number;
  bytes: Uint8Array;
  /** larger than `bytes` for sections of zeros */
  size: number;
  write: boolean;
  execute: boolean;
}

export interface ElfSymbol {
  name: string;
  /** name of the section that it stands in */
  section: string;
  address: number;
  size: number;
  kind: 'function' | 'object';
}

export interface ElfNote {
  owner: string;
  type: number;
  bytes: Uint8Array;
}

export interface ElfFile {
  /** e_machine: 62 x86_64, 183 AArch64, 243 RISC-V */
  machine: number;
  flags: number;
  entry: number;
  sections: readonly ElfSection[];
  notes: readonly ElfNote[];
  /** empty: no symbol table and no section headers, only what a loader needs */
  symbols: readonly ElfSymbol[];
  /** sections for tools that no loader loads; only with symbols */
  debug?: readonly ElfDebugSection[];
}

export interface ElfDebugSection {
  name: string;
  bytes: Uint8Array;
}

const HEADER = 64;
const PROGRAM_HEADER = 56;
const SECTION_HEADER = 64;
const SYMBOL = 24;
const ALIGN = 16;

const PT_LOAD = 1;
const PT_NOTE = 4;
const SHT_PROGBITS = 1;
const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHT_NOBITS = 8;
const SHF_WRITE = 1;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;

/** The Xen note by which QEMU and other PVH loaders find the 32-bit entry (Xen `elfnote.h`, XEN_ELFNOTE_PHYS32_ENTRY). */
export function pvhNote(entry: number): ElfNote {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, entry, true);
  return { owner: 'Xen', type: 18, bytes };
}

/** The bytes of an ELF executable. Sections of zeros must follow the section whose segment they end. */
export function writeElf(file: ElfFile): Uint8Array {
  const segments = segmentsOf(file.sections);
  const note = encodeNotes(file.notes);
  const headers = segments.length + (note.length > 0 ? 1 : 0);
  const noteAt = HEADER + PROGRAM_HEADER * headers;
  let at = alignUp(noteAt + note.length, ALIGN);
  const segmentAt: number[] = [];
  for (const segment of segments) {
    // p_offset and p_vaddr must be equal modulo p_align.
    at += (((segment.address - at) % ALIGN) + ALIGN) % ALIGN;
    segmentAt.push(at);
    at += segment.bytes.length;
  }
  const withSymbols = file.symbols.length > 0;
  const names = new Strings();
  const symbolNames = new Strings();
  const symbolNameAt = file.symbols.map((symbol) => symbolNames.add(symbol.name));
  const sectionNameAt = file.sections.map((section) => names.add(section.name));
  const debug = file.debug ?? [];
  const debugNameAt = debug.map((section) => names.add(section.name));
  const [symtabName, strtabName, shstrtabName] = ['.symtab', '.strtab', '.shstrtab'].map((name) => names.add(name));
  const symtabAt = alignUp(at, 8);
  const strtabAt = symtabAt + SYMBOL * (file.symbols.length + 1);
  const shstrtabAt = strtabAt + symbolNames.length;
  const debugAt: number[] = [];
  let debugEnd = shstrtabAt + names.length;
  for (const section of debug) {
    debugAt.push(debugEnd);
    debugEnd += section.bytes.length;
  }
  const sectionsAt = alignUp(debugEnd, 8);
  const sectionCount = file.sections.length + debug.length + 4;
  const bytes = new Uint8Array(withSymbols ? sectionsAt + SECTION_HEADER * sectionCount : at);
  const view = new DataView(bytes.buffer);

  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], 0);
  view.setUint16(16, 2, true);
  view.setUint16(18, file.machine, true);
  view.setUint32(20, 1, true);
  put64(view, 24, file.entry);
  put64(view, 32, HEADER);
  put64(view, 40, withSymbols ? sectionsAt : 0);
  view.setUint32(48, file.flags, true);
  view.setUint16(52, HEADER, true);
  view.setUint16(54, PROGRAM_HEADER, true);
  view.setUint16(56, headers, true);
  view.setUint16(58, SECTION_HEADER, true);
  view.setUint16(60, withSymbols ? sectionCount : 0, true);
  view.setUint16(62, withSymbols ? sectionCount - 1 : 0, true);

  segments.forEach((segment, i) => {
    const { read, write, execute } = segment.flags;
    const flags = (execute ? 1 : 0) | (write ? 2 : 0) | (read ? 4 : 0);
    programHeader(view, i, PT_LOAD, flags, segmentAt[i]!, segment.address, segment.bytes.length, segment.size, ALIGN);
    bytes.set(segment.bytes, segmentAt[i]!);
  });
  if (note.length > 0) {
    // The note is read from the file only; some versions of QEMU divide by p_align, so it must not be 0.
    programHeader(view, segments.length, PT_NOTE, 4, noteAt, 0, note.length, note.length, 4);
    bytes.set(note, noteAt);
  }
  if (!withSymbols) return bytes;

  file.symbols.forEach((symbol, i) => {
    const entry = symtabAt + SYMBOL * (i + 1);
    const section = file.sections.findIndex(({ name }) => name === symbol.section);
    view.setUint32(entry, symbolNameAt[i]!, true);
    view.setUint8(entry + 4, symbol.kind === 'function' ? 0x12 : 0x11);
    view.setUint16(entry + 6, section < 0 ? 0xfff1 : section + 1, true);
    put64(view, entry + 8, symbol.address);
    put64(view, entry + 16, symbol.size);
  });
  bytes.set(symbolNames.bytes(), strtabAt);
  bytes.set(names.bytes(), shstrtabAt);

  const header = (index: number, fields: SectionHeader) => sectionHeader(view, sectionsAt + SECTION_HEADER * index, fields);
  file.sections.forEach((section, i) => {
    const zero = section.bytes.length === 0 && section.size > 0;
    const segment = segments.findIndex(
      ({ address, size }) => section.address >= address && section.address <= address + size,
    );
    const flags = SHF_ALLOC | (section.write ? SHF_WRITE : 0) | (section.execute ? SHF_EXECINSTR : 0);
    header(i + 1, {
      name: sectionNameAt[i]!, type: zero ? SHT_NOBITS : SHT_PROGBITS, flags, address: section.address,
      offset: segment < 0 ? at : segmentAt[segment]! + Math.min(section.address - segments[segment]!.address, segments[segment]!.bytes.length),
      size: section.size, link: 0, info: 0, align: ALIGN, entry: 0,
    });
  });
  const plain = { flags: 0, address: 0, link: 0, info: 0, align: 1, entry: 0 };
  const first = file.sections.length + debug.length + 1;
  debug.forEach((section, i) => {
    bytes.set(section.bytes, debugAt[i]!);
    header(file.sections.length + 1 + i, {
      ...plain, name: debugNameAt[i]!, type: SHT_PROGBITS, offset: debugAt[i]!, size: section.bytes.length,
    });
  });
  header(first, {
    ...plain, name: symtabName!, type: SHT_SYMTAB, offset: symtabAt, size: strtabAt - symtabAt,
    link: first + 1, info: 1, align: 8, entry: SYMBOL,
  });
  header(first + 1, { ...plain, name: strtabName!, type: SHT_STRTAB, offset: strtabAt, size: symbolNames.length });
  header(first + 2, { ...plain, name: shstrtabName!, type: SHT_STRTAB, offset: shstrtabAt, size: names.length });
  return bytes;
}

/** One segment a run of sections with equal rights; zeros at its end are memory only. */
export function segmentsOf(sections: readonly ElfSection[]): ElfSegment[] {
  const segments: ElfSegment[] = [];
  let previous: ElfSection | null = null;
  for (const section of sections) {
    if (section.size === 0) continue;
    const last = segments[segments.length - 1];
    if (last && previous && previous.write === section.write && previous.execute === section.execute) {
      const reach = section.address - last.address;
      if (section.bytes.length > 0) {
        const joined = new Uint8Array(reach + section.bytes.length);
        joined.set(last.bytes);
        joined.set(section.bytes, reach);
        last.bytes = joined;
      }
      last.size = reach + section.size;
    } else {
      segments.push({
        address: section.address, bytes: section.bytes, size: section.size,
        flags: { read: true, write: section.write, execute: section.execute },
      });
    }
    previous = section;
  }
  return segments;
}

function encodeNotes(notes: readonly ElfNote[]): Uint8Array {
  const parts: number[] = [];
  const word = (value: number) => parts.push(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255);
  for (const note of notes) {
    word(note.owner.length + 1);
    word(note.bytes.length);
    word(note.type);
    for (let i = 0; i < note.owner.length; i++) parts.push(note.owner.charCodeAt(i));
    parts.push(0);
    while (parts.length % 4) parts.push(0);
    parts.push(...note.bytes);
    while (parts.length % 4) parts.push(0);
  }
  return Uint8Array.from(parts);
}

function programHeader(
  view: DataView, index: number, type: number, flags: number, offset: number, address: number, fileSize: number,
  memorySize: number, align: number,
): void {
  const at = HEADER + PROGRAM_HEADER * index;
  view.setUint32(at, type, true);
  view.setUint32(at + 4, flags, true);
  put64(view, at + 8, offset);
  put64(view, at + 16, address);
  put64(view, at + 24, address);
  put64(view, at + 32, fileSize);
  put64(view, at + 40, memorySize);
  put64(view, at + 48, align);
}

interface SectionHeader {
  name: number;
  type: number;
  flags: number;
  address: number;
  offset: number;
  size: number;
  link: number;
  info: number;
  align: number;
  entry: number;
}

function sectionHeader(view: DataView, at: number, fields: SectionHeader): void {
  view.setUint32(at, fields.name, true);
  view.setUint32(at + 4, fields.type, true);
  put64(view, at + 8, fields.flags);
  put64(view, at + 16, fields.address);
  put64(view, at + 24, fields.offset);
  put64(view, at + 32, fields.size);
  view.setUint32(at + 40, fields.link, true);
  view.setUint32(at + 44, fields.info, true);
  put64(view, at + 48, fields.align);
  put64(view, at + 56, fields.entry);
}

/** A string table: NUL-terminated names, the empty one first. Names are ASCII. */
class Strings {
  private readonly parts: number[] = [0];

  get length(): number {
    return this.parts.length;
  }

  add(name: string): number {
    const at = this.parts.length;
    for (let i = 0; i < name.length; i++) this.parts.push(name.charCodeAt(i) & 127);
    this.parts.push(0);
    return at;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.parts);
  }
}

/** Writes an exact integer below 2^53. */
function put64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}

function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}
