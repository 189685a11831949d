import { execFileSync } from 'node:child_process';
import { writeFileSync, mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { batchOf, makeSet } from '/work/main/test/differential/batch.ts';
import { readResults, sameResult, showResult } from '/work/main/test/differential/corner.ts';
import { optimise } from '/work/main/fluxc/fir/passes/pipeline.ts';
import { RISCV64 } from '/work/main/fluxc/target/riscv64/target.ts';
import { atomsOf, place } from '/work/main/test/riscv64/native.ts';
const D = '/tmp/rv/fuzz';
mkdirSync(D, { recursive: true });
const first = Number(process.env.SEED ?? 1), count = Number(process.env.COUNT ?? 300);
test('fuzz', () => {
  const set = makeSet(first, count);
  const batch = batchOf(set);
  optimise(batch.module, RISCV64, { level: (Number(process.env.LEVEL ?? 2)) as 2, verifyEach: true });
  const t = Date.now();
  const atoms = atomsOf(batch.module);
  const { bytes, addressOf } = place(batch.module, atoms);
  console.log('bytes', bytes.length, 'ms', Date.now() - t);
  writeFileSync(`${D}/blob.bin`, bytes);
  writeFileSync(`${D}/blob.s`, `.section .flux,"awx"\n.incbin "${D}/blob.bin"\n`);
  writeFileSync(`${D}/main.c`, `#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <ucontext.h>
static sigjmp_buf end; static volatile uint64_t rec[2];
static void h(int n, siginfo_t*i, void*c){ uint64_t pc=((ucontext_t*)c)->uc_mcontext.__gregs[0]; if(n==SIGTRAP){rec[0]=1;rec[1]=*(uint32_t*)(pc+4)>>12;}else{rec[0]=2;rec[1]=n;} siglongjmp(end,1);}
static uint64_t fs[]={${batch.mains.map((n) => addressOf.get(n)!).join(',')}};
int main(){struct sigaction a={.sa_sigaction=h,.sa_flags=SA_SIGINFO|SA_NODEFER};int s[]={SIGTRAP,SIGSEGV,SIGBUS,SIGILL,SIGFPE};for(int i=0;i<5;i++)sigaction(s[i],&a,0);
for(unsigned i=0;i<sizeof fs/8;i++){ if(!sigsetjmp(end,1)){rec[0]=0;rec[1]=((uint64_t(*)(void))fs[i])();} uint64_t b[2]={rec[0],rec[1]};fwrite(b,16,1,stdout);}return 0;}`);
  execFileSync('riscv64-linux-gnu-gcc', ['-static', '-no-pie', '-O1', '-w', '-Wl,--section-start=.flux=0x40000000', `${D}/main.c`, `${D}/blob.s`, '-o', `${D}/main`]);
  const out = execFileSync('qemu-riscv64', [`${D}/main`], { maxBuffer: 1 << 26, timeout: 60000 });
  const results = readResults(out, batch.mains.length);
  const wrong: string[] = [];
  set.expected.forEach((e, i) => { if (!sameResult(e, results[i]!)) wrong.push(`${set.seeds[i]} ${showResult(e)} got ${showResult(results[i]!)}`); });
  console.log('wrong', wrong.length, wrong.slice(0, 10).join('\n'));
  expect(wrong.length).toBe(0);
}, 300000);
