/**
 * Random FIR programs that mean the same on every machine: the food of the differential tests.
 *
 * A program is a few functions and data objects under one name prefix; `<prefix>.main` takes nothing and returns a
 * checksum (i64) of everything it computed, or traps. The functions use every operation that needs no device, with
 * all types. What FIR leaves open is kept out of the checksum: addresses only meet addresses, the bits of a NaN are
 * made one before anybody sees them (`observable`), slots are written before they are read, divisors marked as
 * checked are not zero. Every memory access stays in its object, every loop counts down.
 */
import { Func } from '../../fluxc/fir/function.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { Type } from '../../fluxc/fir/types.ts';
import { FunctionGenerator } from './function-generator.ts';
import { Random } from '../random.ts';
import { type Callee, type DataObject, FLOATS, INTEGERS, type Pointer, SCALARS } from './scope.ts';
import { FAR_SIZE } from './statements.ts';

export interface GeneratorOptions {
  /** bounds of the number of statements of one function body */
  least: number;
  most: number;
}

/** Adds a program to `module`; returns the name of its main function. */
export function generateProgram(module: Module, prefix: string, seed: number, options: GeneratorOptions): string {
  return new ProgramGenerator(module, prefix, new Random(seed), options).program();
}

class ProgramGenerator {
  private readonly callees: Callee[] = [];
  private pointerTable: { symbol: number; length: number } | null = null;
  private readonly data: DataObject[] = [];

  constructor(
    private readonly module: Module,
    private readonly prefix: string,
    private readonly random: Random,
    private readonly options: GeneratorOptions,
  ) {}

  program(): string {
    const { random } = this;
    this.objects();
    const count = random.between(0, 3);
    // Callees first, so that there is no recursion: a function calls those that exist.
    for (let i = 0; i < count; i++) this.function(`${this.prefix}.f${i}`, this.signature());
    this.table();
    return this.function(`${this.prefix}.main`, { params: [], results: [Type.I64] }, true);
  }

  private objects(): void {
    const { random } = this;
    const plain = random.between(1, 3);
    for (let i = 0; i < plain; i++) {
      const size = 16 << random.below(3);
      this.object(`d${i}`, size, this.bytes(size), true, 'plain');
    }
    if (random.chance(15)) this.object('far', FAR_SIZE, null, true, 'far');
    this.object('sum', 8, null, true, 'sum');
    this.object('constant', 32, this.bytes(32), false, 'constant');
    const bools = () => Uint8Array.from({ length: 16 }, () => random.below(2));
    if (random.chance(50)) this.object('bools', 16, bools(), true, 'bools');
  }

  private object(
    name: string, size: number, bytes: Uint8Array | null, writable: boolean, kind: Pointer['kind'],
  ): void {
    const full = `${this.prefix}.${name}`;
    const zero = bytes !== null && this.random.chance(20) && writable ? null : bytes;
    const symbol = this.module.defineData(full, { bytes: zero, size, align: 16, writable, references: [] }, 0);
    this.data.push({ symbol, pointer: { room: size, kind, origin: full } });
  }

  /** Pointers to data and functions that stand in read-only data. */
  private table(): void {
    const plain = this.data.filter((object) => object.pointer.kind === 'plain');
    const references = plain.map((object, index) => ({ offset: 8 * index, symbol: object.symbol, addend: 0 }));
    const size = 8 * references.length;
    const symbol = this.module.defineData(`${this.prefix}.table`, {
      bytes: new Uint8Array(size), size, align: 8, writable: false, references,
    }, 0);
    this.pointerTable = { symbol, length: references.length };
  }
  /** Bytes that are interesting as integers and floats of any width. */
  private bytes(size: number): Uint8Array {
    const view = new DataView(new ArrayBuffer(size));
    for (let at = 0; at < size; at += 8) {
      switch (this.random.below(4)) {
        case 0: view.setFloat64(at, this.random.pick(FLOATS), true); break;
        case 1:
          view.setFloat32(at, this.random.pick(FLOATS), true);
          view.setFloat32(at + 4, this.random.pick(FLOATS), true);
          break;
        case 2: view.setBigInt64(at, BigInt(this.random.pick(INTEGERS)), true); break;
        default:
          view.setUint32(at, this.random.word(), true);
          view.setUint32(at + 4, this.random.word(), true);
      }
    }
    return new Uint8Array(view.buffer);
  }

  private signature(): { params: Type[]; results: Type[] } {
    const { random } = this;
    const many = random.chance(25);
    const params: Type[] = [];
    // Twelve of one class are more than any machine has argument registers of it.
    if (random.chance(10)) params.push(...Array<Type>(12).fill(random.pick([Type.I32, Type.I64, Type.F32, Type.F64])));
    else for (let i = random.between(0, many ? 20 : 6); i > 0; i--) {
      params.push(random.chance(12) ? Type.Ptr : random.chance(3) ? Type.Agent : random.pick(SCALARS));
    }
    const results: Type[] = [];
    for (let i = random.pick([0, 1, 1, 1, 2, 2]); i > 0; i--) results.push(random.pick(SCALARS));
    return { params, results };
  }

  private function(name: string, signature: { params: Type[]; results: Type[] }, root = false): string {
    const { random, module } = this;
    const f = new Func(name, signature);
    if (!root) f.attributes.inline = random.pick(['auto', 'auto', 'always', 'never']);
    const objects = this.data.slice();
    new FunctionGenerator(f, module, random, this.callees.slice(), objects, this.pointerTable).body(
      random.between(this.options.least, this.options.most), root,
    );
    const symbol = module.defineFunction(name, f, 0);
    module.symbols[symbol]!.root = root;
    this.callees.push({ symbol, ...signature });
    return name;
  }
}
