/**
 * The thread that evaluates `js build` blocks (`build-script.ts` starts it): code in, an `Evaluation` out.
 *
 * Sealed: no clock, no random numbers, no garbage collector to watch, no input or output, a limit on steps, memory and
 * stack. So a block has one value, on every machine and at all times.
 */
import { workerData } from 'node:worker_threads';
import { DefaultIntrinsics, newQuickJSWASMModule, Scope } from 'quickjs-emscripten';

const MEMORY_BYTES = 64 * 1024 * 1024;
const STACK_BYTES = 512 * 1024;
/** QuickJS asks whether to go on after every 10,000 calls and backward jumps: this many times it may. */
const MOST_INTERRUPTS = 5_000;
const FILE = 'build.js';

const SEAL = `
delete globalThis.Date;
delete globalThis.performance;
delete globalThis.WeakRef;
delete globalThis.FinalizationRegistry;
delete Math.random;
`;

/** Runs inside QuickJS, before the block, so that the block cannot change what it is made of. */
const SERIALISER = `(() => {
  const quote = JSON.stringify, isArray = Array.isArray, keys = Object.keys, text = String, finite = Number.isFinite;
  const isTyped = ArrayBuffer.isView, View = DataView;
  const prototypeOf = Object.getPrototypeOf, plain = Object.prototype;
  const invalid = (what) => '{"$invalid":' + quote(what) + '}';
  const write = (value, depth) => {
    if (depth > 200) return invalid('a list nested too deep');
    switch (typeof value) {
      case 'boolean': return value ? 'true' : 'false';
      case 'string': return quote(value);
      case 'bigint': return '{"$bigint":"' + text(value) + '"}';
      case 'number': return finite(value) ? (value === 0 && 1 / value < 0 ? '-0' : text(value)) : invalid(text(value));
      case 'object': break;
      default: return invalid(typeof value === 'undefined' ? 'undefined' : 'a ' + typeof value);
    }
    if (value === null) return 'null';
    if (isArray(value) || (isTyped(value) && !(value instanceof View))) {
      let list = '';
      for (let i = 0; i < value.length; i++) list += (i > 0 ? ',' : '') + write(value[i], depth + 1);
      return '[' + list + ']';
    }
    const prototype = prototypeOf(value);
    if (prototype !== null && prototype !== plain) return invalid('an object with a prototype of its own');
    let entries = '';
    for (const key of keys(value)) entries += (entries ? ',' : '') + quote(key) + ':' + write(value[key], depth + 1);
    return '{' + entries + '}';
  };
  return (value) => write(value, 0);
})()`;

const { signal, port } = workerData;
let starting = newQuickJSWASMModule();

port.on('message', async (code) => {
  let answer;
  try {
    answer = evaluate(await starting, code);
  } catch (error) {
    // An interpreter that ran out of memory may be past saving: the next block gets another.
    starting = newQuickJSWASMModule();
    answer = failure(`the interpreter gave up: ${String(error.message).split('\n')[0]}`);
  }
  port.postMessage(answer);
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});

function evaluate(quickjs, code) {
  return Scope.withScope((scope) => {
    const runtime = scope.manage(quickjs.newRuntime());
    let interrupts = 0;
    runtime.setMemoryLimit(MEMORY_BYTES);
    runtime.setMaxStackSize(STACK_BYTES);
    runtime.setInterruptHandler(() => ++interrupts > MOST_INTERRUPTS);
    const context = scope.manage(runtime.newContext({ intrinsics: { ...DefaultIntrinsics, Date: false } }));
    scope.manage(context.unwrapResult(context.evalCode(SEAL)));
    const serialise = scope.manage(context.unwrapResult(context.evalCode(SERIALISER)));
    // A block that starts with a brace is an object, not a statement.
    const isObject = /^\s*\{/.test(code.slice(0, 1000));
    const result = context.evalCode(isObject ? `(${code}\n)` : code, FILE, { strict: true });
    if (result.error) return problem(context, scope.manage(result.error), interrupts, isObject);
    const text = context.callFunction(serialise, context.undefined, scope.manage(result.value));
    if (text.error) return problem(context, scope.manage(text.error), interrupts, isObject);
    return { ok: true, json: context.getString(scope.manage(text.value)) };
  });
}

function problem(context, handle, interrupts, isObject) {
  const error = context.dump(handle);
  if (interrupts > MOST_INTERRUPTS) return failure('it takes more steps than a build block may');
  if (typeof error !== 'object' || error === null) return failure(`it throws ${String(error)}`);
  const place = /build\.js:(\d+)(?::(\d+))?/.exec(String(error.stack ?? ''));
  const line = place ? Number(place[1]) : 0;
  const column = place && place[2] ? Number(place[2]) : 1;
  const shift = isObject && line === 1 ? 1 : 0;
  return failure(`${error.name ?? 'Error'}: ${error.message ?? ''}`, line, column - shift);
}

function failure(error, line = 0, column = 0) {
  return { ok: false, error, line, column };
}
