/**
 * Broken programs: documents with words taken out, doubled, swapped or replaced by words of other documents. The
 * checker must say what is wrong, or the FIR must be sound; it never throws.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { compile, describe as text } from './program.ts';
import { Random } from '../random.ts';

const folder = join(import.meta.dirname, 'programs');
const documents = readdirSync(folder).sort().map((file) => readFileSync(join(folder, file), 'utf8'));
const COUNT = Number(process.env['FLUXOS_MUTATIONS'] ?? 1500);

/** A whole number from 0 up to, but not including, the argument. */
type Below = (limit: number) => number;

/** Words, numbers, signs and the space between them. */
function pieces(document: string): string[] {
  return document.match(/\w+|\s+|[^\w\s]/g) ?? [];
}

/** A few `##` sections of a document, so that one mutation is judged quickly and meets many kinds of neighbours. */
function excerpt(document: string, below: Below): string {
  const [head, ...sections] = document.split(/^(?=##)/m);
  const kept = sections.filter((section) => !section.startsWith('## test') || below(4) === 0);
  return head! + kept.join('');
}

function kindOf(piece: string): string {
  return /^[A-Z]/.test(piece) ? 'Type' : /^[a-z]/.test(piece) ? 'name' : /^\d/.test(piece) ? 'number' : 'sign';
}

function mutate(document: string, below: Below, words: string[]): string {
  const parts = pieces(document);
  const isWord = (part: string) => /\S/.test(part);
  const pick = (): number => {
    for (;;) {
      const at = below(parts.length);
      if (isWord(parts[at]!)) return at;
    }
  };
  for (let changes = 1 + below(3); changes > 0; changes--) {
    const at = pick();
    switch (below(8)) {
      case 0: parts.splice(at, 1); break;
      case 1: parts.splice(at, 0, parts[at]!); break;
      case 2: parts[at] = words[below(words.length)]!; break;
      case 3: {
        const other = pick();
        [parts[at], parts[other]] = [parts[other]!, parts[at]!];
        break;
      }
      default: {
        // A piece of the same kind: the document often still parses, so that the checker sees it.
        const like = words.filter((word) => kindOf(word) === kindOf(parts[at]!));
        parts[at] = like[below(like.length)]!;
      }
    }
  }
  return parts.join('');
}

test(`${COUNT} mutated documents`, () => {
  const random = new Random(0x5eed);
  const below: Below = (limit) => random.below(limit);
  const words = [...new Set(documents.flatMap(pieces).filter((part) => /\S/.test(part)))];
  let sound = 0;
  for (let round = 0; round < COUNT; round++) {
    const document = mutate(excerpt(documents[below(documents.length)]!, below), below, words);
    let compiled;
    try {
      compiled = compile({ 'main.flux.md': document });
    } catch (error) {
      throw new Error(`round ${round}: ${(error as Error).stack}\n${document}`);
    }
    if (compiled.diagnostics.failed) {
      for (const line of text(compiled)) expect(line).not.toMatch(/\{\}|undefined|\[object/);
      continue;
    }
    sound++;
    const wrong = verifyModule(compiled.module);
    if (wrong.length > 0) throw new Error(`round ${round}: ${wrong.join('\n')}\n${document}`);
  }
  // Some changes are harmless, most are not.
  expect(sound).toBeGreaterThan(0);
  expect(sound).toBeLessThan(COUNT / 2);
});
