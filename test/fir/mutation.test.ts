/** Broken FIR text of every kind gives diagnostics, or a module that the verifier judges and the printer prints. */
import { expect, it } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Interpreter } from '../../fluxc/fir/interpret.ts';
import { parseModule } from '../../fluxc/fir/parse.ts';
import { printModule } from '../../fluxc/fir/print.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { Random } from '../random.ts';
import { EVERYTHING } from './everything.ts';
import { firModule } from './text.ts';

const COUNT = 10_000;
const PIECES = EVERYTHING.split(/(?<=[\s,.:()[\]{}=])|(?=[\s,.:()[\]{}=])/);
const LINES = EVERYTHING.split('\n');

/** One to three changes: characters or words dropped, doubled, exchanged; lines moved; the end cut off. */
function mutate(text: string, random: Random): string {
  for (let changes = random.between(1, 3); changes > 0; changes--) {
    const at = random.below(text.length + 1);
    switch (random.below(7)) {
      case 0: text = text.slice(0, at) + text.slice(at + random.between(1, 8)); break;
      case 1: text = text.slice(0, at) + String.fromCharCode(random.between(0, 300)) + text.slice(at); break;
      case 2: text = text.slice(0, at) + random.pick(PIECES) + text.slice(at); break;
      case 3: {
        const start = text.lastIndexOf(' ', at) + 1;
        const end = text.indexOf(' ', at);
        text = text.slice(0, start) + random.pick(PIECES) + (end < 0 ? '' : text.slice(end));
        break;
      }
      case 4: {
        const lines = text.split('\n');
        const [line] = lines.splice(random.below(lines.length), 1);
        if (random.chance(50)) lines.splice(random.below(lines.length), 0, line!);
        text = lines.join('\n');
        break;
      }
      case 5: text = text.slice(0, at) + '\n' + random.pick(LINES) + '\n' + text.slice(at); break;
      case 6: if (random.chance(20)) text = text.slice(0, at); break;
    }
  }
  return text;
}

it(`survives ${COUNT} mutated texts`, () => {
  const random = new Random(404);
  let read = 0;
  let sound = 0;
  for (let i = 0; i < COUNT; i++) {
    const text = mutate(EVERYTHING, random);
    const diagnostics = new Diagnostics();
    const sources = new Sources();
    const module = parseModule(sources.add('mutated.fir', text), diagnostics);
    expect(module === null).toBe(diagnostics.failed);
    for (const diagnostic of diagnostics.list) {
      expect(sources.place(diagnostic.span!.start), text).not.toBeNull();
      expect(diagnostic.message).not.toContain('undefined');
    }
    if (!module) continue;
    read++;
    const printed = printModule(module);
    expect(printModule(firModule(printed)), text).toBe(printed);
    if (verifyModule(module).length > 0) continue;
    sound++;
    new Interpreter(module, { fuel: 1000 });
  }
  // Both kinds must occur often, or the mutations are too wild or too tame to show anything.
  expect(read).toBeGreaterThan(COUNT / 20);
  expect(COUNT - read).toBeGreaterThan(COUNT / 2);
  expect(sound).toBeGreaterThan(COUNT / 50);
}, 60_000);
