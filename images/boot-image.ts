/**
 * Flat kernel images as Linux boot loaders take them: a 64-byte header, then memory as it shall be.
 *
 * Sources: Linux `Documentation/arch/arm64/booting.rst` section 4, `Documentation/arch/riscv/boot-image-header.rst`.
 * The Raspberry Pi's `kernel8.img` is the arm64 form: its firmware obeys `text_offset`, older firmware loads to 0x80000.
 */
export const IMAGE_HEADER_BYTES = 64;

export interface FlatSection {
  address: number;
  bytes: Uint8Array;
}

export interface BootImage {
  arch: 'arm64' | 'riscv64';
  /** address of the header */
  start: number;
  /** address behind the last byte of memory that the image needs, zeros included */
  end: number;
  entry: number;
  /** distance from a 2 MiB boundary at which the image wants to start */
  textOffset: number;
  sections: readonly FlatSection[];
}

/** Header and sections at their distances from `start`; zeros at the end are left out, `image_size` tells of them. */
export function writeBootImage(image: BootImage): Uint8Array {
  const filled = image.sections.filter((section) => section.bytes.length > 0);
  const last = filled.reduce((end, section) => Math.max(end, section.address + section.bytes.length), image.start);
  const bytes = new Uint8Array(Math.max(last - image.start, IMAGE_HEADER_BYTES));
  for (const section of filled) bytes.set(section.bytes, section.address - image.start);
  const view = new DataView(bytes.buffer);
  const distance = image.entry - image.start;
  view.setUint32(0, image.arch === 'arm64' ? armBranch(distance) : riscvJump(distance), true);
  view.setUint32(8, image.textOffset, true);
  view.setUint32(16, image.end - image.start, true);
  if (image.arch === 'arm64') {
    // Flags: little-endian, 4 KiB pages, may be placed anywhere.
    view.setUint32(24, 0xa, true);
    bytes.set([0x41, 0x52, 0x4d, 0x64], 56);
  } else {
    view.setUint32(32, 2, true);
    bytes.set([0x52, 0x49, 0x53, 0x43, 0x56, 0, 0, 0], 48);
    bytes.set([0x52, 0x53, 0x43, 0x05], 56);
  }
  return bytes;
}

/** `b . + distance` (Arm ARM C6.2.26). */
function armBranch(distance: number): number {
  return (0x14000000 | ((distance >> 2) & 0x03ffffff)) >>> 0;
}

/** `j . + distance` (RISC-V unprivileged specification, JAL with rd = x0). */
function riscvJump(distance: number): number {
  const bits = (((distance >> 20) & 1) << 31) | (((distance >> 1) & 0x3ff) << 21) | (((distance >> 11) & 1) << 20) |
    (((distance >> 12) & 0xff) << 12);
  return (bits | 0x6f) >>> 0;
}
