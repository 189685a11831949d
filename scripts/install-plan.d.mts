/** What a machine says of itself. */
export interface Machine {
  /** text of `/etc/os-release`; empty if there is none */
  osRelease: string;
  /** the files of package sources */
  sources: { path: string; text: string }[];
  /** those of the wanted programs and files that are there */
  installed: string[];
  /** major version of the oldest QEMU that is installed */
  qemuVersion: number | null;
  hasApt: boolean;
  /** what stands before a command so that it may change the system; null if it may not */
  elevate: string[] | null;
  /** also what the tests compare against */
  judges: boolean;
  /** the command that runs the set-up by itself */
  setup: string;
}

export interface Step {
  command: string[];
  orElse?: string[] | undefined;
}

export interface Plan {
  packages: string[];
  /** a file of package sources to write first */
  source: { path: string; text: string } | null;
  /** in order; none where this machine does not let us */
  steps: Step[];
  /** the one command that somebody can type instead; null if nothing is missing */
  advice: string | null;
}

export const QEMU: Record<string, string>;
export const JUDGES: Record<string, string>;
export const QEMU_WANTED: number;
export function planInstall(machine: Machine): Plan;
export function backportsOf(
  osRelease: string, sources: Machine['sources'],
): { suite: string; source: { path: string; text: string } | null } | null;
