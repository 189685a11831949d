/** The GNU tools for riscv64 as judges: text to bytes, bytes to text. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inFolder } from '../temporary-folder.ts';

const PREFIX = 'riscv64-linux-gnu-';
const MARCH = '-march=rv64gch_zihintpause';

export function run(command: string, args: string[]): string {
  return execFileSync(command, args, {
    encoding: 'utf8', maxBuffer: 1 << 26, timeout: 60_000, stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The bytes that GNU as makes of `text`. */
export function gnuAssemble(text: string): Uint8Array {
  return inFolder((folder) => {
    const source = join(folder, 'a.s');
    const object = join(folder, 'a.o');
    const binary = join(folder, 'a.bin');
    writeFileSync(source, `${text}\n`);
    run(`${PREFIX}as`, [MARCH, '-mno-relax', source, '-o', object]);
    run(`${PREFIX}objcopy`, ['-O', 'binary', '-j', '.text', object, binary]);
    return new Uint8Array(readFileSync(binary));
  });
}

/** Where `gnuDisassemble` places the bytes: far enough from 0 for branches backwards. */
export const BASE = 0x100000;

/** One line an instruction as objdump shows it: `mnemonic operands`, without comments and symbols. */
export function gnuDisassemble(bytes: Uint8Array, options: string[] = []): string[] {
  return inFolder((folder) => {
    const source = join(folder, 'a.s');
    const object = join(folder, 'a.o');
    writeFileSync(source, bytes.length ? `.2byte ${halves(bytes).join(',')}\n` : '');
    run(`${PREFIX}as`, [MARCH, source, '-o', object]);
    // Data in a code section is marked by a mapping symbol; without it objdump shows instructions.
    run(`${PREFIX}objcopy`, ['--strip-all', object]);
    const listing = run(`${PREFIX}objdump`, ['-d', '-z', `--adjust-vma=${BASE}`, ...options, object]);
    const lines: string[] = [];
    for (const line of listing.split('\n')) {
      const match = /^\s+[0-9a-f]+:\t[0-9a-f ]+\t(.*)$/.exec(line);
      if (match) lines.push(match[1]!.replace(/\s*[#<].*$/, '').replace(/\s+/g, ' ').trim());
    }
    return lines;
  });
}

function halves(bytes: Uint8Array): string[] {
  const out: string[] = [];
  for (let i = 0; i < bytes.length; i += 2) out.push(`0x${(bytes[i]! | (bytes[i + 1]! << 8)).toString(16)}`);
  return out;
}
