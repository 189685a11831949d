/**
 * One FIR function as a C function: a variable a value, a label a block, `goto` along edges. No expression of it is
 * undefined in C: integers are unsigned, and what C leaves open goes through a helper of the prelude.
 */
import type { Func } from '../../fir/function.ts';
import type { Module } from '../../fir/module.ts';
import { ACCESS_MASK, ACCESS_NAMES, Cond, Op, OPS, VOLATILE } from '../../fir/ops.ts';
import { Type } from '../../fir/types.ts';
import { cName, cType, declarator, helperSuffix, resultType } from './names.ts';

/** C operators of operations on two values of one type. */
const OPERATORS: Partial<Record<string, string>> = {
  add: '+', sub: '-', mul: '*', and: '&', or: '|', xor: '^', ptradd: '+', fadd: '+', fsub: '-', fmul: '*', fdiv: '/',
};
const COMPARISONS = ['==', '!=', '<', '>=', '>', '<=', '<', '>=', '>', '<='];

export function emitFunction(f: Func, module: Module, linkage: string): string {
  return new FunctionWriter(f, module).write(linkage);
}

class FunctionWriter {
  private out = '';
  /** variables made for the results of calls that have two */
  private pairs = 0;

  constructor(private readonly f: Func, private readonly module: Module) {}

  write(linkage: string): string {
    const { f } = this;
    const { params, results } = f.signature;
    let body = '';
    for (const block of f.layout) {
      this.out = '';
      for (let id = f.first[block]!; id; id = f.next[id]!) this.instruction(id);
      body += `${block === 0 ? '' : `b${block}:;\n`}${this.out}`;
    }
    const names = f.params[0]!.map((id) => `v${id}`);
    return `${linkage}${declarator(cName(f.name), params, results, names)}\n{\n${this.declarations()}${body}}\n`;
  }

  private declarations(): string {
    const { f } = this;
    const byType = new Map<string, string[]>();
    const declare = (id: number) => {
      const type = cType(f.type[id]! as Type);
      const names = byType.get(type) ?? [];
      byType.set(type, names);
      names.push(`v${id}`);
    };
    for (const block of f.layout) {
      if (block !== 0) f.params[block]!.forEach(declare);
      for (let id = f.first[block]!; id; id = f.next[id]!) if (f.type[id] !== Type.Void) declare(id);
    }
    let out = '';
    for (const [type, names] of byType) out += `  ${type} ${names.join(', ')};\n`;
    f.slots.forEach(({ size, align }, slot) => {
      out += `  _Alignas(${align}) unsigned char s${slot}[${Math.max(size, 1)}];\n`;
    });
    return out;
  }

  private line(text: string): void {
    this.out += `  ${text}\n`;
  }

  private instruction(id: number): void {
    const { f } = this;
    const op = f.op[id]! as Op;
    const a = `v${f.a[id]}`;
    const b = `v${f.b[id]}`;
    const c = `v${f.c[id]}`;
    const aux = f.aux[id]!;
    switch (op) {
      case Op.Nop: case Op.Result1: return;
      case Op.Store: return this.line(`flux_store_${access(aux)}(${this.address(id)}, ${b});`);
      case Op.Memcopy: return this.line(`memmove((void *)${a}, (const void *)${b}, ${c});`);
      case Op.Memfill: return this.line(`memset((void *)${a}, (int)(${b} & 255), ${c});`);
      case Op.Syswrite: return this.line(`flux_syswrite(${aux & 15}, ${a}, ${(aux >> 4) & 15}, ${b});`);
      case Op.Call: case Op.Callptr: return this.call(id, op);
      case Op.Trapif: return this.line(`if (${a}) flux_trap(${aux});`);
      case Op.Trap: return this.line(`flux_trap(${aux});`);
      case Op.Jump: return this.edge(f.a[id]!);
      case Op.Brif:
        this.line(`if (${a}) {`);
        this.edge(f.b[id]!);
        this.line('} else {');
        this.edge(f.c[id]!);
        return this.line('}');
      case Op.Switch: return this.cases(id);
      case Op.Ret: {
        const values: string[] = [];
        for (let i = 0; i < f.c[id]!; i++) values.push(`v${f.extra.at(f.b[id]! + i)}`);
        if (values.length === 2) values[0] = `(${resultType(f.signature.results)}){ ${values.join(', ')} }`;
        return this.line(values.length ? `return ${values[0]};` : 'return;');
      }
    }
    this.line(`v${id} = ${this.value(id, op, a, b, c)};`);
  }

  /** The C expression of an operation that only makes a value. */
  private value(id: number, op: Op, a: string, b: string, c: string): string {
    const { f } = this;
    const { name } = OPS[op]!;
    const type = f.type[id]! as Type;
    const from = f.type[f.a[id]!]! as Type;
    const w = type === Type.I32 || type === Type.Bool ? 32 : 64;
    const aux = f.aux[id]!;
    const operator = OPERATORS[name];
    if (operator) return `${a} ${operator} ${b}`;
    switch (op) {
      case Op.Iconst: return integer(w, f.a[id]!, f.b[id]!);
      case Op.Fconst: return `flux_${helperSuffix(type)}(${integer(type === Type.F32 ? 32 : 64, f.a[id]!, f.b[id]!)})`;
      case Op.Symbol: {
        const name = cName(this.module.symbols[f.a[id]!]!.name);
        return `(uint64_t)(uintptr_t)${name}${plus(f.c[id]!)}`;
      }
      case Op.Slot: return `(uint64_t)(uintptr_t)s${f.a[id]}`;
      case Op.Sdiv: case Op.Srem: return `flux_${name}${aux & 1 ? '_checked' : ''}${w}(${a}, ${b})`;
      case Op.Udiv: return aux & 1 ? `${a} / ${b}` : `flux_udiv${w}(${a}, ${b})`;
      case Op.Urem: return aux & 1 ? `${a} % ${b}` : `flux_urem${w}(${a}, ${b})`;
      case Op.Smulh: case Op.Umulh: case Op.Rotl: return `flux_${name}${w}(${a}, ${b})`;
      case Op.Clz: case Op.Ctz: return `flux_${name}${w}(${a})`;
      case Op.Shl: return `${a} << (${b} & ${w - 1})`;
      case Op.Lshr: return `${a} >> (${b} & ${w - 1})`;
      case Op.Ashr: return `(uint${w}_t)((int${w}_t)${a} >> (${b} & ${w - 1}))`;
      case Op.Neg: return `0 - ${a}`;
      case Op.Not: return type === Type.Bool ? `1 - ${a}` : `~${a}`;
      case Op.Popcnt: return `(uint${w}_t)__builtin_popcount${w === 64 ? 'll' : ''}(${a})`;
      case Op.Bswap: return `__builtin_bswap${w}(${a})`;
      case Op.Icmp: {
        const cast = aux >= Cond.Slt && aux <= Cond.Sle ? `(int${helperSuffix(from)}_t)` : '';
        return `${cast}${a} ${COMPARISONS[aux]} ${cast}${b}`;
      }
      case Op.Fcmp: return `${a} ${COMPARISONS[aux]} ${b}`;
      case Op.Select: return `${a} ? ${b} : ${c}`;
      case Op.Sext: return `(uint64_t)(int64_t)(int32_t)${a}`;
      case Op.Zext: case Op.Fpromote: case Op.Fdemote: return `(${cType(type)})${a}`;
      case Op.Trunc: return type === Type.Bool ? `(uint32_t)(${a} & 1)` : `(uint32_t)${a}`;
      case Op.Sext8: case Op.Sext16: return `(uint${w}_t)(int${w}_t)(int${name.slice(4)}_t)${a}`;
      case Op.Bitcast:
        if (type === Type.F32 || type === Type.F64) return from === type ? a : `flux_${helperSuffix(type)}(${a})`;
        return from === Type.F32 || from === Type.F64 ? `flux_bits_${helperSuffix(from)}(${a})` : a;
      case Op.Fneg: case Op.Fabs: return `flux_${name}_${helperSuffix(type)}(${a})`;
      case Op.Fsqrt: return `__builtin_sqrt${type === Type.F32 ? 'f' : ''}(${a})`;
      case Op.Sitof: return `(${cType(type)})(int${helperSuffix(from)}_t)${a}`;
      case Op.Uitof: return `(${cType(type)})${a}`;
      case Op.Ftosi: case Op.Ftoui: return `flux_${name}_${helperSuffix(from)}_${w}(${a})`;
      case Op.Load: {
        const signed = aux & 1 && (aux & ACCESS_MASK) < 6 ? `(int${w}_t)` : '';
        return `(${cType(type)})${signed}flux_load_${access(aux)}(${this.address(id)})`;
      }
      case Op.Sysread: return `(${cType(type)})flux_sysread(${aux & 15}, ${a}, ${(aux >> 4) & 15})`;
    }
    throw new Error(`the C back end does not know ${name}`);
  }

  private address(id: number): string {
    return `v${this.f.a[id]}${plus(this.f.c[id]!)}`;
  }

  private call(id: number, op: Op): void {
    const { f, module } = this;
    const { params, results } = module.signatures[f.aux[id]!]!;
    const args: string[] = [];
    for (let i = 0; i < f.c[id]!; i++) args.push(`v${f.extra.at(f.b[id]! + i)}`);
    const types = params.map(cType).join(', ') || 'void';
    const callee = op === Op.Call ? cName(module.symbols[f.a[id]!]!.name)
      : `((${resultType(results)} (*)(${types}))(uintptr_t)v${f.a[id]})`;
    const call = `${callee}(${args.join(', ')})`;
    if (results.length === 0) return this.line(`${call};`);
    if (results.length === 1) return this.line(`v${id} = ${call};`);
    const pair = `p${this.pairs++}`;
    const second = f.next[id]!;
    const takesSecond = f.op[second] === Op.Result1 && f.a[second] === id;
    const taken = takesSecond ? ` v${second} = ${pair}.second;` : '';
    this.line(`{ ${resultType(results)} ${pair} = ${call}; v${id} = ${pair}.first;${taken} }`);
  }

  private cases(id: number): void {
    const { f } = this;
    const w = f.type[f.a[id]!] === Type.I32 ? 32 : 64;
    this.line(`switch (v${f.a[id]}) {`);
    for (let i = 0; i < f.c[id]!; i++) {
      const at = f.b[id]! + 1 + 3 * i;
      this.line(`case ${integer(w, f.extra.at(at), f.extra.at(at + 1))}:`);
      this.edge(f.extra.at(at + 2));
    }
    this.line('default:');
    this.edge(f.extra.at(f.b[id]!));
    this.line('}');
  }

  /** Passes an edge's arguments, all at once, and goes to its block. */
  private edge(edge: number): void {
    const { f } = this;
    const target = f.edgeTarget(edge);
    const params = f.params[target]!;
    const sources = params.map((_, index) => f.edgeArgument(edge, index));
    // A parameter that a later copy still reads must not be overwritten: then all go through temporaries.
    const crosses = params.some((param, index) => sources.indexOf(param, index + 1) >= 0);
    if (!crosses) params.forEach((param, i) => param === sources[i] || this.line(`  v${param} = v${sources[i]};`));
    else {
      this.line('  {');
      params.forEach((param, i) => this.line(`    ${cType(f.type[param]! as Type)} t${i} = v${sources[i]};`));
      params.forEach((param, i) => this.line(`    v${param} = t${i};`));
      this.line('  }');
    }
    this.line(`  goto b${target};`);
  }
}

function plus(offset: number): string {
  return offset === 0 ? '' : ` + (uint64_t)INT64_C(${offset})`;
}

function access(aux: number): string {
  return (aux & VOLATILE ? 'volatile_' : '') + ACCESS_NAMES[aux & ACCESS_MASK];
}

function integer(bits: number, low: number, high: number): string {
  if (bits === 32) return `UINT32_C(${low >>> 0})`;
  return high === 0 ? `UINT64_C(${low >>> 0})`
    : `UINT64_C(0x${(high >>> 0).toString(16)}${(low >>> 0).toString(16).padStart(8, '0')})`;
}
