/**
 * A crash with names: what each address of it means in the image that it came from.
 *
 * Invariant: no address is named with another image than the one that crashed, as far as can be told: by the identity in the
 * dump, else by where the code lies, else by the lines that the kernel itself has named.
 */
import type { Arch } from '../../fluxc/target/machine/target.ts';
import type { Crash, Dump, SaidFrame } from './console-log.ts';
import type { AddressSpace, ImageSymbols, Position } from './image-symbols.ts';

export interface NamedFrame extends SaidFrame {
  /** what stands in that line */
  text: string;
}

export interface CrashReport {
  kind: Crash['kind'];
  line: number;
  message: string;
  frames: NamedFrame[];
  agent: { name: string; pid: number | null; at: Position | null } | null;
  /** whether the image is the one that crashed; null if that cannot be told */
  isSameImage: boolean | null;
  /** how that was found out */
  evidence: string;
  tick: number | null;
  registers: { name: string; value: string | null; at: Position | null }[];
  /** words of the stack that point into the image */
  stack: { address: string; value: string; at: Position }[];
  problems: string[];
}

/** Names of the registers in `hal/cpu/<arch>/trap.flux.md`, and where a function keeps its caller's (`FRAME_LINK`, `FRAME_RETURN`). */
const REGISTERS: Record<Arch, { counter: string; stack: string; frame: string; link: number; result: number; names: Record<string, string> }> = {
  x86_64: { counter: 'rip', stack: 'rsp', frame: 'rbp', link: 0, result: 8, names: {} },
  arm64: { counter: 'pc', stack: 'sp', frame: 'x29', link: 0, result: 8, names: {} },
  riscv64: { counter: 'x0', stack: 'x2', frame: 'x8', link: -16, result: -8, names: { x0: 'pc', x1: 'ra', x2: 'sp', x8: 'fp' } },
};
/** As `HW_INFO` numbers them (`ARCHITECTURE` of `hal.cpu`). */
const ARCHITECTURES: (Arch | undefined)[] = [undefined, 'x86_64', 'arm64', 'riscv64'];
const WORD = 8;
const DEEPEST = 32;

export function reportOf(crash: Crash, image: ImageSymbols): CrashReport {
  const { dump } = crash;
  const { isSame, evidence } = compare(crash, image);
  const problems = [...crash.problems];
  const agent = image.agents.find(({ name }) => name === (crash.agent?.name ?? dump?.name)) ?? null;
  const space = crash.kind === 'agent' ? agent?.space ?? null : image.kernel;
  const find = (address: bigint | null, where: AddressSpace | null): Position | null =>
    address === null || isSame === false || !where ? null : where.find(address);
  if (dump && dump.frame.length > 0 && dump.frame.length !== image.registers.length && isSame !== false) {
    problems.push(`${dump.frame.length} of ${image.registers.length} registers are there`);
  }
  const words = new Map(image.registers.map((name, index) => [name, dump?.frame[index] ?? null]));
  const frames = crash.frames.length > 0 || !dump ? crash.frames : walked(dump, words, image);
  const top = stackTop(words, image.arch);
  const { names } = REGISTERS[image.arch];
  return {
    kind: crash.kind, line: crash.line, message: crash.message,
    frames: frames.map((frame) => (isSame === false ? { ...frame, text: '' } : named(frame, space, image))),
    agent: agentOf(crash, (address) => find(address, agent?.space ?? null)),
    isSameImage: isSame, evidence, tick: dump?.tick == null ? null : Number(dump.tick),
    registers: !dump || dump.frame.length === 0 ? [] : [...words].map(([name, value]) => ({
      name: names[name] ?? name, value: hex(value), at: find(value, image.kernel),
    })),
    stack: (dump?.stack ?? []).flatMap((value, index) => {
      const at = find(value, image.kernel);
      return at && top !== null ? [{ address: hex(top + BigInt(WORD * index))!, value: hex(value)!, at }] : [];
    }),
    problems,
  };
}

function agentOf({ kind, agent, dump }: Crash, find: (address: bigint | null) => Position | null): CrashReport['agent'] {
  if (agent) return { ...agent, at: null };
  if (kind === 'agent' || !dump || (dump.name === null && dump.pid === null)) return null;
  return { name: dump.name ?? 'unknown', pid: dump.pid, at: find(dump.address) };
}

function compare({ kind, dump, frames, agent }: Crash, image: ImageSymbols): { isSame: boolean | null; evidence: string } {
  const architecture = dump?.architecture == null ? undefined : ARCHITECTURES[dump.architecture];
  if (architecture && architecture !== image.arch) return { isSame: false, evidence: `the dump is of ${architecture}, the image for ${image.arch}` };
  if (dump?.identity != null && image.identity !== null) {
    const isSame = dump.identity === image.identity;
    return {
      isSame,
      evidence: isSame
        ? `identity ${identityText(image.identity)}`
        : `the dump is of image ${identityText(dump.identity)}, this one is ${identityText(image.identity)}`,
    };
  }
  if (dump?.start != null && Number(dump.start) !== image.start) return { isSame: false, evidence: 'the code lies elsewhere' };
  const space = kind === 'agent' ? image.agents.find(({ name }) => name === agent?.name)?.space : image.kernel;
  if (!space) return { isSame: false, evidence: `the image has no agent \`${agent?.name}\`` };
  const placed = frames.filter((frame) => frame.function !== null);
  const foreign = placed.find(({ function: name, document, line }) => document === null ? !space.hasFunction(name!) : !space.hasLine(name!, document, line!));
  if (foreign) {
    const line = foreign.document === null ? '' : ` with line ${foreign.document}:${foreign.line}`;
    return { isSame: false, evidence: `the image has no function \`${foreign.function}\`${line}` };
  }
  if (placed.length === 0) return { isSame: null, evidence: 'nothing in the log tells which image it is of' };
  return { isSame: true, evidence: 'all lines of the backtrace are in the image' };
}

function identityText(identity: number): string {
  return identity.toString(16).padStart(8, '0');
}

/** What the kernel named keeps its name; the text of the line is added, and bare addresses get both. */
function named(frame: SaidFrame, space: AddressSpace | null, image: ImageSymbols): NamedFrame {
  if (frame.function === null && frame.address !== null) {
    const at = space?.find(frame.address) ?? null;
    return at?.isCode ? { function: at.symbol, document: at.document, line: at.line, address: frame.address, text: at.text } : { ...frame, text: '' };
  }
  return { ...frame, text: frame.document === null ? '' : image.lineText(frame.document, frame.line!) };
}

function stackTop(words: ReadonlyMap<string, bigint | null>, arch: Arch): bigint | null {
  const pointer = words.get(REGISTERS[arch].stack) ?? null;
  return pointer === null ? null : pointer & ~BigInt(WORD - 1);
}

/** The backtrace from registers and stack, as far as the words of the dump reach. A return address lies behind its call. */
function walked({ stack }: Dump, words: ReadonlyMap<string, bigint | null>, { arch }: ImageSymbols): SaidFrame[] {
  const { counter, frame: pointer, link, result } = REGISTERS[arch];
  const bare = (address: bigint): SaidFrame => ({ function: null, document: null, line: null, address });
  const frames: SaidFrame[] = [];
  const here = words.get(counter) ?? null;
  if (here !== null) frames.push(bare(here));
  const top = stackTop(words, arch);
  let at = words.get(pointer) ?? null;
  while (at !== null && top !== null && frames.length < DEEPEST) {
    const wordAt = (offset: number): bigint | null => stack[Number(at! + BigInt(offset) - top) / WORD] ?? null;
    const [next, back]: [bigint | null, bigint | null] = [wordAt(link), wordAt(result)];
    if (back === null || back === 0n) break;
    frames.push(bare(back - 1n));
    at = next !== null && next > at ? next : null;
  }
  return frames;
}

function hex(value: bigint | null): string | null {
  return value === null ? null : `0x${value.toString(16)}`;
}

/** The report as lines for people. */
export function reportLines(report: CrashReport, isVerbose: boolean): string[] {
  const { kind, agent, frames, registers, stack, problems } = report;
  const who = agent && `${agent.name}${agent.pid === null ? '' : ` (pid ${agent.pid})`}`;
  const lines = [kind === 'panic' ? `panic: ${report.message}` : `agent ${who}: ${report.message}`];
  for (const { function: name, document, line, address, text } of frames) {
    const place = document === null ? '' : ` (${document}:${line})`;
    lines.push(`  in ${name ?? (address === null ? 'unknown' : hex(address))}${place}`);
    if (text !== '') lines.push(`       ${text}`);
  }
  if (kind === 'panic' && agent) {
    const tick = report.tick === null ? '' : `, tick ${report.tick}`;
    lines.push(`while ${who} ran${agent.at ? `, at ${positionText(agent.at)}` : ''}${tick}`);
  }
  const verdict = report.isSameImage === null ? 'perhaps of this image' : report.isSameImage ? 'of this image' : 'of another image';
  lines.push(`${verdict}: ${report.evidence}`);
  const shown = registers.filter(({ value }) => value !== null);
  if (shown.length > 0) {
    lines.push('registers:');
    for (const { name, value, at } of shown) lines.push(`  ${name.padEnd(8)} ${value!.padStart(18)}${at ? `  ${positionText(at)}` : ''}`);
  }
  const words = isVerbose ? stack : stack.filter(({ at }) => at.isCode);
  if (words.length > 0) {
    lines.push('on the stack:');
    for (const { address, value, at } of words) lines.push(`  ${address}: ${value}  ${positionText(at)}`);
  }
  for (const problem of problems) lines.push(`note: ${problem}`);
  return lines;
}

function positionText({ symbol, offset, document, line }: Position): string {
  return `${symbol}${offset === 0 ? '' : `+0x${offset.toString(16)}`}${document === null ? '' : ` (${document}:${line})`}`;
}
