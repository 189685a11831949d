/**
 * Runs generated code on this machine (or under qemu-x86_64 where it is another): the atoms of a module become a GNU
 * assembler file, bytes and relocations by their ELF names, so that GNU ld judges those; linked with a small C program
 * that calls functions and prints what they return, and checks that what a callee keeps is kept.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Interpreter, type Outcome } from '../../fluxc/fir/interpret.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { optimise } from '../../fluxc/fir/passes/pipeline.ts';
import { isFloat, Type } from '../../fluxc/fir/types.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import type { Atom } from '../../fluxc/target/machine/atom.ts';
import { generate } from '../../fluxc/target/machine/generate.ts';
import { X86_64 } from '../../fluxc/target/x86_64/target.ts';
import { firModule } from '../fir/text.ts';
import { inFolder } from './tools.ts';

export interface Call {
  name: string;
  /** floats by their bits */
  args: bigint[];
}

/** rax, rdx, xmm0, xmm1 after the call, or the code of the trap. */
type Result = { kind: 'results'; ints: [bigint, bigint]; floats: [bigint, bigint] } | { kind: 'trap'; code: number };

/** The module of a FIR text, verified and, on request, legalised. */
export function moduleOf(text: string, legalise = false): Module {
  const module = firModule(`module "test"\n\n${text}`);
  const problems = verifyModule(module);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  if (legalise) optimise(module, X86_64, { level: 0, verifyEach: true });
  return module;
}

export function atomsOf(module: Module): Atom[] {
  const diagnostics = new Diagnostics();
  const atoms = generate(module, X86_64, diagnostics, { check: true });
  if (diagnostics.failed) throw new Error(diagnostics.list.map((diagnostic) => diagnostic.message).join('\n'));
  return atoms;
}

/** The disassembly of a function, one instruction a line. */
export function listing(atom: Atom): string[] {
  const lines: string[] = [];
  for (let at = 0; at < atom.bytes.length;) {
    const { length, text } = X86_64.disassemble(atom.bytes, at, at);
    lines.push(text);
    at += length;
  }
  return lines;
}

/** Text for GNU as of a whole module. */
export function moduleSource(module: Module): string {
  return atomsOf(module).map((atom) => atomSource(atom, module)).join('\n');
}

function atomSource(atom: Atom, module: Module): string {
  const label = (symbol: number) => `"${module.symbols[symbol]!.name}"`;
  const flags = `"${atom.section === '.text' ? 'ax' : 'aw'}", @${atom.section === '.bss' ? 'nobits' : 'progbits'}`;
  const lines = [
    `.section ${atom.section}, ${flags}`, `.balign ${atom.align}`, `.global ${label(atom.symbol)}`,
    `${label(atom.symbol)}:`,
  ];
  for (const { offset, kind, symbol, addend } of atom.relocations) {
    lines.push(`.reloc . + ${offset}, ${X86_64.relocationName(kind)}, ${label(symbol)} + ${addend}`);
  }
  if (atom.bytes.length > 0) lines.push(`.byte ${Array.from(atom.bytes).join(',')}`);
  if (atom.size > atom.bytes.length) lines.push(`.zero ${atom.size - atom.bytes.length}`);
  return lines.join('\n');
}

const KEPT = ['rbx', 'r12', 'r13', 'r14', 'r15'];

/**
 * long trampoline(fn, words): calls fn with words 0-5 in the integer registers, 6-13 in the float registers and 14-21
 * on the stack, and stores rax, rdx, xmm0 and xmm1 to words 0-3. Returns how many registers that fn had to keep are
 * lost.
 */
const TRAMPOLINE = `
  .text
  .global trampoline
trampoline:
  push rbp
  mov rbp, rsp
${KEPT.map((register) => `  push ${register}`).join('\n')}
  push rsi
  mov r11, rdi
  mov r10, rsi
${[7, 6, 5, 4, 3, 2, 1, 0].map((slot) => `  push qword ptr [r10 + ${8 * (14 + slot)}]`).join('\n')}
${[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `  movsd xmm${i}, qword ptr [r10 + ${8 * (6 + i)}]`).join('\n')}
${KEPT.map((register, i) => `  mov ${register}, 0x${0x1111 * (i + 1)}`).join('\n')}
${['rdi', 'rsi', 'rdx', 'rcx', 'r8', 'r9'].map((register, i) => `  mov ${register}, [r10 + ${8 * i}]`).join('\n')}
  call r11
  mov r10, [rbp - 48]
  mov [r10], rax
  mov [r10 + 8], rdx
  movsd qword ptr [r10 + 16], xmm0
  movsd qword ptr [r10 + 24], xmm1
  xor eax, eax
${KEPT.map((register, i) => `  cmp ${register}, 0x${0x1111 * (i + 1)}\n  je 1f\n  inc eax\n1:`).join('\n')}
  lea rdx, [rbp - 112]
  cmp rsp, rdx
  je 1f
  inc eax
1:
  lea rsp, [rbp - 40]
${[...KEPT].reverse().map((register) => `  pop ${register}`).join('\n')}
  pop rbp
  ret
`;

const HARNESS = `
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <ucontext.h>
struct call { void (*fn)(void); uint64_t args[22]; };
extern const struct call calls[];
extern const int call_count;
long trampoline(void (*fn)(void), uint64_t *args);
static sigjmp_buf back;
static uint32_t trapped;
static void on_trap(int signal, siginfo_t *info, void *context) {
  ucontext_t *c = context;
  trapped = signal == SIGILL ? *(uint32_t *)c->uc_mcontext.gregs[REG_RIP] : 0;
  siglongjmp(back, 1);
}
int main(void) {
  static const int signals[] = { SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGTRAP };
  struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER };
  for (int i = 0; i < 5; i++) sigaction(signals[i], &action, 0);
  for (int i = 0; i < call_count; i++) {
    uint64_t args[22];
    for (int k = 0; k < 22; k++) args[k] = calls[i].args[k];
    if (sigsetjmp(back, 1)) { printf("t %x\\n", trapped); continue; }
    long lost = trampoline(calls[i].fn, args);
    if (lost) printf("lost %ld\\n", lost);
    else printf("r %lx %lx %lx %lx\\n", args[0], args[1], args[2], args[3]);
  }
  return 0;
}
`;

/** What no argument sets holds this, and so does the upper half of what is 32 bits wide. */
const NOISE = 0xfeedfacedeadbeefn;
const INT_ARGUMENTS = 6;
const FLOAT_ARGUMENTS = 8;

function isNarrow(type: Type): boolean {
  return type === Type.I32 || type === Type.F32 || type === Type.Bool;
}

function placeArguments(params: readonly Type[], args: readonly bigint[]): bigint[] {
  const words = new Array<bigint>(22).fill(NOISE);
  let ints = 0;
  let floats = 0;
  let stack = INT_ARGUMENTS + FLOAT_ARGUMENTS;
  params.forEach((type, i) => {
    const upper = (NOISE >> 32n) << 32n;
    const value = isNarrow(type) ? upper | BigInt.asUintN(32, args[i]!) : BigInt.asUintN(64, args[i]!);
    if (isFloat(type) && floats < FLOAT_ARGUMENTS) words[INT_ARGUMENTS + floats++] = value;
    else if (!isFloat(type) && ints < INT_ARGUMENTS) words[ints++] = value;
    else words[stack++] = value;
  });
  return words;
}

/** Builds a C program with assembly in `folder` and runs it; returns what it prints. */
export function runProgram(folder: string, c: string, assembly: string): string {
  const note = '.section .note.GNU-stack, "", @progbits\n';
  writeFileSync(join(folder, 'code.s'), `.intel_syntax noprefix\n${assembly}\n${note}`);
  writeFileSync(join(folder, 'main.c'), c);
  const isHost = arch() === 'x64';
  const compiler = isHost ? 'gcc' : 'x86_64-linux-gnu-gcc';
  execFileSync(compiler, ['-static', '-w', '-o', 'program', 'main.c', 'code.s'], { cwd: folder });
  const command = isHost ? ['./program'] : ['qemu-x86_64', './program'];
  const options = { cwd: folder, encoding: 'utf8', timeout: 60_000, maxBuffer: 1 << 28 } as const;
  return execFileSync(command[0]!, command.slice(1), options);
}

/** Runs every call, in order, in one process. */
function runOnMachine(module: Module, calls: readonly Call[]): Result[] {
  return inFolder((folder) => {
    const rows = calls.map(({ name, args }) => {
      const { params } = module.symbols[module.find(name)!]!.func!.signature;
      return `.quad "${name}", ${placeArguments(params, args).join(', ')}`;
    });
    const head = '.data\n.balign 8\n.global calls, call_count\ncalls:\n';
    const table = `${head}${rows.join('\n')}\ncall_count: .long ${calls.length}\n`;
    const out = runProgram(folder, HARNESS, `${moduleSource(module)}\n${TRAMPOLINE}\n${table}`);
    const results = out.trim().split('\n').map(readResult);
    if (results.length !== calls.length) throw new Error(`${calls.length} calls, ${results.length} results`);
    return results;
  });
}

/** 0F B9 40 and the code: `ud1 eax, [rax + code]`. */
function readResult(line: string): Result {
  const [kind, ...numbers] = line.split(' ');
  const words = numbers.map((digits) => BigInt(`0x${digits}`)) as [bigint, bigint, bigint, bigint];
  if (kind === 'r') return { kind: 'results', ints: [words[0], words[1]], floats: [words[2], words[3]] };
  if (kind !== 't' || (words[0] & 0xffffffn) !== 0x40b90fn) throw new Error(`the program did something else: ${line}`);
  return { kind: 'trap', code: Number(words[0] >> 24n) };
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

/** One line for each call whose result is not the interpreter's. */
export function differences(module: Module, calls: readonly Call[]): string[] {
  const interpreter = new Interpreter(module);
  const results = runOnMachine(module, calls);
  return calls.flatMap(({ name, args }, i) => {
    const { results: types } = module.symbols[module.find(name)!]!.func!.signature;
    const theirs = expected(interpreter.call(name, args), types);
    const ours = actual(results[i]!, types);
    const call = `${name}(${args.map((arg) => `0x${BigInt.asUintN(64, arg).toString(16)}`).join(', ')})`;
    return ours === theirs ? [] : [`${call}: ${ours}, not ${theirs}`];
  });
}
