import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isExecutable } from '../../fluxc/isa/instruction-set.ts';
import { referencePage } from '../../fluxc/isa/reference.ts';
import { readAuthority } from '../../fluxc/lang/read-authority.ts';
import { parseDocument } from '../syntax/parse.ts';
import { HOST, ROOT } from '../host.ts';

const FOLDER = join(ROOT, 'docs/isa');
const SETS = readAuthority(HOST).sets.filter(({ isOurs }) => isOurs);

describe('docs/isa', () => {
  it.each(SETS)('$name.md is made from the table of the set (UPDATE=1 writes it)', ({ name, document, set }) => {
    expect(isExecutable(set)).toBe(true);
    const path = join(FOLDER, `${name}.md`);
    const page = referencePage(set, name, document);
    if (process.env['UPDATE']) {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(path, page);
    }
    expect(readFileSync(path, 'utf8')).toBe(page);
  });

  it('pictures where every bit and byte is', () => {
    const operands = '|operand|bits|kind|\n|-|-|-|\n|a|20..31|u12|\n|b|8..15|register r < 4|\n';
    const words = parseDocument(`---\nmodule: t\n---\n## opcodes W: u32\n\n- fuse: x x\n\n${operands}\n|code|mnemonic|operands|semantics|\n|-|-|-|-|\n|16|x|b, a|b = a \\| 1|\n`);
    const page = referencePage(words.module.instructionSets[0]!.set, 'w', 'w.md');
    expect(page).toContain('| 0x10 | `x b, a` | `a:12 -:4 b:8 0x10` | | | | `b = a \\| 1` | |');
    expect(page).toContain('| `b` | 8..15 | `register r < 4` | |');
    expect(page).toContain('0x00 to 0x0F, 0x11 to 0xFE. Of sequences that are executed as one are the codes 0xFF `x` `x`');
    const bytes = parseDocument('---\nmodule: t\n---\n## opcodes B: u8\n\n|operand|kind|\n|-|-|\n|n|u16 big|\n|s|bytes|\n\n|code|mnemonic|operands|stack|\n|-|-|-|-|\n|0xFF 1|y|n, s|-- a|\n');
    expect(referencePage(bytes.module.instructionSets[0]!.set, 'b', 'b.md')).toContain('| 0xFF 0x01 | `y n, s` | `FF 01 n:2 s:2+n` | `-- a` | | | | |');
  });
});
