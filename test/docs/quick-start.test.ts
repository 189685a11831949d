/** `docs/quick-start.md`, as a newcomer follows it: every command is run, and what the page shows comes. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { skippedBoards } from '../boot/machine-models.ts';
import { bundleIfStale } from '../cli/fluxos.ts';
import { ROOT } from '../host.ts';
import { shows } from './shows.ts';

const PAGE = readFileSync(join(ROOT, 'docs/quick-start.md'), 'utf8');
const SKIPPED = await skippedBoards(['qemu-x86_64', 'rpi3']);

interface Step {
  section: string;
  commands: string[];
  /** what is shown behind the commands */
  output: string[];
  isSetUp: boolean;
}

/** A block of commands, with the block of output that follows it. */
function steps(): Step[] {
  const found: Step[] = [];
  let section = '';
  for (const [, heading, info, body] of PAGE.matchAll(/^## (.*)$|^```(\w+(?: once)?)\n([\s\S]*?)^```$/gm)) {
    if (heading !== undefined) section = heading;
    else if (info === 'text') {
      const last = found[found.length - 1]!;
      if (last.section === section) last.output.push(...body!.trim().split('\n'));
    } else found.push({ section, commands: body!.trim().split('\n'), output: [], isSetUp: info === 'sh once' });
  }
  return found;
}

describe('docs/quick-start.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-quick-'));
  const bin = join(folder, 'bin');
  const card = join(folder, 'card.img');
  const all = steps();

  beforeAll(() => {
    bundleIfStale();
    mkdirSync(bin);
    writeFileSync(join(bin, 'fluxos'), `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'dist/fluxos.cjs')}' "$@"\n`);
    chmodSync(join(bin, 'fluxos'), 0o755);
  });

  /** In the folder where the page has come to, which `cd` changes. */
  let at = folder;
  async function run(command: string): Promise<string> {
    const move = /^cd (.*)$/.exec(command);
    if (move) {
      at = join(at, move[1]!);
      return '';
    }
    const child = execa('sh', ['-c', `exec ${command.replaceAll('/dev/sdX', card)}`], {
      cwd: at, env: { PATH: `${bin}:${process.env['PATH']}` }, reject: false, stdin: 'ignore', all: true, timeout: 120_000,
    });
    let stopped = false;
    if (command.includes('--watch')) {
      child.all.on('data', (chunk) => {
        if (stopped || !String(chunk).includes('waiting for a change')) return;
        stopped = true;
        child.kill('SIGINT');
      });
    }
    const { all: said, exitCode } = await child;
    expect(exitCode, `${command}: ${said}`).toBe(stopped ? 130 : 0);
    return said;
  }

  it('has its commands in blocks, in the order in which they are typed', () => {
    expect(all.filter(({ isSetUp }) => isSetUp)).toHaveLength(1);
    expect(all.flatMap(({ commands }) => commands).length).toBeGreaterThan(10);
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    // The set-up is what ran before this test did; that much can be seen.
    expect(all[0]!.commands).toEqual(['npm install', 'npm start', 'alias fluxos="$PWD/dist/fluxos"']);
    expect(scripts).toHaveProperty('start');
  });

  for (const { section, commands, output, isSetUp } of all) {
    if (isSetUp) continue;
    const needs = commands.some((command) => command.includes('rpi3')) ? 'rpi3' : 'qemu-x86_64';
    it.skipIf(SKIPPED.has(needs))(`${section}: ${commands.join('; ')}`, async () => {
      let said = '';
      for (const command of commands) said += `${await run(command)}\n`;
      for (const line of output) expect(shows(said, line), `${line} in ${said}`).toBe(true);
    }, 240_000);
  }
});
