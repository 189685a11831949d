/** `fluxos inspect --crash`: the crashes in a console's log, with what their addresses mean in the image. */
import { readFileSync } from 'node:fs';
import { Sources } from '../../fluxc/base/source.ts';
import { readCrashes } from '../crash/console-log.ts';
import { symbolsOfElf } from '../crash/elf-symbols.ts';
import { type ImageSymbols, symbolsOf } from '../crash/image-symbols.ts';
import { reportLines, reportOf } from '../crash/report.ts';
import { failure, type Output } from '../output.ts';
import { type Project, reasonOf } from '../project.ts';
import type { Compiled } from './build.ts';

const STANDARD_INPUT = '-';

/** With the image that the sources give. */
export function crashCommand(project: Project, { compilation, sources }: Compiled, output: Output, file: string): number {
  output.json({ board: project.board });
  return reportCrashes(symbolsOf(compilation, sources), output, file);
}

/** With the ELF file of an image that was built before, and the map beside it. */
export function crashWithElf(elf: string, output: Output, file: string): number {
  let image: ImageSymbols;
  try {
    image = symbolsOfElf(elf);
  } catch (error) {
    output.diagnostics(failure('FX0813', elf, reasonOf(error)), new Sources());
    return 1;
  }
  return reportCrashes(image, output, file);
}

/** 0 if there is a crash and all are of this image. */
function reportCrashes(image: ImageSymbols, output: Output, file: string): number {
  let log: string;
  try {
    log = readFileSync(file === STANDARD_INPUT ? 0 : file, 'utf8');
  } catch (error) {
    output.diagnostics(failure('FX0813', file, reasonOf(error)), new Sources());
    return 1;
  }
  const reports = readCrashes(log, image.agents.map(({ name }) => name)).map((crash) => reportOf(crash, image));
  output.json({ crashes: reports });
  if (reports.length === 0) {
    output.diagnostics(failure('FX0850', file), new Sources());
    return 1;
  }
  reports.forEach((report, index) => {
    if (index > 0) output.line();
    if (reports.length > 1) output.line(`line ${report.line} of the log:`);
    for (const line of reportLines(report, output.options.verbose)) output.line(line);
  });
  const foreign = reports.find(({ isSameImage }) => isSameImage === false);
  if (foreign) output.diagnostics(failure('FX0851', foreign.line, foreign.evidence), new Sources());
  return foreign ? 1 : 0;
}
