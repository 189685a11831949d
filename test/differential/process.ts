/**
 * Runs a tool with a time limit and gives its standard output as bytes; a failing compiler throws with what it said.
 */
import { spawn } from 'node:child_process';

export interface ProcessResult {
  output: Uint8Array;
  errors: string;
  /** exit status, or the signal that ended the process */
  status: number | string;
}

export function runProcess(command: string, args: readonly string[], seconds: number): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'], timeout: seconds * 1000, killSignal: 'SIGKILL',
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({
      output: Buffer.concat(output), errors: Buffer.concat(errors).toString(), status: code ?? signal ?? 'unknown',
    }));
  });
}
