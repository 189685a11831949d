/**
 * The map of an image: every section and symbol with address, size and the line of the document it comes from. Each
 * program in it has a map of its own, with the addresses that it has in its process.
 */
import type { Sources } from '../base/source.ts';
import type { LinkedImage } from './link.ts';

export interface ImageMap {
  start: number;
  end: number;
  entry: number;
  sections: { name: string; address: number; size: number; fileSize: number; permission: string }[];
  symbols: { name: string; section: string; address: number; size: number; document: string | null; line: number | null }[];
  dropped: string[];
  programs: ({ name: string } & ProgramMap)[];
}

export type ProgramMap = Omit<ImageMap, 'programs'>;

export function mapOf(
  image: LinkedImage, programs: readonly { name: string; linked: LinkedImage }[], sources: Sources,
): ImageMap {
  return {
    ...mapOfOne(image, sources),
    programs: programs.map(({ name, linked }) => ({ name, ...mapOfOne(linked, sources) })),
  };
}

function mapOfOne(image: LinkedImage, sources: Sources): ProgramMap {
  return {
    start: image.start, end: image.end, entry: image.entry,
    sections: image.sections.map(({ name, address, size, bytes, permission }) => ({
      name, address, size, fileSize: bytes.length, permission,
    })),
    symbols: image.symbols.map(({ name, section, address, size, loc }) => {
      const place = sources.place(loc);
      return { name, section, address, size, document: place?.path ?? null, line: place?.line ?? null };
    }),
    dropped: image.dropped,
  };
}
