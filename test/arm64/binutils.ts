/**
 * GNU binutils as judge: assembles lines with `aarch64-linux-gnu-as` and disassembles words with `objdump`.
 * Words go in and out as unsigned 32-bit integers.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inFolder } from '../temporary-folder.ts';

/** The bytes of the text section that GNU as makes of `source`. Throws with its messages if it refuses. */
export function gnuAssemble(source: string): Uint8Array {
  return inFolder((folder) => {
    const text = join(folder, 'input.s');
    const object = join(folder, 'input.o');
    const binary = join(folder, 'input.bin');
    writeFileSync(text, source);
    execFileSync('aarch64-linux-gnu-as', ['-march=armv8.4-a', '-W', '-o', object, text], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    execFileSync('aarch64-linux-gnu-objcopy', ['-O', 'binary', '-j', '.text', object, binary]);
    return new Uint8Array(readFileSync(binary));
  });
}

export function wordsOf(bytes: Uint8Array): number[] {
  const words: number[] = [];
  for (let i = 0; i + 4 <= bytes.length; i += 4) {
    words.push((bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)) >>> 0);
  }
  return words;
}

export function bytesOf(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  words.forEach((word, i) => {
    for (let k = 0; k < 4; k++) bytes[4 * i + k] = word >>> (8 * k);
  });
  return bytes;
}

/** What objdump prints for each word, the first at address `start`; normalised by `normalise`. */
export function objdump(words: readonly number[], start: number): string[] {
  return inFolder((folder) => {
    const binary = join(folder, 'input.bin');
    writeFileSync(binary, bytesOf(words));
    const out = execFileSync(
      'aarch64-linux-gnu-objdump',
      ['-D', '-z', '-b', 'binary', '-m', 'aarch64', `--adjust-vma=${start}`, binary],
      { encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    return out
      .split('\n')
      .filter((line) => /^\s*[0-9a-f]+:\t/.test(line))
      .map((line) => normalise(line.split('\t').slice(2).join(' ')));
  });
}

/** One spelling for what differs without meaning: comments, blanks, case, the radix of numbers. */
export function normalise(text: string): string {
  return text
    .replace(/\/\/.*/, '')
    .replace(/<[^>]*>/, '')
    .replace(/\s+/g, ' ')
    .replace(/#(-?[0-9.]+e[-+][0-9]+)/g, (_, number: string) => `#${Number(number)}`)
    .replace(/#(-?[0-9]+\.[0-9]+)/g, (_, number: string) => `#${Number(number)}`)
    .replace(/#0x([0-9a-f]+)/g, (_, digits: string) => `#${BigInt('0x' + digits)}`)
    .trim()
    .toLowerCase();
}
