/** Programs through the C back end and GCC. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emitC } from '../../fluxc/target/c/emit.ts';
import { cName } from '../../fluxc/target/c/names.ts';
import { type Batch, type Corner, type ProgramResult, readResults } from './corner.ts';
import { runProcess } from './process.ts';

/**
 * Flags under which the C back end's text means what the FIR means; no warning is let through but those about
 * programs that compute what they know.
 */
export const C_FLAGS = [
  '-std=gnu11', '-fwrapv', '-fno-strict-aliasing', '-ffp-contract=off', '-fno-math-errno',
  '-Wall', '-Wextra', '-Werror', '-Wno-unused', '-Wno-maybe-uninitialized', '-Wno-tautological-compare', '-Wno-type-limits',
];

/** Calls each main function; a trap or a signal ends that program only. */
function driver(mains: readonly string[]): string {
  return `
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

static sigjmp_buf program_end;
static volatile uint64_t record[2];

_Noreturn void flux_trap(uint32_t code) {
  record[0] = 1;
  record[1] = code;
  siglongjmp(program_end, 1);
}

static void on_signal(int number) {
  record[0] = 2;
  record[1] = (uint64_t)number;
  siglongjmp(program_end, 1);
}

static uint64_t (*const programs[])(void) = { ${mains.map(cName).join(', ')} };

__attribute__((noinline)) static void run(uint64_t (*program)(void)) {
  if (sigsetjmp(program_end, 1) == 0) {
    uint64_t value = program();
    record[0] = 0;
    record[1] = value;
  }
}

int main(void) {
  signal(SIGSEGV, on_signal);
  signal(SIGBUS, on_signal);
  signal(SIGFPE, on_signal);
  signal(SIGILL, on_signal);
  for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
    run(programs[i]);
    uint64_t bytes[2] = { record[0], record[1] };
    fwrite(bytes, sizeof bytes, 1, stdout);
  }
  return 0;
}
`;
}

/** `options`: further options for GCC. */
export function cCorner(optimisation: string, options: readonly string[] = []): Corner {
  return {
    name: ['C', optimisation, ...options].join(' '),
    async run(batch: Batch): Promise<ProgramResult[]> {
      const folder = await mkdtemp(join(tmpdir(), 'fluxos-c-'));
      try {
        const source = join(folder, 'batch.c');
        const program = join(folder, 'batch');
        await writeFile(source, emitC(batch.module) + driver(batch.mains));
        const args = [optimisation, ...C_FLAGS, ...options, source, '-o', program, '-lm'];
        const compiled = await runProcess('gcc', args, 300);
        if (compiled.status !== 0) throw new Error(`gcc: ${compiled.errors.slice(0, 4000)}`);
        const run = await runProcess(program, [], 60);
        return readResults(run.output, batch.mains.length);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
