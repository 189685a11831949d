/** `fluxos doctor`: what this machine has, what it lacks, and the command that mends it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Sources } from '../../fluxc/base/source.ts';
import { loadBoard } from '../../fluxc/board/board.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { planInstall, QEMU_WANTED } from '../../scripts/install-plan.mjs';
import { readMachine } from '../../scripts/machine.mjs';
import { boardNames } from '../boards.ts';
import { HOME, readerOf } from '../host.ts';
import type { Output } from '../output.ts';
import { findProgram, hasMachine, QEMU_PROGRAMS } from '../qemu.ts';

interface Finding {
  what: string;
  state: 'ok' | 'missing' | 'old';
  detail: string;
  /** a command or a sentence that mends it; null where nothing is to mend */
  mend: string | null;
}

/** The oldest Node that runs fluxos. */
const NODE_WANTED = 20;

export async function doctorCommand(output: Output): Promise<number> {
  const install = installCommand();
  const programs = await Promise.all(Object.values(QEMU_PROGRAMS).map((program) => qemu(program, install)));
  const findings = [node(), packages(), ...programs, ...(await machines(install))];
  output.json({ findings });
  for (const { what, state, detail } of findings) output.line(`${state.padEnd(7)}  ${what}: ${detail}`);
  const mends = new Set(findings.flatMap(({ mend }) => mend ?? []));
  if (mends.size === 0) return 0;
  output.line();
  output.line('To mend it:');
  for (const mend of mends) output.line(`    ${mend}`);
  return 1;
}

/** The command that installs what is missing of QEMU; null if the packages are all there. */
export function installCommand(): string | null {
  const setup = `${process.execPath} ${join(HOME, 'scripts', 'setup.mjs')}`;
  return planInstall(readMachine({ judges: false, setup })).advice;
}

function node(): Finding {
  const version = process.versions.node;
  const ok = Number(version.split('.')[0]) >= NODE_WANTED;
  return {
    what: 'Node', state: ok ? 'ok' : 'old', detail: version, mend: ok ? null : `install Node ${NODE_WANTED} or newer`,
  };
}

/** The packages that fluxos runs with, in the versions that the lock file names. */
function packages(): Finding {
  const lock = readJson(join(HOME, 'package-lock.json')) as { packages?: Record<string, { version?: string }> } | null;
  const { dependencies = {} } = (readJson(join(HOME, 'package.json')) ?? {}) as { dependencies?: Record<string, string> };
  const wrong = Object.keys(dependencies).filter((name) => {
    const path = `node_modules/${name}`;
    const installed = readJson(join(HOME, path, 'package.json')) as { version?: string } | null;
    return !installed || installed.version !== (lock?.packages?.[path]?.version ?? installed.version);
  });
  const count = Object.keys(dependencies).length;
  return wrong.length === 0
    ? { what: 'npm packages', state: 'ok', detail: `${count} installed`, mend: null }
    : { what: 'npm packages', state: 'missing', detail: wrong.join(', '), mend: `npm ci --prefix ${HOME}` };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

async function qemu(program: string, install: string | null): Promise<Finding> {
  if (!findProgram(program)) {
    return { what: program, state: 'missing', detail: 'not installed; images build, but do not boot here', mend: install };
  }
  const { execa } = await import('execa');
  const { stdout } = await execa(program, ['--version'], { reject: false, stdin: 'ignore' });
  return { what: program, state: 'ok', detail: (stdout ?? '').split('\n')[0]!.replace('QEMU emulator ', ''), mend: null };
}

/** What each board of fluxos needs of the QEMU that is there. */
async function machines(install: string | null): Promise<Finding[]> {
  const read = readerOf([HOME]);
  const findings: Finding[] = [];
  for (const name of boardNames([HOME])) {
    const board = loadBoard(name, read, new Sources(), new Diagnostics());
    const program = board && QEMU_PROGRAMS[board.arch];
    if (!board?.qemu || !program || !findProgram(program)) continue;
    const machine = board.qemu.machine.split(',')[0]!;
    const ok = await hasMachine(program, machine);
    findings.push({
      what: `board ${name}`, state: ok ? 'ok' : 'old', detail: `machine ${machine}${ok ? '' : ' is not in this QEMU'}`,
      mend: ok ? null : (install ?? `install QEMU ${QEMU_WANTED} or newer; this release of the system has none`),
    });
  }
  return findings;
}
