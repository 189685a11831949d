/**
 * The long soak (`npm run soak`, or with another number behind it): a million messages of all kinds between sixteen agents on
 * each architecture, with one of them killed every few ticks. Says what became of them; status 1 if anything is unaccounted for.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostOf } from '../../cli/compiler-host.ts';
import { runImage } from '../../cli/qemu.ts';
import { compileSoak, readSoak } from './soak.ts';

const HOST = hostOf([process.cwd()]);
const BOARDS = ['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64'];
const LIMIT_SECONDS = 1800;

async function soak(name: string, messages: number): Promise<boolean> {
  const output = compileSoak(HOST, name, messages);
  if (!output) throw new Error(`${name}: the soak does not compile`);
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-soak-'));
  const image = join(folder, output.board.image.file);
  writeFileSync(image, output.image);
  const started = performance.now();
  const chunks: Uint8Array[] = [];
  const { status, complaint } = await runImage(output.board, image, { timeout: LIMIT_SECONDS, onConsole: (chunk) => chunks.push(chunk) });
  rmSync(folder, { recursive: true });
  const seconds = Math.round((performance.now() - started) / 1000);
  const said = Buffer.concat(chunks).toString('latin1').replace(/\r/g, '');
  const { sent, received, counts } = readSoak(said);
  const sum = Object.values(sent).reduce((total, count) => total + count, 0);
  const isRight = status === 0 && sum >= messages && counts['doubled'] === 0 && counts['wrong'] === 0 && counts['damaged'] === 0 &&
    counts['swallowed']! <= counts['kills']!;
  console.log(`${name}: ${sum} messages in ${seconds} s, status ${status}${isRight ? '' : `, WRONG ${complaint}\n${said.slice(-2000)}`}`);
  console.log(`  sent      ${Object.entries(sent).map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
  console.log(`  received  ${Object.entries(received).map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
  console.log(`  ${Object.entries(counts).map(([what, count]) => `${what} ${count}`).join(', ')}`);
  return isRight;
}

async function main() {
  const messages = Number(process.argv[2] ?? 1_000_000);
  let isRight = true;
  for (const board of BOARDS) isRight = (await soak(board, messages)) && isRight;
  process.exit(isRight ? 0 : 1);
}

void main();
