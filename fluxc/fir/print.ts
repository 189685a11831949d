/**
 * FIR as text that `parse.ts` reads back to the same module. `docs/fir.md` has the grammar.
 *
 * Values, blocks and slots are numbered in the order they are printed, whatever their indices are: so two functions
 * that compute the same in the same order print the same, and printing what was parsed from a printed text gives that
 * text.
 */
import { Func } from './function.ts';
import { type Data, Module, type Signature, type Symbol, SymbolKind } from './module.ts';
import {
  Access, ACCESS_MASK, ACCESS_NAMES, COND_NAMES, INVARIANT, Op, OPS, Shape, SPACE_NAMES, TRAP_NAMES, VOLATILE,
} from './ops.ts';
import { Type, TYPE_NAMES } from './types.ts';

export interface PrintOptions {
  /** print each `Loc` that is not 0 as `!n` */
  locs?: boolean;
}

/** Characters of string content on one line of a data object or asm text. */
const STRING_LINE = 80;

/** Names of fcmp's conditions: those of icmp without the `s`. */
export function floatConditionName(cond: number): string {
  const name = COND_NAMES[cond] ?? String(cond);
  return name.length === 3 && name[0] === 's' ? name.slice(1) : name;
}

export function printModule(module: Module, options: PrintOptions = {}): string {
  let out = `module ${quote(codesOf(module.name))}\n`;
  for (const symbol of module.symbols) out += '\n' + printSymbol(symbol, module, options);
  return out;
}

export function printSymbol(symbol: Symbol, module: Module, options: PrintOptions = {}): string {
  const name = symbolName(symbol.name);
  const loc = options.locs && symbol.loc ? ` !${symbol.loc}` : '';
  switch (symbol.kind) {
    case SymbolKind.External: return `external ${name}${attributeList(symbol, null)}${loc}\n`;
    case SymbolKind.Data:
      return `data ${name}${attributeList(symbol, null)}${loc} ${printData(symbol.data!, module)}\n`;
    case SymbolKind.Assembly: {
      const text = symbol.assembly!;
      const textLoc = options.locs && text.loc ? ` !${text.loc}` : '';
      return `asm ${name}${attributeList(symbol, null)}${loc} =${textLoc}${stringLines(codesOf(text.text), true)}\n`;
    }
    case SymbolKind.Function: return printFunction(symbol.func!, module, options, symbol);
  }
}

/** One function. `symbol` adds what only the symbol knows: its section and whether it is a root. */
export function printFunction(
  f: Func, module: Module, options: PrintOptions = {}, symbol: Symbol | null = null,
): string {
  const numbering = new Numbering(f);
  const loc = options.locs ? (symbol?.loc ? ` !${symbol.loc}` : ' !0') + ` !${f.loc0}` : '';
  let out = `fn ${symbolName(f.name)}${printSignature(f.signature)}${attributeList(symbol, f)}${loc} {\n`;
  f.slots.forEach((slot, index) => {
    out += `  slot${index}: size ${slot.size} align ${slot.align}\n`;
  });
  for (const block of f.layout) {
    const params = f.params[block]!.map((id) => {
      return `v${numbering.value[id]}: ${TYPE_NAMES[f.type[id]!]}${locOf(f, id, options)}`;
    });
    out += `block${numbering.block[block]}${params.length ? `(${params.join(', ')})` : ''}:\n`;
    for (let id = f.first[block]!; id; id = f.next[id]!) {
      out += `  ${printInstruction(f, id, module, numbering, options)}\n`;
    }
  }
  return out + '}\n';
}

/** The numbers under which a function's values and blocks are printed; -1 for what stands in no block of the layout. */
export class Numbering {
  readonly value: Int32Array;
  readonly block: Int32Array;

  constructor(f: Func) {
    this.value = new Int32Array(f.count).fill(-1);
    this.block = new Int32Array(f.blockCount).fill(-1);
    let next = 0;
    f.layout.forEach((block, index) => {
      this.block[block] = index;
      for (const id of f.params[block]!) this.value[id] = next++;
      for (let id = f.first[block]!; id; id = f.next[id]!) if (f.type[id] !== Type.Void) this.value[id] = next++;
    });
  }
}

/** One instruction, without indentation or line end. */
export function printInstruction(
  f: Func, id: number, module: Module, numbering: Numbering = new Numbering(f), options: PrintOptions = {},
): string {
  const type = f.type[id]! as Type;
  const result = type === Type.Void ? '' : `v${numbering.value[id]} = `;
  return result + operation(f, id, module, numbering) + locOf(f, id, options);
}

function operation(f: Func, id: number, module: Module, numbering: Numbering): string {
  const op = f.op[id]! as Op;
  const row = OPS[op]!;
  const aux = f.aux[id]!;
  const a = f.a[id]!;
  const b = f.b[id]!;
  const c = f.c[id]!;
  const type = f.type[id] === Type.Void ? '' : `.${TYPE_NAMES[f.type[id]!]}`;
  const v = (value: number): string => {
    const number = numbering.value[value] ?? -1;
    return number < 0 ? `v?${value}` : `v${number}`;
  };
  const list = (at: number, count: number): string => {
    const items: string[] = [];
    for (let i = 0; i < count; i++) items.push(v(f.extra.at(at + i)));
    return items.join(', ');
  };
  const edge = (at: number): string => {
    const count = f.edgeCount(at);
    return `block${numbering.block[f.edgeTarget(at)] ?? '?'}${count ? `(${list(at + 2, count)})` : ''}`;
  };
  switch (op) {
    case Op.Nop: return row.name;
    case Op.Iconst: return `${row.name}${type} ${integerText(f.type[id]!, a, b)}`;
    case Op.Fconst: return `${row.name}${type} ${floatText(f.type[id]! as Type, a, b)}`;
    case Op.Symbol: return `${row.name}${type} ${symbolIndex(module, a)}${offsetText(c)}`;
    case Op.Slot: return `${row.name}${type} slot${a}`;
    case Op.Sdiv: case Op.Udiv: case Op.Srem: case Op.Urem:
      return `${row.name}${type} ${v(a)}, ${v(b)}${aux & 1 ? ' checked' : ''}`;
    case Op.Memcopy: case Op.Memfill: return `${row.name} ${v(a)}, ${v(b)}, ${v(c)}${aux ? ` align ${aux}` : ''}`;
    case Op.Icmp: return `${row.name}.${COND_NAMES[aux] ?? aux} ${v(a)}, ${v(b)}`;
    case Op.Fcmp: return `${row.name}.${floatConditionName(aux)} ${v(a)}, ${v(b)}`;
    case Op.Load: return `${row.name}.${accessName(aux)}${type} ${v(a)}${offsetText(c)}${accessFlags(aux)}`;
    case Op.Store: return `${row.name}.${accessName(aux)} ${v(a)}${offsetText(c)}, ${v(b)}${accessFlags(aux)}`;
    case Op.Sysread: return `${row.name}.${SPACE_NAMES[aux & 15] ?? aux & 15}.${(aux >> 4) & 15}${type} ${v(a)}`;
    case Op.Syswrite: return `${row.name}.${SPACE_NAMES[aux & 15] ?? aux & 15}.${(aux >> 4) & 15} ${v(a)}, ${v(b)}`;
    case Op.Call: case Op.Callptr: {
      const callee = op === Op.Call ? symbolIndex(module, a) : v(a);
      return `${row.name} ${callee}(${list(b, c)}) : ${printSignature(module.signatures[aux])}`;
    }
    case Op.Trapif: return `${row.name} ${v(a)}, ${trapName(aux)}`;
    case Op.Trap: return `${row.name} ${trapName(aux)}`;
    case Op.Jump: return `${row.name} ${edge(a)}`;
    case Op.Brif: return `${row.name} ${v(a)}, ${edge(b)}, ${edge(c)}`;
    case Op.Switch: {
      const cases: string[] = [];
      for (let i = 0; i < c; i++) {
        const at = b + 1 + 3 * i;
        const value = integerText(Type.I64, f.extra.at(at), f.extra.at(at + 1));
        cases.push(`${value}: ${edge(f.extra.at(at + 2))}`);
      }
      return `${row.name} ${v(a)}, ${edge(f.extra.at(b))} [${cases.join(', ')}]`;
    }
    case Op.Ret: return c ? `${row.name} ${list(b, c)}` : row.name;
  }
  switch (row.shape) {
    case Shape.A: return `${row.name}${type} ${v(a)}`;
    case Shape.AB: return `${row.name}${type} ${v(a)}, ${v(b)}`;
    case Shape.ABC: return `${row.name}${type} ${v(a)}, ${v(b)}, ${v(c)}`;
  }
  return row.name;
}

export function printSignature(signature: Signature | undefined): string {
  if (!signature) return '?';
  const names = (types: Type[]) => types.map((type) => TYPE_NAMES[type]).join(', ');
  return `(${names(signature.params)})${signature.results.length ? ` -> ${names(signature.results)}` : ''}`;
}

export function trapName(code: number): string {
  return TRAP_NAMES[code] || String(code);
}

/** `@name`, quoted if it holds anything but letters, digits, `_`, `.` and `$`. */
export function symbolName(name: string): string {
  for (let i = 0; i < name.length; i++) if (!isNameCode(name.charCodeAt(i))) return '@' + quote(codesOf(name));
  return name ? '@' + name : '@""';
}

/** May the character stand in an unquoted symbol name? */
export function isNameCode(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) ||
    code === 95 || code === 46 || code === 36;
}

function symbolIndex(module: Module, index: number): string {
  const symbol = module.symbols[index];
  return symbol ? symbolName(symbol.name) : `@?${index}`;
}

function attributeList(symbol: Symbol | null, f: Func | null): string {
  const list: string[] = [];
  if (symbol?.root) list.push('root');
  if (f?.attributes.inline === 'always') list.push('inline');
  if (f?.attributes.inline === 'never') list.push('noinline');
  if (f?.attributes.interrupt) list.push('interrupt');
  if (f?.attributes.naked) list.push('naked');
  if (symbol?.section) list.push(`section ${quote(codesOf(symbol.section))}`);
  return list.length ? ` [${list.join(', ')}]` : '';
}

function printData(data: Data, module: Module): string {
  let out = `${data.writable ? 'writable ' : ''}size ${data.size} align ${data.align}`;
  if (data.bytes) out += ' =' + stringLines(Array.from(data.bytes), false);
  if (data.references.length === 0) return out;
  const lines = data.references.map((reference) =>
    `\n  ${reference.offset}: ${symbolIndex(module, reference.symbol)}${offsetText(reference.addend)}`);
  return `${out} [${lines.join(',')}\n]`;
}

/** ` "…"` on one line if it is short, else indented lines. With `atLineEnds` a line ends after each `\n`. */
function stringLines(codes: number[], atLineEnds: boolean): string {
  const pieces: number[][] = [[]];
  for (const code of codes) {
    let piece = pieces[pieces.length - 1]!;
    if (piece.length === STRING_LINE || (atLineEnds && piece[piece.length - 1] === 10)) pieces.push((piece = []));
    piece.push(code);
  }
  return pieces.length === 1 ? ` ${quote(pieces[0]!)}` : pieces.map((piece) => `\n  ${quote(piece)}`).join('');
}

function codesOf(text: string): number[] {
  const codes: number[] = [];
  for (let i = 0; i < text.length; i++) codes.push(text.charCodeAt(i));
  return codes;
}

/** UTF-16 units (or bytes) in quotes: printable ASCII as it is, else `\hh`, above 255 `\u{h…}`. */
function quote(codes: number[]): string {
  let out = '"';
  for (const code of codes) {
    if (code === 34 || code === 92) out += '\\' + String.fromCharCode(code);
    else if (code >= 32 && code < 127) out += String.fromCharCode(code);
    else if (code < 256) out += '\\' + code.toString(16).padStart(2, '0');
    else out += `\\u{${code.toString(16)}}`;
  }
  return out + '"';
}

/** i32, i64 and small numbers in signed decimal, others (addresses, handles) in hexadecimal. */
function integerText(type: number, low: number, high: number): string {
  if (type === Type.I32 || (high === low >> 31 && (type === Type.I64 || low >= 0))) return String(low);
  if (type === Type.I64) return String((BigInt(high) << 32n) | BigInt(low >>> 0));
  const digits = (low >>> 0).toString(16);
  return '0x' + (high === 0 ? digits : (high >>> 0).toString(16) + digits.padStart(8, '0'));
}

const floatBits = new DataView(new ArrayBuffer(8));

/** The shortest decimal that reads back as the same bits; NaN, infinities and -0 by their bits in hexadecimal. */
function floatText(type: Type, low: number, high: number): string {
  floatBits.setInt32(0, type === Type.F32 ? low : high);
  floatBits.setInt32(4, low);
  const value = type === Type.F32 ? floatBits.getFloat32(0) : floatBits.getFloat64(0);
  if (Number.isFinite(value) && !Object.is(value, -0) && (type === Type.F64 || high === 0)) {
    const text = String(value);
    return /^-?\d+$/.test(text) ? text + '.0' : text;
  }
  const word = (bits: number) => (bits >>> 0).toString(16).padStart(8, '0');
  return '0x' + (type === Type.F32 ? '' : word(high)) + word(low);
}

function offsetText(offset: number): string {
  return offset === 0 ? '' : offset > 0 ? ` + ${offset}` : ` - ${-offset}`;
}

function accessName(aux: number): string {
  return ACCESS_NAMES[(aux & ACCESS_MASK) as Access] ?? String(aux & ACCESS_MASK);
}

function accessFlags(aux: number): string {
  return (aux & VOLATILE ? ' volatile' : '') + (aux & INVARIANT ? ' invariant' : '');
}

function locOf(f: Func, id: number, options: PrintOptions): string {
  return options.locs && f.loc[id] ? ` !${f.loc[id]}` : '';
}
