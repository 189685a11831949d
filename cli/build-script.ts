/**
 * Evaluates `js build` blocks in QuickJS, sealed.
 *
 * QuickJS starts asynchronously and the compiler is synchronous, so a worker thread holds the interpreter (it starts
 * with the first block of a build) and this thread waits for its answer. Each block gets a fresh context.
 */
import { join } from 'node:path';
import type { Evaluation } from '../fluxc/lang/host.ts';
import { HOME } from './host.ts';

/** A block ends after its step limit long before this. */
const TIMEOUT_MILLISECONDS = 60_000;

interface Interpreter {
  evaluate(code: string): Evaluation;
}

let interpreter: Interpreter | null = null;

/** The value of a block, in the form that `Evaluation` describes. Never throws. */
export function evaluateBuildScript(code: string): Evaluation {
  interpreter ??= startInterpreter();
  return interpreter.evaluate(code);
}

function startInterpreter(): Interpreter {
  // Loaded here, because a process that starts from a snapshot cannot use threads that were loaded before it was taken.
  const { MessageChannel, receiveMessageOnPort, Worker } = process.getBuiltinModule('node:worker_threads');
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(join(HOME, 'cli', 'build-script-worker.mjs'), {
    workerData: { signal, port: port2 }, transferList: [port2],
  });
  // A program that has nothing else to do may end while the worker waits.
  worker.unref();
  port1.unref();
  return {
    evaluate(code) {
      Atomics.store(signal, 0, 0);
      port1.postMessage(code);
      Atomics.wait(signal, 0, 0, TIMEOUT_MILLISECONDS);
      const answer = receiveMessageOnPort(port1);
      if (answer) return answer.message as Evaluation;
      interpreter = null;
      void worker.terminate();
      return { ok: false, error: 'the interpreter does not answer', line: 0, column: 0 };
    },
  };
}
