/**
 * Assembly of small functions, kept beside their FIR: `golden/*.fir` ends with the expected code as comments.
 * `UPDATE=1` rewrites it; the difference is for reviewing.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { optimise } from '../../fluxc/fir/passes/pipeline.ts';
import { X86_64 } from '../../fluxc/target/x86_64/target.ts';
import { firModule } from '../fir/text.ts';
import { atomsOf } from './machine.ts';

const FOLDER = fileURLToPath(new URL('golden', import.meta.url));
const MARK = '; x86_64';

function listing(text: string): string[] {
  const module = firModule(text);
  optimise(module, X86_64, { level: 0, verifyEach: true });
  const lines: string[] = [];
  for (const atom of atomsOf(module)) {
    if (atom.section !== '.text') continue;
    lines.push(';', `; ${module.symbols[atom.symbol]!.name}: ${atom.size} bytes`);
    for (let offset = 0; offset < atom.bytes.length;) {
      const { length, text: shown } = X86_64.disassemble(atom.bytes, offset, offset);
      const relocation = atom.relocations.find((item) => item.offset >= offset && item.offset < offset + length);
      const addend = relocation?.addend ? ` ${relocation.addend < 0 ? '-' : '+'} ${Math.abs(relocation.addend)}` : '';
      const note = relocation
        ? `  <${X86_64.relocationName(relocation.kind)} ${module.symbols[relocation.symbol]!.name}${addend}>` : '';
      lines.push(`;   ${offset.toString(16).padStart(3)}  ${shown}${note}`);
      offset += length;
    }
  }
  return lines;
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.fir')).sort()) {
  test(file, () => {
    const path = join(FOLDER, file);
    const whole = readFileSync(path, 'utf8');
    const mark = whole.indexOf(MARK);
    const fir = mark < 0 ? whole : whole.slice(0, mark);
    const expected = `${fir.trimEnd()}\n\n${MARK}\n${listing(fir).join('\n')}\n`;
    if (process.env.UPDATE) writeFileSync(path, expected);
    else expect(whole).toBe(expected);
  });
}
