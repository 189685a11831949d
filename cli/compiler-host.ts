/** What the compiler asks of the program around it (`fluxc/lang/host.ts`), answered from folders. */
import type { Host } from '../fluxc/lang/host.ts';
import { evaluateBuildScript } from './build-script.ts';
import { bytesReaderOf, readerOf } from './host.ts';

/** Files come from the first of the folders that has them. */
export function hostOf(folders: readonly string[]): Host {
  return { read: readerOf(folders), readBytes: bytesReaderOf(folders), evaluate: evaluateBuildScript };
}
