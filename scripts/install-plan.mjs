/**
 * What to install on this machine, and how: decided from what the machine says of itself, without touching it.
 *
 * Needs nothing but Node: `setup.mjs` runs it before any package is there. `fluxos doctor` gives its advice from the same.
 */

/** Programs by the Debian package that has them. `qemu-system-misc` brings the one for RISC-V in every release. */
export const QEMU = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-system-aarch64': 'qemu-system-arm',
  'qemu-system-riscv64': 'qemu-system-misc',
};

/** What the tests compare against: programs, and files that are named by their whole path. */
export const JUDGES = {
  'qemu-x86_64': 'qemu-user',
  'qemu-aarch64': 'qemu-user',
  'qemu-riscv64': 'qemu-user',
  gcc: 'gcc libc6-dev',
  as: 'binutils',
  'aarch64-linux-gnu-gcc': 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross',
  'riscv64-linux-gnu-gcc': 'gcc-riscv64-linux-gnu libc6-dev-riscv64-cross',
  'aarch64-linux-gnu-as': 'binutils-aarch64-linux-gnu',
  'riscv64-linux-gnu-as': 'binutils-riscv64-linux-gnu',
  'fsck.fat': 'dosfstools',
  mtype: 'mtools',
  sgdisk: 'gdisk',
  sfdisk: 'fdisk',
  'wasm-validate': 'wabt',
  'gdb-multiarch': 'gdb-multiarch',
  '/usr/share/ovmf/OVMF.fd': 'ovmf',
  '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd': 'qemu-efi-aarch64',
  '/usr/lib/u-boot/qemu-riscv64_smode/uboot.elf': 'u-boot-qemu',
};

/** The first version of QEMU with the `raspi4b` machine. */
export const QEMU_WANTED = 9;

/** Releases whose QEMU is too old and whose backports have a newer one. */
const BACKPORTS = { bookworm: 'bookworm-backports' };
/** Other names that a source may give the release: they move on, and so do not say which one it is by themselves. */
const MOVING_NAMES = ['stable', 'oldstable'];

const APT = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=120'];

/**
 * What is missing and how to get it; see `install-plan.d.mts` for the shapes. Where nothing may be installed there are no
 * steps, and somebody has to type `advice`.
 */
export function planInstall(machine) {
  const wanted = machine.judges ? { ...QEMU, ...JUDGES } : QEMU;
  const missing = Object.keys(wanted).filter((program) => !machine.installed.includes(program));
  const packages = new Set(missing.flatMap((program) => wanted[program].split(' ')));
  const backports = machine.hasApt ? backportsOf(machine.osRelease, machine.sources) : null;
  const isOld = machine.qemuVersion !== null && machine.qemuVersion < QEMU_WANTED && backports !== null;
  if (isOld) for (const name of Object.values(QEMU)) packages.add(name);
  const plan = { packages: [...packages].sort(), source: null, steps: [], advice: null };
  if (plan.packages.length === 0) return plan;
  const newer = plan.packages.filter(isEmulator);
  const needsBackports = backports !== null && newer.length > 0;
  plan.source = needsBackports ? backports.source : null;
  const suite = needsBackports ? backports.suite : null;
  plan.advice = adviceFor(plan, machine, suite);
  if (machine.hasApt && machine.elevate !== null) plan.steps = stepsFor(plan, machine.elevate, suite);
  return plan;
}

/** Of these the newest wins; the firmware that QEMU starts may be any. */
function isEmulator(name) {
  return name.startsWith('qemu-system') || name === 'qemu-user';
}

/** Each step with what to do if it fails. Without `orElse` the next step is tried all the same. */
function stepsFor({ packages, source }, elevate, suite) {
  const apt = (...words) => [...elevate, ...APT, ...words];
  const install = (names, ...options) => apt('install', '-y', '--no-install-recommends', ...options, ...names);
  const newer = suite === null ? [] : packages.filter(isEmulator);
  const others = packages.filter((name) => !newer.includes(name));
  const steps = [];
  // A mirror without the suite must not leave the machine with a source that always fails.
  const undo = source === null ? undefined : [...elevate, 'rm', '-f', source.path];
  steps.push({ command: apt('update'), orElse: undo });
  // An older QEMU still boots every board but one.
  if (newer.length > 0) steps.push({ command: install(newer, '-t', suite), orElse: install(newer) });
  if (others.length > 0) steps.push({ command: install(others) });
  return steps;
}

/** A line for a shell. Where a source must be added first, the set-up itself is that one command. */
function adviceFor({ packages, source }, { setup, judges, hasApt, elevate }, suite) {
  if (!hasApt) return `install with your package manager: ${packages.join(' ')}`;
  const sudo = elevate?.length === 0 ? [] : ['sudo'];
  if (source !== null) return [...sudo, setup, ...(judges ? ['--judges'] : [])].join(' ');
  return [...sudo, 'apt-get install -y', ...(suite === null ? [] : ['-t', suite]), ...packages].join(' ');
}

/**
 * The suite with a newer QEMU, and the source for it made from the machine's own: same mirror, same keys. `source` is null
 * if the machine has it already. Null if this release has no such suite, or its sources cannot be read.
 */
export function backportsOf(osRelease, sources) {
  if (field(osRelease, 'ID') !== 'debian') return null;
  const codename = field(osRelease, 'VERSION_CODENAME');
  const suite = BACKPORTS[codename];
  if (suite === undefined) return null;
  const entries = sources.flatMap(entriesOf);
  if (entries.some(({ suites }) => suites.includes(suite))) return { suite, source: null };
  const own = [codename, ...MOVING_NAMES]
    .map((name) => entries.find(({ suites }) => suites.includes(name)))
    .find((entry) => entry !== undefined);
  if (!own) return null;
  const path = `/etc/apt/sources.list.d/fluxos-backports.${own.isStanza ? 'sources' : 'list'}`;
  return { suite, source: { path, text: own.withSuite(suite) } };
}

function field(osRelease, name) {
  return new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
}

/** The enabled package sources of a file: stanzas (deb822) or one a line, as `sources.list(5)` has both. */
function entriesOf({ path, text }) {
  return path.endsWith('.sources') ? text.split(/\n[ \t]*\n/).flatMap(stanzaOf) : text.split('\n').flatMap(lineOf);
}

function stanzaOf(stanza) {
  const value = (name) => {
    const match = new RegExp(`^${name}:((?:.*)(?:\\n[ \\t].*)*)`, 'im').exec(stanza);
    return match ? match[1].trim().split(/\s+/) : [];
  };
  if (!value('Types').includes('deb') || value('Enabled')[0]?.toLowerCase() === 'no') return [];
  const withSuite = (suite) => `${stanza.trim().replace(/^Suites:.*(\n[ \t].*)*/im, `Suites: ${suite}`)}\n`;
  return [{ isStanza: true, suites: value('Suites'), withSuite }];
}

function lineOf(line) {
  const match = /^(\s*deb\s+(?:\[[^\]]*\]\s+)?\S+\s+)(\S+)(\s+.+)$/.exec(line);
  if (!match) return [];
  return [{ isStanza: false, suites: [match[2]], withSuite: (suite) => `${match[1].trim()} ${suite}${match[3]}\n` }];
}
