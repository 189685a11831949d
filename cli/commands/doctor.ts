/** `fluxos doctor`: what this machine has, what it lacks, and the command that mends it. */
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

const PACKAGES: Record<string, string> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-system-aarch64': 'qemu-system-arm',
  'qemu-system-riscv64': 'qemu-system-misc',
};

export async function doctorCommand(output: Output): Promise<number> {
  const findings = [node(), ...(await Promise.all(Object.values(QEMU_PROGRAMS).map(qemu)))];
  findings.push(await raspberry());
  output.json({ findings });
  for (const { what, state, detail, mend } of findings) {
    output.line(`${state === 'ok' ? 'ok     ' : state.padEnd(7)} ${what}: ${detail}`);
    if (mend) output.line(`        to mend: ${mend}`);
  }
  return findings.every(({ state }) => state === 'ok') ? 0 : 1;
}

function node(): Finding {
  const version = process.versions.node;
  const ok = Number(version.split('.')[0]) >= NODE_WANTED;
  return {
    what: 'Node', state: ok ? 'ok' : 'old', detail: version, mend: ok ? null : `install Node ${NODE_WANTED} or newer`,
  };
}

async function qemu(program: string): Promise<Finding> {
  if (!findProgram(program)) {
    return { what: program, state: 'missing', detail: 'not installed: images build, but do not boot here', mend: install(PACKAGES[program]!) };
  }
  const { execa } = await import('execa');
  const { stdout } = await execa(program, ['--version'], { reject: false });
  return { what: program, state: 'ok', detail: stdout.split('\n')[0]!.replace('QEMU emulator ', ''), mend: null };
}

async function raspberry(): Promise<Finding> {
  const program = QEMU_PROGRAMS.arm64;
  const ok = findProgram(program) !== null && (await hasMachine(program, 'raspi4b'));
  return {
    what: 'machine raspi4b', state: ok ? 'ok' : 'missing',
    detail: ok ? 'there' : 'needs QEMU 9 or newer: board rpi4 builds, but does not boot here',
    mend: ok ? null : `${install('qemu-system-arm')} from a release that has QEMU 9 (Debian 12: its backports)`,
  };
}

function install(name: string): string {
  return findProgram('apt-get') ? `sudo apt-get install -y ${name}` : `install QEMU (${name}) with your package manager`;
}
