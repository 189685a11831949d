import { test } from 'vitest';
import { evaluateBuildScript as e } from '../../cli/build-script.ts';
test('probe', () => {
  const t = performance.now();
  for (const code of ['1+1', '{A: 1, B: 2n**63n, c: [1.5, -0, NaN]}', 'const x = [];\nfor (let i=0;i<3;i++) x.push(i*i);\nx', 'let a = 1\n  missing.x', 'typeof Date + typeof Math.random+typeof WeakRef', 'for(;;){}', 'let a=[]; for(;;) a.push("x".repeat(100000)+a.length)', 'function f(){return f()+1} f()', 'x = = 2', '({get a(){throw 3}})', 'new Uint8Array([1,2])', 'throw new Error("own")', 'const a=[];a[0]=a;a', '() => 1', '{ A: 1,\n B: foo }', '"\\ud800"', 'Object.prototype.toJSON = 1; Array.prototype.join = null; [1,2]', 'import("x")', '', 'new Date()']) {
    console.log(JSON.stringify(code), JSON.stringify(e(code)).slice(0, 300), (performance.now() - t).toFixed(0));
  }
}, 60000);
