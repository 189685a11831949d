/**
 * A FIR module as one portable C file: the yardstick that the native back ends are measured against.
 *
 * Root symbols have external linkage, all others are static. External symbols and `asm` functions are declared only:
 * who links the C gives their bodies. Compiler and flags: see `prelude.ts`.
 */
import { type Data, type Module, type Signature, type Symbol, SymbolKind } from '../../fir/module.ts';
import { Op } from '../../fir/ops.ts';
import { emitFunction } from './function.ts';
import { cName, declarator } from './names.ts';
import { prelude } from './prelude.ts';

/** The C text of `module`, which must be verified. */
export function emitC(module: Module): string {
  const called = calledExternals(module);
  let out = prelude() + '\n';
  for (const symbol of module.symbols) out += declaration(symbol, called) + '\n';
  for (const symbol of module.symbols) {
    if (symbol.data) out += '\n' + object(symbol, symbol.data, module);
    else if (symbol.func) out += '\n' + emitFunction(symbol.func, module, linkage(symbol));
  }
  return out;
}

function linkage(symbol: Symbol): string {
  return symbol.root ? '' : 'static ';
}

/** By symbol: the signature that a function without a FIR body is called with. */
function calledExternals(module: Module): Map<Symbol, Signature> {
  const called = new Map<Symbol, Signature>();
  for (const f of module.functions()) {
    for (const block of f.layout) {
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        const symbol = f.op[id] === Op.Call ? module.symbols[f.a[id]!]! : null;
        if (symbol && !symbol.func) called.set(symbol, module.signatures[f.aux[id]!]!);
      }
    }
  }
  return called;
}

function declaration(symbol: Symbol, called: Map<Symbol, Signature>): string {
  const name = cName(symbol.name);
  if (symbol.func) {
    const { params, results } = symbol.func.signature;
    return `${linkage(symbol)}${declarator(name, params, results)};`;
  }
  if (symbol.data) return `${linkage(symbol)}${objectType(symbol.data, name)};`;
  const signature = called.get(symbol);
  if (signature) return `extern ${declarator(name, signature.params, signature.results)};`;
  return symbol.kind === SymbolKind.Assembly ? `extern void ${name}(void);` : `extern unsigned char ${name}[];`;
}

/** Stretches of an object: bytes from `start` to `end`, or the reference at `start`. */
function stretches(data: Data): { start: number; end: number; reference: number }[] {
  const list: { start: number; end: number; reference: number }[] = [];
  let at = 0;
  const offsetOf = (reference: number) => data.references[reference]!.offset;
  const sorted = data.references.map((_, index) => index).sort((x, y) => offsetOf(x) - offsetOf(y));
  for (const reference of sorted) {
    const offset = offsetOf(reference);
    if (offset > at) list.push({ start: at, end: offset, reference: -1 });
    list.push({ start: offset, end: offset + 8, reference });
    at = offset + 8;
  }
  if (at < data.size || list.length === 0) list.push({ start: at, end: Math.max(data.size, at + 1), reference: -1 });
  return list;
}

/** An object without references is an array of bytes; one with them a packed structure, named like an array (`[1]`). */
function objectType(data: Data, name: string): string {
  const constant = data.writable ? '' : 'const ';
  const align = `__attribute__((aligned(${data.align}))) `;
  if (data.references.length === 0) return `${align}${constant}unsigned char ${name}[${Math.max(data.size, 1)}]`;
  const fields = stretches(data).map(({ start, end, reference }) =>
    reference < 0 ? `unsigned char at${start}[${end - start}];` : `const void *at${start};`);
  return `${align}${constant}struct __attribute__((packed)) ${name} { ${fields.join(' ')} } ${name}[1]`;
}

function object(symbol: Symbol, data: Data, module: Module): string {
  const name = cName(symbol.name);
  const bytes = data.bytes ?? new Uint8Array(0);
  const list = (start: number, end: number) => {
    const content = bytes.subarray(Math.min(start, bytes.length), Math.min(end, bytes.length));
    return content.length === 0 ? '{ 0 }' : `{ ${Array.from(content).join(', ')} }`;
  };
  if (data.references.length === 0) return `${linkage(symbol)}${objectType(data, name)} = ${list(0, bytes.length)};\n`;
  const constant = data.writable ? '' : 'const ';
  const fields = stretches(data).map(({ start, end, reference }) => {
    if (reference < 0) return list(start, end);
    const { symbol: target, addend } = data.references[reference]!;
    return `(const char *)${cName(module.symbols[target]!.name)}${addend ? ` + (${addend})` : ''}`;
  });
  const align = `__attribute__((aligned(${data.align}))) `;
  return `${linkage(symbol)}${align}${constant}struct ${name} ${name}[1] = { { ${fields.join(', ')} } };\n`;
}
