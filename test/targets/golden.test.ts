/**
 * Assembly of small functions, kept beside their FIR: `<target>/golden/*.fir` ends with the expected code as comments.
 * `UPDATE=1` rewrites it; the difference is for reviewing.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { optimise } from '../../fluxc/fir/passes/pipeline.ts';
import { RISCV64 } from '../../fluxc/target/riscv64/target.ts';
import type { Target } from '../../fluxc/target/machine/target.ts';
import { X86_64 } from '../../fluxc/target/x86_64/target.ts';
import { firModule } from '../fir/text.ts';
import { atomsOf } from './machine.ts';

function listing(text: string, target: Target): string[] {
  const module = firModule(text);
  optimise(module, target, { level: 0, verifyEach: true });
  const lines: string[] = [];
  for (const atom of atomsOf(module, target)) {
    if (atom.section !== '.text') continue;
    lines.push(';', `; ${module.symbols[atom.symbol]!.name}: ${atom.size} bytes`);
    for (let offset = 0; offset < atom.bytes.length;) {
      const { length, text: shown } = target.disassemble(atom.bytes, offset, offset);
      const relocation = atom.relocations.find((item) => item.offset >= offset && item.offset < offset + length);
      const addend = relocation?.addend ? ` ${relocation.addend < 0 ? '-' : '+'} ${Math.abs(relocation.addend)}` : '';
      const note = relocation
        ? `  <${target.relocationName(relocation.kind)} ${module.symbols[relocation.symbol]!.name}${addend}>` : '';
      lines.push(`;   ${offset.toString(16).padStart(3)}  ${shown}${note}`);
      offset += length;
    }
  }
  return lines;
}

describe.each([RISCV64, X86_64])('$name', (target) => {
  const folder = fileURLToPath(new URL(`../${target.name}/golden`, import.meta.url));
  const mark = `; ${target.name}`;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.fir')).sort()) {
    test(file, () => {
      const path = join(folder, file);
      const whole = readFileSync(path, 'utf8');
      const end = whole.indexOf(mark);
      const fir = end < 0 ? whole : whole.slice(0, end);
      const expected = `${fir.trimEnd()}\n\n${mark}\n${listing(fir, target).join('\n')}\n`;
      if (process.env.UPDATE) writeFileSync(path, expected);
      else expect(whole).toBe(expected);
    });
  }
});
