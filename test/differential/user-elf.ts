/**
 * A linked image as a static Linux program: one page-aligned segment for each kind of access, which is what `execve`
 * and qemu-user map (System V ABI, chapter 5). The images that boards boot are written by `images/elf.ts`.
 */
import type { LinkedImage, LinkedSection } from '../../fluxc/link/link.ts';
import type { Target } from '../../fluxc/target/machine/target.ts';

const PAGE = 4096;
const HEADER = 64;
const PROGRAM_HEADER = 56;
const FLAGS = { execute: 5, read: 4, write: 6 };

export function userElf(linked: LinkedImage, target: Target): Uint8Array {
  const groups: LinkedSection[][] = [];
  for (const section of linked.sections) {
    const last = groups[groups.length - 1];
    if (section.size === 0) continue;
    if (last && last[0]!.permission === section.permission) last.push(section);
    else groups.push([section]);
  }
  const segments = groups.map((sections) => {
    const { address, permission } = sections[0]!;
    const end = (section: LinkedSection, size: number) => section.address + size - address;
    const filled = sections.filter((section) => section.bytes.length > 0);
    const fileSize = Math.max(0, ...filled.map((section) => end(section, section.bytes.length)));
    const bytes = new Uint8Array(fileSize);
    for (const section of sections) bytes.set(section.bytes, section.address - address);
    const last = sections[sections.length - 1]!;
    return { address, flags: FLAGS[permission], bytes, size: end(last, last.size) };
  });
  let at = PAGE;
  const places = segments.map((segment) => {
    const place = at;
    at += Math.ceil(segment.bytes.length / PAGE) * PAGE;
    return place;
  });
  const file = new Uint8Array(at);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, target.elfMachine, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(linked.entry), true);
  view.setBigUint64(32, BigInt(HEADER), true);
  view.setUint32(48, target.elfFlags, true);
  view.setUint16(52, HEADER, true);
  view.setUint16(54, PROGRAM_HEADER, true);
  view.setUint16(56, segments.length, true);
  segments.forEach(({ address, flags, bytes, size }, index) => {
    const row = HEADER + PROGRAM_HEADER * index;
    view.setUint32(row, 1, true);
    view.setUint32(row + 4, flags, true);
    [places[index]!, address, address, bytes.length, size, PAGE].forEach((value, field) => {
      view.setBigUint64(row + 8 + 8 * field, BigInt(value), true);
    });
    file.set(bytes, places[index]!);
  });
  return file;
}
