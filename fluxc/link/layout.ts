/**
 * Where sections go: the order, the permissions, the addresses.
 *
 * The image is one range of memory: executable, read-only, writable, in that order, each from a page boundary on, so that
 * page tables can give each its rights and none is writable and executable. `.bss` is last and takes no room in a file.
 */
export const PAGE = 4096;

export type Permission = 'execute' | 'read' | 'write';

export interface SectionPlan {
  name: string;
  permission: Permission;
  /** occupies memory only */
  zero: boolean;
}

/** The sections every image has, in order. A section asked for with `@section` follows the one whose name it extends. */
export const SECTIONS: readonly SectionPlan[] = [
  { name: '.text', permission: 'execute', zero: false },
  { name: '.rodata', permission: 'read', zero: false },
  { name: '.data', permission: 'write', zero: false },
  { name: '.bss', permission: 'write', zero: true },
];

/** `.text.boot` stands at the very start of `.text`: the first instruction of the image. */
export const BOOT_SECTION = '.text.boot';

/** The plan of the section that `name` belongs to, or null: `.text.boot` belongs to `.text`. */
export function sectionOf(name: string): SectionPlan | null {
  return SECTIONS.find((section) => name === section.name || name.startsWith(section.name + '.')) ?? null;
}

export function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}
