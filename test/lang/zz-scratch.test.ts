import { test } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { loadBoard } from '../../fluxc/board/board.ts';
import { driverModule, wire } from '../../fluxc/board/wiring.ts';
import { lowerModules } from '../../fluxc/lang/compile-modules.ts';
import { loadModules, parseModule } from '../../fluxc/lang/load.ts';
import { describe as d } from './program.ts';
import * as fs from 'fs';
const host = { read: (p: string) => fs.existsSync(p) ? fs.readFileSync(p, 'utf8') : null, evaluate: () => ({ ok: false as const, error: 'x', line: 0, column: 0 }) };
for (const name of ['qemu-x86_64', 'qemu-arm64', 'qemu-riscv64', 'rpi4', 'rpi3']) test(name, () => {
  const sources = new Sources(), diagnostics = new Diagnostics();
  const board = loadBoard(name, host.read, sources, diagnostics)!;
  const drivers = new Map();
  for (const device of board.devices.values()) { const n = driverModule(device); const p = n.replace(/\./g, '/') + '.flux.md'; const t = host.read(p); if (t === null) console.log('missing', p); else drivers.set(n, parseModule(sources.add(p, t), diagnostics, host)); }
  const wiring = wire(board, drivers, diagnostics);
  const aliases = new Map([['hal.boot', board.boot.document]]);
  const main = fs.existsSync('examples/hello.flux.md') ? 'examples/hello.flux.md' : 'x';
  const documents = loadModules(host, { main, roots: ['kernel.start'] }, { arch: board.arch, aliases, extra: new Map([['board', { path: 'board', text: wiring.text }]]) }, sources, diagnostics);
  const t0 = Date.now();
  const m = lowerModules(documents, { arch: board.arch, placements: wiring.placements, aliases, tests: true, exports: [], sources }, diagnostics);
  const t1 = Date.now();
  let out = name + ' ' + documents.length + ' modules ' + (t1 - t0) + 'ms symbols ' + m.symbols.length + '\n';
  for (const line of diagnostics.list) { const pl = line.span && sources.place(line.span.start); out += `${pl ? pl.path + ':' + pl.line + ':' + pl.column : '-'} ${line.code} ${line.message} (${line.hint})\n`; }
  out += verifyModule(m).join('\n');
  fs.writeFileSync('/tmp/out-' + name + '.txt', out);
  void d;
});
