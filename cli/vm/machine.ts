/**
 * One bytecode machine in this process: the documents of `vm/`, compiled to WebAssembly (`dist/vm.wasm`), behind an interface of
 * plain numbers. It holds no meaning of any instruction: whatever runs, runs in the WebAssembly module.
 *
 * A program that wants something of the outside ends its run with a request. Whoever runs it does it and calls `answer`. So
 * a run is a function of the program and the answers, and can be made again: `snapshot` and `restore` keep a whole machine.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAULT_TEXTS, FAULTS, readContainer, type Container, type Fault } from '../../fluxc/isa/container.ts';
import { HOME } from '../host.ts';

/** How a run ended; the names of `vm.host_ending`. */
export const ENDINGS = ['paused', 'halted', 'error', 'request', 'stopped'] as const;
export type Ending = (typeof ENDINGS)[number];

export interface Request {
  /** code of the instruction */
  operation: number;
  arguments: bigint[];
  /** where the bytes that go with it lie, for `bytes` and `Answer.writes` */
  data: { address: number; size: number };
}

/** What becomes of a request. */
export interface Answer {
  value: bigint;
  /** 0, or the negative number of a `kernel.error` */
  error: number;
  /** what changes in the machine's memory */
  writes?: { address: number; bytes: Uint8Array }[];
  /** capabilities that have come with it, a mask */
  capabilities?: bigint;
}

export interface MachineRegion {
  number: number;
  name: string;
  address: number;
  size: number;
  writable: boolean;
}

/** Why a program is not loaded. `offset`: in the code, if it is the verifier's finding. */
export interface Refusal {
  reason: string;
  fault: Fault | 'capability' | 'verifier';
  offset: number | null;
}

export type Loading = { machine: Machine; refusal: null } | { machine: null; refusal: Refusal };

/** Thrown where `dist/vm.wasm` is missing. */
export class NotBuilt extends Error {}

type Exports = Record<string, (...values: bigint[]) => bigint | undefined>;

/** Numbers of `load` from here on are those of the set's own loader. */
const OWN_REFUSALS = 100;
const NOT_GRANTED = 132;
const PAGE = 65536;

let compiled: WebAssembly.Module | null = null;

function machineModule(): WebAssembly.Module {
  if (compiled) return compiled;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(join(HOME, 'dist', 'vm.wasm'));
  } catch {
    throw new NotBuilt('dist/vm.wasm');
  }
  return (compiled = new WebAssembly.Module(bytes));
}

/** The whole of a machine's memory, as the pages that are not zero. */
export interface Snapshot {
  executed: bigint;
  pages: { index: number; bytes: Uint8Array }[];
}

export class Machine {
  private constructor(
    private readonly exports: Exports, private readonly memory: { readonly buffer: ArrayBuffer }, readonly container: Container,
  ) {}

  /** Makes a machine of a container's bytes, with the capabilities of the mask `granted`. */
  static load(file: Uint8Array, granted: number): Loading {
    const read = readContainer(file);
    const refuse = (fault: Refusal['fault'], reason: string, offset: number | null = null): Loading =>
      ({ machine: null, refusal: { fault, reason, offset } });
    if (read.fault !== 'none') return refuse(read.fault, FAULT_TEXTS[read.fault]);
    const trap = (code: number) => {
      throw new Error(`the machine trapped with code ${code}`);
    };
    const { exports } = new WebAssembly.Instance(machineModule(), { fluxos: { trap } });
    const machine = new Machine(exports as Exports, exports['memory'] as { buffer: ArrayBuffer }, read.container);
    if (file.length > machine.number('buffer_size')) return refuse('sizes', `it has more than the ${machine.number('buffer_size')} bytes that the tools take`);
    new Uint8Array(machine.memory.buffer, machine.number('buffer'), file.length).set(file);
    const result = machine.number('load', BigInt(file.length), BigInt(granted));
    if (result === 0) return { machine, refusal: null };
    if (result < OWN_REFUSALS) return refuse(FAULTS[result]!, FAULT_TEXTS[FAULTS[result]!]);
    if (result === NOT_GRANTED) return refuse('capability', 'it needs capabilities that it is not granted');
    return refuse('verifier', machine.text('fault_text'), machine.number('fault_place'));
  }

  private call(name: string, ...values: bigint[]): bigint {
    return this.exports[`vm.host.${name}`]!(...values) ?? 0n;
  }

  private number(name: string, ...values: bigint[]): number {
    return Number(BigInt.asUintN(64, this.call(name, ...values)));
  }

  private text(name: string): string {
    return Buffer.from(this.bytes(this.number(name), this.number(`${name}_size`))).toString('utf8');
  }

  private list(count: number, item: (index: bigint) => bigint): bigint[] {
    return Array.from({ length: count }, (_, index) => BigInt.asUintN(64, item(BigInt(index))));
  }

  // ---- running ----

  /** Goes on with so much more fuel: instructions, counted where control leaves a straight line. */
  run(fuel: bigint): Ending {
    return ENDINGS[this.number('run', fuel)]!;
  }

  /** Exactly so many instructions, unless the run ends before. */
  step(count = 1n): Ending {
    return ENDINGS[this.number('step', count)]!;
  }

  get request(): Request {
    return {
      operation: this.number('request_operation'), arguments: this.list(4, (index) => this.call('request_argument', index)),
      data: { address: this.number('request_data'), size: this.number('request_size') },
    };
  }

  answer({ value, error, writes, capabilities }: Answer): void {
    for (const { address, bytes } of writes ?? []) new Uint8Array(this.memory.buffer).set(bytes, address);
    if (capabilities !== undefined) this.call('give_capabilities', capabilities);
    this.call('answer', value, BigInt(error));
  }

  // ---- state ----

  /** Offset of the next instruction; of the one that failed. */
  get pc(): number {
    return this.number('pc');
  }

  set pc(offset: number) {
    this.call('set_pc', BigInt(offset));
  }

  /** Instructions so far. */
  get executed(): bigint {
    return BigInt.asUintN(64, this.call('fuel_used'));
  }

  get registers(): bigint[] {
    return this.list(this.number('register_count'), (index) => this.call('register', index));
  }

  setRegister(index: number, value: bigint): void {
    this.call('set_register', BigInt(index), BigInt.asIntN(64, value));
  }

  get flags(): number {
    return this.number('flags');
  }

  /** Values on the stack, the lowest first. */
  get stack(): bigint[] {
    return this.list(this.number('stack_depth'), (index) => this.call('stack', index));
  }

  /** Is a value of the stack the bits of a double? */
  isReal(index: number): boolean {
    return this.call('stack_is_real', BigInt(index)) !== 0n;
  }

  /** Where open calls return to, the outermost first. */
  get calls(): number[] {
    return this.list(this.number('call_depth'), (index) => this.call('call', index)).map(Number);
  }

  /** What the program gives: r16 of flux64, the value on top of a stack set, what asm16 emitted last. */
  get result(): bigint {
    return BigInt.asUintN(64, this.call('exit_code'));
  }

  get error(): { code: number; text: string; detail: bigint } {
    return { code: this.number('error_code'), text: this.text('error_text'), detail: BigInt.asUintN(64, this.call('error_detail')) };
  }

  get regions(): MachineRegion[] {
    const regions: MachineRegion[] = [];
    for (let number = 0; number < 16; number++) {
      const index = BigInt(number);
      const size = this.number('region_size', index);
      if (size === 0) continue;
      const name = this.container.regions.find((region) => region.number === number)?.name ?? (this.container.set === 'flux64' ? '' : 'memory');
      regions.push({ number, name, size, address: this.number('region_address', index), writable: this.number('region_rights', index) === 3 });
    }
    return regions;
  }

  get activeRegion(): number {
    return this.number('active_region');
  }

  /** A copy of bytes of the machine's memory. */
  bytes(address: number, size: number): Uint8Array {
    return new Uint8Array(this.memory.buffer).slice(address, address + size);
  }

  write(address: number, bytes: Uint8Array): void {
    new Uint8Array(this.memory.buffer).set(bytes, address);
  }

  // ---- going back ----

  snapshot(): Snapshot {
    const words = new BigUint64Array(this.memory.buffer);
    const perPage = PAGE / 8;
    const pages: Snapshot['pages'] = [];
    for (let index = 0; index * perPage < words.length; index++) {
      let at = index * perPage;
      const end = at + perPage;
      while (at < end && words[at] === 0n) at++;
      if (at < end) pages.push({ index, bytes: this.bytes(index * PAGE, PAGE) });
    }
    return { executed: this.executed, pages };
  }

  restore({ pages }: Snapshot): void {
    const memory = new Uint8Array(this.memory.buffer);
    memory.fill(0);
    for (const { index, bytes } of pages) memory.set(bytes, index * PAGE);
  }
}
