/** The corners by name, as `scripts/differential.mjs` and the tests call them. */
import { optimise } from '../../fluxc/fir/passes/pipeline.ts';
import type { Arch } from '../../fluxc/target/machine/target.ts';
import { TARGETS } from '../../fluxc/targets.ts';
import { cCorner } from './c-corner.ts';
import type { Corner } from './corner.ts';
import { interpreterCorner } from './interpreter-corner.ts';
import { nativeCorner } from './native-corner.ts';
import { wasmCorner } from './wasm-corner.ts';

type Level = 0 | 1 | 2;

/** Instructions that passes may add: expanded memory operations, copies on edges. */
const FUEL_AFTER_PASSES = 3_000_000;

function passes(level: Level, divisionWraps: boolean): Corner {
  return interpreterCorner(`passes level ${level}${divisionWraps ? ', division wraps' : ''}`, (module) => {
    optimise(module, { divisionWraps }, { level, verifyEach: true });
  }, FUEL_AFTER_PASSES);
}

function native(arch: Arch, level: Level, check = false): Corner {
  return nativeCorner(TARGETS[arch], { level, check, verifyEach: check });
}

export const CORNERS: Readonly<Record<string, () => Corner>> = {
  'passes-0': () => passes(0, false),
  'passes-1': () => passes(1, true),
  'passes-2': () => passes(2, false),
  'passes-2-wrap': () => passes(2, true),
  'c-O0': () => cCorner('-O0'),
  'c-O2': () => cCorner('-O2'),
  'c-sanitized': () => cCorner('-O1', ['-fsanitize=undefined,address', '-fno-sanitize-recover=all']),
  'wasm32-0': () => wasmCorner(0),
  'wasm32-2': () => wasmCorner(2),
  'x86_64-0': () => native('x86_64', 0),
  'x86_64-2': () => native('x86_64', 2),
  'x86_64-checked': () => native('x86_64', 2, true),
  'arm64-0': () => native('arm64', 0),
  'arm64-2': () => native('arm64', 2),
  'arm64-checked': () => native('arm64', 2, true),
  'riscv64-0': () => native('riscv64', 0),
  'riscv64-2': () => native('riscv64', 2),
  'riscv64-checked': () => native('riscv64', 2, true),
};

/** Those that a reduced program is replayed on. */
export const ALL_CORNERS = Object.keys(CORNERS);
