import { describe, expect, it } from 'vitest';
import { backportsOf, JUDGES, type Machine, planInstall, QEMU } from '../../scripts/install-plan.mjs';

const DEBIAN_12 = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n';
const DEBIAN_13 = 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n';
const UBUNTU = 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n';

/** As Debian's installer writes it: the archive of security updates has a mirror of its own. */
const STANZAS = `Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

# The mirror next door.
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;
const LINES = `# deb cdrom:[Debian 12]/ bookworm main
deb http://mirror.example/debian-security bookworm-security main
deb [signed-by=/usr/share/keyrings/a.gpg] http://mirror.example/debian bookworm main non-free-firmware
`;

const PROGRAMS = [...Object.keys(QEMU), ...Object.keys(JUDGES)];

function machine(over: Partial<Machine>): Machine {
  return {
    osRelease: DEBIAN_12, sources: [{ path: '/etc/apt/sources.list.d/debian.sources', text: STANZAS }], installed: [],
    qemuVersion: null, hasApt: true, elevate: [], judges: false, setup: 'node scripts/setup.mjs', ...over,
  };
}

const APT = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=120'];
const INSTALL = [...APT, 'install', '-y', '--no-install-recommends'];
const SYSTEMS = ['qemu-system-arm', 'qemu-system-misc', 'qemu-system-x86'];

describe('on Debian 12', () => {
  it('root installs from backports, of the mirror that the machine has', () => {
    const plan = planInstall(machine({}));
    expect(plan.packages).toEqual(SYSTEMS);
    expect(plan.source!.path).toBe('/etc/apt/sources.list.d/fluxos-backports.sources');
    expect(plan.source!.text).toBe(`# The mirror next door.
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm-backports
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`);
    expect(plan.steps).toEqual([
      { command: [...APT, 'update'], orElse: ['rm', '-f', '/etc/apt/sources.list.d/fluxos-backports.sources'] },
      { command: [...INSTALL, '-t', 'bookworm-backports', ...SYSTEMS], orElse: [...INSTALL, ...SYSTEMS] },
    ]);
  });

  it('reads sources of one line too', () => {
    const { source } = planInstall(machine({ sources: [{ path: '/etc/apt/sources.list', text: LINES }] }));
    expect(source).toEqual({
      path: '/etc/apt/sources.list.d/fluxos-backports.list',
      text: 'deb [signed-by=/usr/share/keyrings/a.gpg] http://mirror.example/debian bookworm-backports main non-free-firmware\n',
    });
  });

  it('adds no source that is there already', () => {
    const own = { path: '/etc/apt/sources.list.d/more.list', text: 'deb http://mirror.example/debian bookworm-backports main\n' };
    const plan = planInstall(machine({ sources: [...machine({}).sources, own] }));
    expect(plan.source).toBeNull();
    expect(plan.steps[0]).toEqual({ command: [...APT, 'update'], orElse: undefined });
    expect(plan.steps[1]!.command).toContain('bookworm-backports');
  });

  it('knows the release by its moving name, and leaves sources alone that are off', () => {
    const named = (text: string) => backportsOf(DEBIAN_12, [{ path: 'a.sources', text }]);
    expect(named('Types: deb\nURIs: http://m\nSuites: oldstable\nComponents: main\n')?.source?.text).toContain('bookworm-backports');
    expect(named('Enabled: no\nTypes: deb\nURIs: http://m\nSuites: bookworm\nComponents: main\n')).toBeNull();
    expect(named('Types: deb-src\nURIs: http://m\nSuites: bookworm\nComponents: main\n')).toBeNull();
    expect(backportsOf(DEBIAN_12, [])).toBeNull();
  });

  it('replaces a QEMU that is too old, and leaves a new one alone', () => {
    const installed = Object.keys(QEMU);
    expect(planInstall(machine({ installed, qemuVersion: 7 })).packages).toEqual(SYSTEMS);
    expect(planInstall(machine({ installed, qemuVersion: 10 }))).toEqual({ packages: [], source: null, steps: [], advice: null });
  });

  it('with sudo puts it before every command', () => {
    const { steps } = planInstall(machine({ elevate: ['sudo', '-n'] }));
    for (const { command, orElse } of steps) for (const words of [command, orElse!]) expect(words.slice(0, 2)).toEqual(['sudo', '-n']);
  });

  it('without sudo changes nothing and names the one command', () => {
    const plan = planInstall(machine({ elevate: null }));
    expect(plan.steps).toEqual([]);
    expect(plan.advice).toBe('sudo node scripts/setup.mjs');
    expect(planInstall(machine({ elevate: null, judges: true })).advice).toBe('sudo node scripts/setup.mjs --judges');
  });
});

describe('elsewhere', () => {
  it.each([['Debian 13', DEBIAN_13], ['Ubuntu', UBUNTU]])('%s installs from the release itself', (_, osRelease) => {
    const plan = planInstall(machine({ osRelease }));
    expect(plan.source).toBeNull();
    expect(plan.steps).toEqual([{ command: [...APT, 'update'], orElse: undefined }, { command: [...INSTALL, ...SYSTEMS] }]);
    expect(planInstall(machine({ osRelease, elevate: null })).advice).toBe(`sudo apt-get install -y ${SYSTEMS.join(' ')}`);
    // Nothing newer is to be had there.
    expect(planInstall(machine({ osRelease, installed: Object.keys(QEMU), qemuVersion: 8 })).packages).toEqual([]);
  });

  it('without apt names the packages', () => {
    const plan = planInstall(machine({ osRelease: 'ID=arch\n', hasApt: false, elevate: [] }));
    expect(plan.steps).toEqual([]);
    expect(plan.advice).toBe(`install with your package manager: ${SYSTEMS.join(' ')}`);
  });
});

describe('for the tests', () => {
  it('installs what judges, from the release, beside QEMU from backports', () => {
    const { steps, packages } = planInstall(machine({ judges: true }));
    expect(packages).toEqual(expect.arrayContaining([...SYSTEMS, 'qemu-user', 'gcc', 'libc6-dev', 'gcc-riscv64-linux-gnu']));
    expect(steps[1]!.command).toContain('qemu-user');
    expect(steps[2]!.command).toContain('binutils');
    expect(steps[2]!.command).not.toContain('-t');
    expect(steps[2]!.command).toEqual(expect.arrayContaining(['ovmf', 'qemu-efi-aarch64', 'u-boot-qemu']));
  });

  it('wants nothing where all is there', () => {
    expect(planInstall(machine({ judges: true, installed: PROGRAMS, qemuVersion: 10 })).packages).toEqual([]);
    expect(planInstall(machine({ judges: true, installed: PROGRAMS.filter((name) => name !== 'gcc'), qemuVersion: 10 })).packages)
      .toEqual(['gcc', 'libc6-dev']);
  });
});
