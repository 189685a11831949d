/** GNU binutils as judges, and what the tests of this folder share. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Module } from '../../fluxc/fir/module.ts';
import type { Atom } from '../../fluxc/target/machine/atom.ts';
import { assemble } from '../../fluxc/target/x86_64/assembler.ts';
import { inFolder } from '../temporary-folder.ts';

/** The bytes that GNU as makes of a text, in section .text. */
export function gnuAssemble(text: string, mode: 16 | 32 | 64 = 64): Uint8Array {
  return inFolder((folder) => {
    writeFileSync(join(folder, 'a.s'), `.intel_syntax noprefix\n${mode === 16 ? '.code16\n' : ''}${text}\n`);
    execFileSync('as', [`--${Math.max(mode, 32)}`, '-o', 'a.o', 'a.s'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    execFileSync('objcopy', ['-O', 'binary', '-j', '.text', 'a.o', 'a.bin'], { cwd: folder });
    return new Uint8Array(readFileSync(join(folder, 'a.bin')));
  });
}

/** What objdump prints for each instruction, by address. */
export function objdump(bytes: Uint8Array, mode: 32 | 64 = 64): Map<number, string> {
  return inFolder((folder) => {
    writeFileSync(join(folder, 'a.bin'), bytes);
    const machine = mode === 64 ? 'i386:x86-64' : 'i386';
    const output = execFileSync('objdump', [
      '-D', '-z', '-b', 'binary', '-m', machine, '-M', 'intel', '--no-show-raw-insn', join(folder, 'a.bin'),
    ], { encoding: 'utf8', maxBuffer: 1 << 28 });
    const lines = new Map<number, string>();
    for (const line of output.split('\n')) {
      const match = /^ *([0-9a-f]+):\t(.*)$/.exec(line);
      if (match) lines.set(parseInt(match[1]!, 16), match[2]!.replace(/\s*#.*$/, '').trim());
    }
    return lines;
  });
}

/** Our assembler, which must find no fault. */
export function assembleText(text: string, module = new Module('test')): Atom {
  const diagnostics = new Diagnostics();
  const atom = assemble(text, 1, module, diagnostics);
  if (!atom) throw new Error([text, ...diagnostics.list.map((diagnostic) => diagnostic.message)].join('\n'));
  return atom;
}

export function toHex(bytes: ArrayLike<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
