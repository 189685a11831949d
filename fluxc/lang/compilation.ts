/**
 * What the checker and the lowering of one build share: its modules, the environment it is built for, and where it
 * reports. Everything here lives as long as one call of `lowerModules`.
 */
import type { Sources } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { Expr } from './ast.ts';
import type { FunctionEntity, ModuleScope, Program } from './entities.ts';
import type { ConstantValue } from './typed-tree.ts';
import type { FluxType } from './types.ts';

export type Architecture = 'x86_64' | 'arm64' | 'riscv64' | 'wasm32' | 'c';

/** Modules of which agents can reach nothing: what is in them means something in the kernel's memory alone. */
export const KERNEL_MODULES: readonly string[] = ['board', 'image', 'agents'];

export interface Environment {
  arch: Architecture;
  /** where register blocks stand, by full name of their type; `stride` multiplies the offsets of the table */
  placements: Map<string, { space: 'memory' | 'port'; stride: number }>;
  /** module names that stand for others: `system` is the root document */
  aliases: Map<string, string>;
  /** are `test` declarations lowered too? */
  tests: boolean;
  /** names of further addresses that the module `image` has: the parts of programs */
  imageAddresses?: readonly string[];
  /** full names of symbols that stay although nothing refers to them */
  exports: string[];
  /** note where variables are, for debuggers: changes nothing about the code */
  debug?: boolean;
  /** the texts of the build: tests name the line that failed. Without them they name its `Loc` */
  sources?: Sources;
}

export interface Compilation {
  program: Program;
  environment: Environment;
  diagnostics: Diagnostics;
  /** the value of a constant expression as a `type` (null: its own); null if it is wrong, which was reported */
  constant(scope: ModuleScope, expr: Expr, type: FluxType | null): ConstantValue | null;
  /** declarations that are being resolved because each needs the next */
  depth: number;
}

/** Does the function have a body for the architecture of the build? */
export function hasBody(compilation: Compilation, entity: FunctionEntity): boolean {
  const { body, assembly } = entity.decl;
  return body !== null || assembly.some((block) => block.arch.text === compilation.environment.arch);
}
