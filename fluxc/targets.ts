/** The targets that this build of the compiler has. A new one adds its folder and its line. */
import { ARM64 } from './target/arm64/target.ts';
import type { Arch, Target } from './target/machine/target.ts';
import { RISCV64 } from './target/riscv64/target.ts';
import { X86_64 } from './target/x86_64/target.ts';

export const TARGETS: Record<Arch, Target> = { x86_64: X86_64, arm64: ARM64, riscv64: RISCV64 };
