/**
 * Runs packed cases through the documents of the virtual machine: as WebAssembly in this process, or as a system of its own in
 * QEMU, which is compiled here and now. Both give the same line for each case.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sources } from '../../../fluxc/base/source.ts';
import { compile } from '../../../fluxc/compile.ts';
import { compileWasm } from '../../../fluxc/compile-wasm.ts';
import { Diagnostics } from '../../../fluxc/diagnostics/diagnostic.ts';
import type { Host } from '../../../fluxc/lang/host.ts';
import { CODE, LIBRARY } from '../../library.ts';
import { canRun, runImage } from '../../qemu.ts';

export const TARGETS = ['wasm32', 'x86_64', 'arm64', 'riscv64'] as const;
export type Target = (typeof TARGETS)[number];

const HOST_DOCUMENT = 'vm/suite_host.flux.md';
const GUEST_DOCUMENT = 'vm/suite_guest.flux.md';
const CASES_DOCUMENT = 'vm/cases.flux.md';
const LINE = 'case: ';
const BYTES_A_ROW = 64;

/** The lines of all cases; or what kept them from running. */
export interface Lines {
  lines: string[];
  /** diagnostics of the build or of the machine model; none if the cases ran */
  diagnostics: Diagnostics;
  sources: Sources | null;
  /** what the guest said instead of a line */
  complaint: string | null;
}

export interface RunOptions {
  target: Target;
  /** how long a guest may take, in seconds */
  seconds: number;
  /** `vm/suite_host.flux.md` as WebAssembly, if that is there already; else the documents of the host are compiled */
  module?: Uint8Array | null;
}

export async function runCases(host: Host, cases: readonly Uint8Array[], { target, seconds, module }: RunOptions): Promise<Lines> {
  if (target !== 'wasm32') return runInGuest(host, cases, target, seconds);
  if (module) return runHere(module, cases, { diagnostics: new Diagnostics(), sources: null });
  const { sources, diagnostics, output } = compileWasm(host, { main: HOST_DOCUMENT, library: LIBRARY });
  if (!output) return { lines: [], diagnostics, sources, complaint: null };
  return runHere(output.bytes, cases, { diagnostics, sources });
}

function joined(cases: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(cases.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of cases) {
    bytes.set(one, at);
    at += one.length;
  }
  return bytes;
}

type Exports = Record<string, (...values: bigint[]) => bigint> & { memory: WebAssembly.Memory };

function runHere(module: Uint8Array, cases: readonly Uint8Array[], build: Pick<Lines, 'diagnostics' | 'sources'>): Lines {
  const trap = (code: number) => {
    throw new Error(`trap ${code}`);
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), { fluxos: { trap } });
  const vm = instance.exports as unknown as Exports;
  const call = (name: string, ...values: bigint[]) => Number(vm[`vm.suite_host.${name}`]!(...values));
  const room = call('cases_size');
  const lines: string[] = [];
  try {
    // One case at a time: a line can be long, and a trap is the fault of one case alone.
    for (const one of cases) {
      if (one.length > room) throw new Error(`a case of ${one.length} bytes; there is room for ${room}`);
      new Uint8Array(vm.memory.buffer, call('cases'), room).set(one);
      const length = call('run', BigInt(one.length));
      lines.push(Buffer.from(vm.memory.buffer, call('lines'), length).toString('latin1').trimEnd());
    }
  } catch (error) {
    return { lines, ...build, complaint: (error as Error).message };
  }
  return { lines, ...build, complaint: null };
}

/** The module that the guest finds its cases in. */
function casesDocument(bytes: Uint8Array): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += BYTES_A_ROW) rows.push(`    ${[...bytes.subarray(at, at + BYTES_A_ROW)].join(', ')},`);
  return `---\nmodule: vm.cases\n---\n\n## const BYTES: [${bytes.length}]u8\n\n\`\`\`flux\n[\n${rows.join('\n')}\n]\n\`\`\`\n`;
}

async function runInGuest(host: Host, cases: readonly Uint8Array[], target: Target, seconds: number): Promise<Lines> {
  const text = casesDocument(joined(cases));
  const withCases: Host = { ...host, read: (path) => (path === CASES_DOCUMENT ? text : host.read(path)) };
  const { sources, diagnostics, output } = compile(withCases, {
    main: GUEST_DOCUMENT, board: `qemu-${target}`, library: LIBRARY, code: CODE,
  });
  if (!output) return { lines: [], diagnostics, sources, complaint: null };
  const missing = new Diagnostics();
  if (!(await canRun(output.board, missing))) return { lines: [], diagnostics: missing, sources: null, complaint: null };
  const folder = mkdtempSync(join(tmpdir(), 'fluxos-suite-'));
  try {
    const image = join(folder, output.board.image.file);
    writeFileSync(image, output.image);
    const chunks: Uint8Array[] = [];
    const { status, complaint, timedOut } = await runImage(output.board, image, {
      timeout: seconds, onConsole: (chunk) => chunks.push(chunk),
    });
    const said = Buffer.concat(chunks).toString('latin1').replace(/\r/g, '').split('\n');
    const lines = said.filter((line) => line.startsWith(LINE)).map((line) => line.slice(LINE.length));
    if (status === 0 && lines.length === cases.length) return { lines, diagnostics, sources, complaint: null };
    const panic = said.find((line) => line.startsWith('panic: '));
    const why = timedOut ? `no end after ${seconds} s` : panic ?? (complaint || `the guest ended with status ${status}`);
    return { lines, diagnostics, sources, complaint: `${why}, after ${lines.length} of ${cases.length} cases` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
