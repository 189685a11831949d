/**
 * Runs generated code on this machine or under the user emulation of QEMU, and compares it with the FIR interpreter.
 *
 * The atoms of a module become a GNU assembler file, bytes and relocations by their ELF names, so that GNU ld judges
 * those; linked with a small C program that calls functions, prints what they return and catches traps. A trampoline
 * in assembly sets all argument registers and checks that what a callee keeps is kept. `machines.ts` describes the
 * targets.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Interpreter, type Outcome } from '../../fluxc/fir/interpret.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { optimise } from '../../fluxc/fir/passes/pipeline.ts';
import { isFloat, Type } from '../../fluxc/fir/types.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import type { Atom, Relocation } from '../../fluxc/target/machine/atom.ts';
import { generate } from '../../fluxc/target/machine/generate.ts';
import type { Target } from '../../fluxc/target/machine/target.ts';
import { firModule } from '../fir/text.ts';
import { inFolder } from '../temporary-folder.ts';

export interface Machine {
  target: Target;
  /** Registers for arguments of each class; do floats that find none take those of the other? */
  intArguments: number;
  floatArguments: number;
  floatsCross: boolean;
  /**
   * `long trampoline(fn, words)` for GNU as: calls fn with the words in its integer registers, its float registers and
   * 8 stack slots, and stores the two integer and two float results to words 0-3. Returns how many registers that fn
   * had to keep are lost.
   */
  trampoline: string;
  /** first line of a text for GNU as */
  syntax: string;
  compiler: string;
  /** the command that runs a program of this machine */
  runner: string[];
  /** the place of the trap from `ucontext_t *c`, in C */
  programCounter: string;
  /** `.reloc` lines of a relocation, for an atom that starts at label `start` */
  relocation(start: string, relocation: Relocation, symbol: string): string[];
  /** A register that holds the 32 bits `low` of a type of at most 32 bits as an argument. */
  extended(type: Type, low: bigint): bigint;
  /** The code of the trap whose 8 bytes at the program counter are `bytes`, -1 if they are no trap. */
  trapCode(bytes: bigint): number;
}

export interface Call {
  name: string;
  /** floats by their bits */
  args: bigint[];
}

/** The first results of each class, or the code of the trap. */
type Result = { kind: 'results'; ints: [bigint, bigint]; floats: [bigint, bigint] } | { kind: 'trap'; code: number };

/** The module of a FIR text, verified and, for a `target`, legalised. */
export function moduleOf(text: string, target: Target | null = null): Module {
  const module = firModule(`module "test"\n\n${text}`);
  const problems = verifyModule(module);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  if (target) optimise(module, target, { level: 0, verifyEach: true });
  return module;
}

export function atomsOf(module: Module, target: Target): Atom[] {
  const diagnostics = new Diagnostics();
  const atoms = generate(module, target, diagnostics, { check: true });
  if (diagnostics.failed) throw new Error(diagnostics.list.map((diagnostic) => diagnostic.message).join('\n'));
  return atoms;
}

/** The disassembly of a function, one instruction a line. */
export function listing(atom: Atom, target: Target): string[] {
  const lines: string[] = [];
  for (let at = 0; at < atom.bytes.length;) {
    const { length, text } = target.disassemble(atom.bytes, at, at);
    lines.push(text);
    at += length;
  }
  return lines;
}

/** Text for GNU as of atoms of `module`. */
export function sourceOf(module: Module, machine: Machine, atoms = atomsOf(module, machine.target)): string {
  const lines: string[] = [];
  atoms.forEach((atom, i) => {
    const label = (symbol: number) => `"${module.symbols[symbol]!.name}"`;
    const kind = atom.section === '.bss' ? 'nobits' : 'progbits';
    const start = `.Latom${i}`;
    lines.push(
      `.section ${atom.section}, "${atom.section === '.text' ? 'ax' : 'aw'}", %${kind}`, `.balign ${atom.align}`,
      `.global ${label(atom.symbol)}`, `${label(atom.symbol)}:`, `${start}:`,
    );
    for (const relocation of atom.relocations) {
      lines.push(...machine.relocation(start, relocation, `${label(relocation.symbol)} + ${relocation.addend}`));
    }
    if (atom.bytes.length > 0) lines.push(`.byte ${Array.from(atom.bytes).join(',')}`);
    if (atom.size > atom.bytes.length) lines.push(`.zero ${atom.size - atom.bytes.length}`);
  });
  return lines.join('\n');
}

const STACK_SLOTS = 8;

function harness({ intArguments, floatArguments, programCounter }: Machine): string {
  const words = intArguments + floatArguments + STACK_SLOTS;
  return `
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
struct call { void (*fn)(void); uint64_t args[${words}]; };
extern const struct call calls[];
extern const int call_count;
long trampoline(void (*fn)(void), uint64_t *args);
static sigjmp_buf back;
static uint64_t trapped;
static void on_trap(int signal, siginfo_t *info, void *context) {
  ucontext_t *c = context;
  trapped = 0;
  if (signal == SIGTRAP || signal == SIGILL) memcpy(&trapped, (void *)${programCounter}, 8);
  siglongjmp(back, 1);
}
int main(void) {
  static const int signals[] = { SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGTRAP };
  struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER };
  for (int i = 0; i < 5; i++) sigaction(signals[i], &action, 0);
  for (int i = 0; i < call_count; i++) {
    uint64_t args[${words}];
    memcpy(args, calls[i].args, sizeof args);
    if (sigsetjmp(back, 1)) { printf("t %lx\\n", trapped); continue; }
    long lost = trampoline(calls[i].fn, args);
    if (lost) printf("lost %ld\\n", lost);
    else printf("r %lx %lx %lx %lx\\n", args[0], args[1], args[2], args[3]);
  }
  return 0;
}
`;
}

/** What no argument sets holds this, and so does the upper half of 32 bits where the ABI leaves it open. */
export const NOISE = 0xfeedfacedeadbeefn;

function isNarrow(type: Type): boolean {
  return type === Type.I32 || type === Type.F32 || type === Type.Bool;
}

function placeArguments(machine: Machine, params: readonly Type[], args: readonly bigint[]): bigint[] {
  const { intArguments, floatArguments, floatsCross } = machine;
  const words = new Array<bigint>(intArguments + floatArguments + STACK_SLOTS).fill(NOISE);
  let ints = 0;
  let floats = 0;
  let stack = intArguments + floatArguments;
  params.forEach((type, i) => {
    const arg = args[i]!;
    const value = isNarrow(type) ? machine.extended(type, BigInt.asUintN(32, arg)) : BigInt.asUintN(64, arg);
    if (isFloat(type) && floats < floatArguments) words[intArguments + floats++] = value;
    else if ((!isFloat(type) || floatsCross) && ints < intArguments) words[ints++] = value;
    else words[stack++] = value;
  });
  return words;
}

/** Builds a C program with assembly in `folder` and runs it; returns what it prints. */
export function runProgram(machine: Machine, folder: string, c: string, assembly: string): string {
  const note = '.section .note.GNU-stack, "", %progbits\n';
  writeFileSync(join(folder, 'code.s'), `${machine.syntax}\n${assembly}\n${note}`);
  writeFileSync(join(folder, 'main.c'), c);
  execFileSync(machine.compiler, ['-static', '-w', '-o', 'program', 'main.c', 'code.s'], { cwd: folder });
  const [command, ...before] = machine.runner;
  const options = { cwd: folder, encoding: 'utf8', timeout: 60_000, maxBuffer: 1 << 28 } as const;
  return execFileSync(command!, [...before, './program'], options);
}

function signatureOf(module: Module, name: string): { params: readonly Type[]; results: readonly Type[] } {
  return module.symbols[module.find(name)!]!.func!.signature;
}

/** Runs every call, in order, in one process. */
export function runOnMachine(machine: Machine, module: Module, calls: readonly Call[], atoms?: Atom[]): Result[] {
  return inFolder((folder) => {
    const rows = calls.map(({ name, args }) => {
      const words = placeArguments(machine, signatureOf(module, name).params, args);
      return `.quad "${name}", ${words.join(', ')}`;
    });
    const head = '.data\n.balign 8\n.global calls, call_count\ncalls:\n';
    const table = `${head}${rows.join('\n')}\ncall_count: .long ${calls.length}\n`;
    const assembly = `${sourceOf(module, machine, atoms)}\n${machine.trampoline}\n${table}`;
    const out = runProgram(machine, folder, harness(machine), assembly);
    const results = out.trim().split('\n').map((line) => readResult(machine, line));
    if (results.length !== calls.length) throw new Error(`${calls.length} calls, ${results.length} results`);
    return results;
  });
}

function readResult(machine: Machine, line: string): Result {
  const [kind, ...numbers] = line.split(' ');
  const words = numbers.map((digits) => BigInt(`0x${digits}`)) as [bigint, bigint, bigint, bigint];
  if (kind === 'r') return { kind: 'results', ints: [words[0], words[1]], floats: [words[2], words[3]] };
  const code = kind === 't' ? machine.trapCode(words[0]) : -1;
  if (code < 0) throw new Error(`the program did something else: ${line}`);
  return { kind: 'trap', code };
}

/** How a result prints: as many bits as its type has; every NaN alike, because FIR leaves its bits open. */
function shown(type: Type, bits: bigint): string {
  if (isFloat(type)) {
    const view = new DataView(new ArrayBuffer(8));
    if (type === Type.F64) view.setBigUint64(0, BigInt.asUintN(64, bits));
    else view.setUint32(0, Number(BigInt.asUintN(32, bits)));
    const value = type === Type.F64 ? view.getFloat64(0) : view.getFloat32(0);
    return Number.isNaN(value) ? 'NaN' : Object.is(value, -0) ? '-0' : String(value);
  }
  return `0x${BigInt.asUintN(isNarrow(type) ? 32 : 64, bits).toString(16)}`;
}

function expected(outcome: Outcome, types: readonly Type[]): string {
  if (outcome.kind === 'trap') return `trap ${outcome.trap}`;
  if (outcome.kind !== 'results') throw new Error(`the interpreter ends with ${outcome.kind}`);
  return outcome.results.map((bits, i) => shown(types[i]!, bits)).join(' ');
}

function actual(result: Result, types: readonly Type[]): string {
  if (result.kind === 'trap') return `trap ${result.code}`;
  let ints = 0;
  let floats = 0;
  return types.map((type) => shown(type, isFloat(type) ? result.floats[floats++]! : result.ints[ints++]!)).join(' ');
}

/**
 * One line for each call whose result is not the interpreter's. `stackBytes`: for the interpreter, if its default is
 * too little.
 */
export function differences(machine: Machine, module: Module, calls: readonly Call[], stackBytes?: number): string[] {
  const interpreter = new Interpreter(module, stackBytes === undefined ? {} : { stackBytes });
  const results = runOnMachine(machine, module, calls);
  return calls.flatMap(({ name, args }, i) => {
    const { results: types } = signatureOf(module, name);
    const theirs = expected(interpreter.call(name, args), types);
    const ours = actual(results[i]!, types);
    const call = `${name}(${args.map((arg) => `0x${BigInt.asUintN(64, arg).toString(16)}`).join(', ')})`;
    return ours === theirs ? [] : [`${call}: ${ours}, not ${theirs}`];
  });
}
