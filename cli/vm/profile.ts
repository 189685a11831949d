/** `fluxos vm profile`: how often each instruction and each line of a program ran. */
import { lineAt } from '../../fluxc/isa/container.ts';
import { decode } from '../../fluxc/isa/code.ts';
import { disassemble, instructionText } from '../../fluxc/isa/disassemble.ts';
import type { Output } from '../output.ts';
import { type RunOptions, Terminal, loadAll } from './run.ts';
import { loadProgram, type Program } from './programs.ts';
import { Session, type Stop } from './session.ts';

const FAILED = 1;
const OUT_OF_FUEL = 124;
/** Rows of each table. */
const SHOWN = 15;

interface Counted {
  offset: number;
  count: number;
  mnemonic: string;
  text: string;
  line: number | null;
}

/** Runs the first file to its end, or as far as its fuel goes; other files run beside it. */
export function profileCommand(paths: readonly string[], output: Output, { fuel, grant }: RunOptions): number {
  const loaded = loadAll(paths, grant, output);
  if (!loaded) return FAILED;
  const machines = loaded.map(({ program, granted }) => ({ program, machine: loadProgram(program, granted, output) }));
  const sound = machines.flatMap(({ program, machine }) => (machine ? [{ program, machine }] : []));
  if (sound.length < machines.length) return FAILED;
  const [first, ...others] = sound;
  const session = new Session(first!.program, first!.machine, others, new Terminal(output.options.json));
  const counts = new Map<number, number>();
  let stop: Stop = { kind: 'step' };
  while ((stop.kind === 'step' || stop.kind === 'asked') && (fuel === undefined || session.executed < fuel)) {
    const { pc } = session.machine;
    const before = session.executed;
    stop = session.step();
    if (session.executed > before) counts.set(pc, (counts.get(pc) ?? 0) + 1);
  }
  print(first!.program, counts, Number(session.executed), stop.kind, output);
  return stop.kind === 'halted' ? 0 : stop.kind === 'step' || stop.kind === 'asked' ? OUT_OF_FUEL : FAILED;
}

function print(program: Program, counts: ReadonlyMap<number, number>, total: number, ending: string, output: Output): void {
  const { container, set, source } = program;
  const labels = new Map(disassemble(set, container.code, container.map?.symbols ?? []).map((each) => [each.offset, each.labels]));
  const rows = [...counts].map(([offset, count]): Counted => {
    const instruction = decode(set, container.code, offset);
    return {
      offset, count, mnemonic: instruction?.row.mnemonic ?? '(none)', line: lineAt(container.map, offset),
      text: instruction ? instructionText(set, instruction, offset, labels) : '(no instruction)',
    };
  });
  const opcodes = summed(rows, ({ mnemonic }) => mnemonic);
  const lines = summed(rows.filter(({ line }) => line !== null), ({ line }) => line!);
  const hot = [...rows].sort((a, b) => b.count - a.count || a.offset - b.offset);
  const share = (count: number) => `${((100 * count) / Math.max(1, total)).toFixed(1).padStart(5)} %`;
  output.json({
    program: container.name, set: container.set, instructions: total, ending: ending === 'step' ? 'fuel' : ending,
    opcodes: opcodes.map(([mnemonic, count]) => ({ mnemonic, count })), lines: lines.map(([line, count]) => ({ line, count })),
    hot: hot.map(({ offset, count, text, line }) => ({ offset, count, text, line })),
  });
  output.line(`${container.name}: ${total} instructions, ${ending === 'step' ? 'out of fuel' : ending}`);
  output.line();
  output.line('     count  share    instruction');
  for (const [mnemonic, count] of opcodes.slice(0, SHOWN)) output.line(`${String(count).padStart(10)} ${share(count)}  ${mnemonic}`);
  if (lines.length > 0) {
    output.line();
    output.line('     count  share    line');
    for (const [line, count] of lines.slice(0, SHOWN)) {
      output.line(`${String(count).padStart(10)} ${share(count)}  ${String(line).padStart(4)}  ${source?.lineText(line - 1).trim() ?? ''}`.trimEnd());
    }
  }
  output.line();
  output.line('     count  share    offset');
  for (const { offset, count, text } of hot.slice(0, SHOWN)) output.line(`${String(count).padStart(10)} ${share(count)}  ${offset.toString(16).padStart(4, '0')}  ${text}`);
}

/** The counts by a key, the largest first. */
function summed<K extends string | number>(rows: readonly Counted[], key: (row: Counted) => K): [K, number][] {
  const sums = new Map<K, number>();
  for (const row of rows) sums.set(key(row), (sums.get(key(row)) ?? 0) + row.count);
  return [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
