/** Suites for the tests: our own, beside this file, and the shared ones, beside the repository. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Task } from '../../cli/vm/conformance/conform.ts';
import { PROFILES, type Profile, readSuite } from '../../cli/vm/conformance/vector.ts';
import { ROOT } from '../host.ts';

export interface NamedTask extends Task {
  name: string;
}

function open(path: string, name: string, profile: Profile): NamedTask {
  return { name, profile, suite: readSuite(readFileSync(path, 'utf8')) };
}

/** Written from the rules, one file a profile. */
export const OWN: readonly NamedTask[] = PROFILES.map((profile) => open(join(ROOT, 'test/conformance', `${profile}.json`), profile, profile));

const SHARED_FOLDER = join(ROOT, '../shared/conformance');
const SHARED_FILES: readonly (readonly [string, Profile])[] = [['v2-builtin-113', 'golden'], ['v2', 'json'], ['v3', 'v3']];

/** The public sets; empty where they do not lie beside the repository. */
export const SHARED: readonly NamedTask[] = existsSync(SHARED_FOLDER)
  ? SHARED_FILES.map(([file, profile]) => open(join(SHARED_FOLDER, `${file}.json`), file, profile)) : [];
