/**
 * A FIR module as one WebAssembly module with a 32-bit memory.
 *
 * The memory holds the stack first, growing down to address 0, so that one that overflows leaves the memory and traps; then
 * the module's data. A function's address is its place in the table; place 0 stays empty. Functions that are declared only,
 * `asm` functions included, are imports of `env` under their FIR names; `fluxos.trap(code)` ends a program. Root functions
 * are exported under their names, besides `memory`, `table` and `stack_pointer`.
 *
 * The module must be verified. Symbols that stand for addresses and that nobody defines are reported.
 */
import { encodeUtf8 } from '../../base/utf8.ts';
import type { Diagnostics } from '../../diagnostics/diagnostic.ts';
import type { Module, Signature } from '../../fir/module.ts';
import { Op } from '../../fir/ops.ts';
import { Body, Bytes, FUNCTION_REFERENCE, SectionId, ValueType } from './encode.ts';
import { type ModuleContext, valueType, writeFunction } from './function.ts';
import { HELPERS } from './helpers.ts';

export interface WasmOptions {
  /** bytes of the stack, a multiple of 16 */
  stackBytes?: number;
  /** bytes of memory behind the data, for whoever uses the module */
  heapBytes?: number;
}

const PAGE = 65536;
const DEFAULT_STACK = PAGE;
/** Locals that a helper may use beside its parameters. */
const HELPER_LOCALS = 2;

/** The bytes of the WebAssembly module. */
export function emitWasm(module: Module, diagnostics: Diagnostics, options: WasmOptions = {}): Uint8Array {
  return new Emitter(module, diagnostics, options).emit();
}

class Emitter implements ModuleContext {
  readonly stackPointer = 0;
  private readonly types: Bytes[] = [];
  private readonly typeByKey = new Map<string, number>();
  /** by symbol: index of a function */
  private readonly functionOf = new Map<number, number>();
  private readonly imports: { from: string; name: string; type: number }[] = [];
  private readonly defined: number[] = [];
  private readonly helperNames: string[] = [];
  private readonly table: number[] = [];
  private readonly tablePlace = new Map<number, number>();
  private readonly dataAddress = new Map<number, number>();
  private readonly stackBytes: number;
  private dataEnd: number;

  constructor(private readonly module: Module, private readonly diagnostics: Diagnostics, private readonly options: WasmOptions) {
    this.stackBytes = options.stackBytes ?? DEFAULT_STACK;
    this.dataEnd = this.stackBytes;
  }

  emit(): Uint8Array {
    const { module } = this;
    this.collectImports();
    module.symbols.forEach((symbol, index) => {
      if (symbol.func) {
        this.functionOf.set(index, this.imports.length + this.defined.length);
        this.defined.push(index);
      } else if (symbol.data) {
        const { align, size } = symbol.data;
        this.dataEnd = Math.ceil(this.dataEnd / align) * align;
        this.dataAddress.set(index, this.dataEnd);
        this.dataEnd += size;
      }
    });
    const bodies = this.defined.map((index) => writeFunction(module.symbols[index]!.func!, this));
    const data = this.dataBytes();
    const helpers = this.helperBodies();
    return this.assemble(bodies, helpers, data);
  }

  // ---- what functions ask for ----

  functionIndex(symbol: number): number {
    return this.functionOf.get(symbol)!;
  }

  addressOf(symbol: number): number {
    const data = this.dataAddress.get(symbol);
    if (data !== undefined) return data;
    if (!this.functionOf.has(symbol)) {
      const { name, loc } = this.module.symbols[symbol]!;
      this.diagnostics.report('FX0603', loc, name, 'wasm32');
      return 0;
    }
    const known = this.tablePlace.get(symbol);
    if (known !== undefined) return known;
    this.table.push(symbol);
    this.tablePlace.set(symbol, this.table.length);
    return this.table.length;
  }

  signature(index: number): Signature {
    return this.module.signatures[index]!;
  }

  typeIndex({ params, results }: Signature): number {
    return this.typeOf(params.map(valueType), results.map(valueType));
  }

  /** Hosts' helpers are imports and come first; ours stand behind the module's own functions. */
  helper(name: string): number {
    const imported = this.imports.findIndex((entry) => entry.from === 'fluxos' && entry.name === name);
    if (imported >= 0) return imported;
    let place = this.helperNames.indexOf(name);
    if (place < 0) place = this.helperNames.push(name) - 1;
    return this.imports.length + this.defined.length + place;
  }

  // ---- parts ----

  private typeOf(params: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${params.join()}:${results.join()}`;
    const known = this.typeByKey.get(key);
    if (known !== undefined) return known;
    const bytes = new Bytes().byte(0x60).unsigned(params.length).bytes(params).unsigned(results.length).bytes(results);
    this.typeByKey.set(key, this.types.length);
    return this.types.push(bytes) - 1;
  }

  /** Indices of imports come before all others, so they are known before any body is written. */
  private collectImports(): void {
    const { module } = this;
    const addHelper = (name: string) => {
      const { params, results } = HELPERS.get(name)!;
      if (!this.imports.some((entry) => entry.name === name)) this.imports.push({ from: 'fluxos', name, type: this.typeOf(params, results) });
    };
    addHelper('trap');
    for (const f of module.functions()) {
      for (const block of f.layout) {
        for (let id = f.first[block]!; id; id = f.next[id]!) {
          if (f.op[id] === Op.Sysread) addHelper('sysread');
          if (f.op[id] === Op.Syswrite) addHelper('syswrite');
          if (f.op[id] !== Op.Call) continue;
          const index = f.a[id]!;
          const symbol = module.symbols[index]!;
          if (symbol.func || this.functionOf.has(index)) continue;
          this.functionOf.set(index, this.imports.length);
          this.imports.push({ from: 'env', name: symbol.name, type: this.typeIndex(this.signature(f.aux[id]!)) });
        }
      }
    }
  }

  /** The content of every object that is not zero, references filled in. */
  private dataBytes(): { address: number; bytes: Uint8Array }[] {
    const parts: { address: number; bytes: Uint8Array }[] = [];
    this.module.symbols.forEach(({ data }, index) => {
      if (!data || (!data.bytes && data.references.length === 0)) return;
      const bytes = new Uint8Array(data.size);
      if (data.bytes) bytes.set(data.bytes);
      const view = new DataView(bytes.buffer);
      for (const { offset, symbol, addend } of data.references) {
        const value = this.addressOf(symbol) + addend;
        view.setUint32(offset, value >>> 0, true);
        view.setUint32(offset + 4, value < 0 ? 0xffffffff : 0, true);
      }
      parts.push({ address: this.dataAddress.get(index)!, bytes });
    });
    return parts;
  }

  /** Bodies of the helpers that are called; one may call others, which are added behind it. */
  private helperBodies(): Body[] {
    const bodies: Body[] = [];
    for (let i = 0; i < this.helperNames.length; i++) {
      const body = new Body().unsigned(1).unsigned(HELPER_LOCALS).byte(ValueType.I64) as Body;
      HELPERS.get(this.helperNames[i]!)!.write!(body, (name) => this.helper(name));
      bodies.push(body.op('end'));
    }
    return bodies;
  }

  private assemble(bodies: readonly Body[], helpers: readonly Body[], data: { address: number; bytes: Uint8Array }[]): Uint8Array {
    const { module } = this;
    const types = [
      ...this.defined.map((index) => this.typeIndex(module.symbols[index]!.func!.signature)),
      ...this.helperNames.map((name) => this.typeOf(HELPERS.get(name)!.params, HELPERS.get(name)!.results)),
    ];
    const out = new Bytes().bytes([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    const section = (id: SectionId, count: number, write: (content: Bytes) => void) => {
      if (count === 0) return;
      const content = new Bytes().unsigned(count);
      write(content);
      out.byte(id).sized(content);
    };
    const text = (name: string) => Uint8Array.from(encodeUtf8(name));
    section(SectionId.Type, this.types.length, (content) => this.types.forEach((type) => content.bytes(type.take())));
    section(SectionId.Import, this.imports.length, (content) => {
      for (const { from, name, type } of this.imports) content.name(text(from)).name(text(name)).byte(0).unsigned(type);
    });
    section(SectionId.Function, types.length, (content) => types.forEach((type) => content.unsigned(type)));
    section(SectionId.Table, 1, (content) => content.byte(FUNCTION_REFERENCE).byte(0).unsigned(this.table.length + 1));
    const pages = Math.ceil((this.dataEnd + (this.options.heapBytes ?? 0)) / PAGE);
    section(SectionId.Memory, 1, (content) => content.byte(0).unsigned(pages));
    section(SectionId.Global, 1, (content) => {
      content.byte(ValueType.I32).byte(1).bytes(new Body().i32(this.stackBytes).op('end').take());
    });
    const exports = this.defined.filter((index) => module.symbols[index]!.root);
    section(SectionId.Export, exports.length + 3, (content) => {
      content.name(text('memory')).byte(2).unsigned(0).name(text('table')).byte(1).unsigned(0);
      content.name(text('stack_pointer')).byte(3).unsigned(this.stackPointer);
      for (const index of exports) content.name(text(module.symbols[index]!.name)).byte(0).unsigned(this.functionOf.get(index)!);
    });
    section(SectionId.Element, this.table.length > 0 ? 1 : 0, (content) => {
      content.unsigned(0).bytes(new Body().i32(1).op('end').take()).unsigned(this.table.length);
      for (const symbol of this.table) content.unsigned(this.functionOf.get(symbol)!);
    });
    section(SectionId.Code, bodies.length + helpers.length, (content) => {
      for (const body of [...bodies, ...helpers]) content.sized(body);
    });
    section(SectionId.Data, data.length, (content) => {
      for (const { address, bytes } of data) {
        content.unsigned(0).bytes(new Body().i32(address).op('end').take()).unsigned(bytes.length).bytes(bytes);
      }
    });
    return out.take().slice();
  }
}
