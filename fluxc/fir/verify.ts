/**
 * Holds FIR to its rules (`docs/fir.md` lists them): lists are linked soundly, every block ends in its only terminator,
 * operands exist, have the right types and are defined on every path to their use, edges pass what their block takes,
 * calls fit their signatures.
 *
 * The answer is a list of messages, empty for sound FIR. A pass that leaves FIR with a message is wrong;
 * `--verify-each` and the tests call this after every pass. Any content is survived: the checks that need sound lists
 * run only on those.
 */
import { Func } from './function.ts';
import { type Module, type Signature, SymbolKind } from './module.ts';
import {
  Access, ACCESS_MASK, ACCESS_NAMES, Cond, COND_NAMES, isTerminator, Op, OPS, Shape, SPACE_NAMES, TRAP_NAMES,
} from './ops.ts';
import { Numbering, printInstruction } from './print.ts';
import { dominators, reachable } from './dominance.ts';
import { isInteger, isValueType, isWide, Type, TYPE_BYTES, TYPE_NAMES } from './types.ts';
import { givesValue, typeMatches, TYPING } from './typing.ts';

export interface VerifyOptions {
  /**
   * also what instruction selection relies on: edges with arguments only on jumps, constants in their users' blocks,
   * …
   */
  legalised?: boolean;
  /** most messages a function; 20 unless told */
  limit?: number;
}

/** What is wrong with the module, function by function. */
export function verifyModule(module: Module, options: VerifyOptions = {}): string[] {
  const messages = verifyData(module);
  for (const f of module.functions()) messages.push(...verifyFunction(f, module, options));
  return messages;
}

/** What is wrong with one function. */
export function verifyFunction(f: Func, module: Module, options: VerifyOptions = {}): string[] {
  return new Verifier(f, module, options).run();
}

function verifyData(module: Module): string[] {
  const messages: string[] = [];
  for (const symbol of module.symbols) {
    const parts = [symbol.func, symbol.data, symbol.assembly].filter((part) => part !== null).length;
    const own = symbol.kind === SymbolKind.Function ? symbol.func
      : symbol.kind === SymbolKind.Data ? symbol.data
      : symbol.kind === SymbolKind.Assembly ? symbol.assembly : undefined;
    if (own === null || parts !== (symbol.kind === SymbolKind.External ? 0 : 1)) {
      messages.push(`@${symbol.name}: its kind and its content differ`);
    }
    if (symbol.func && symbol.func.name !== symbol.name) {
      messages.push(`@${symbol.name}: holds function @${symbol.func.name}`);
    }
    const data = symbol.data;
    if (!data) continue;
    if (data.bytes && data.bytes.length > data.size) messages.push(`@${symbol.name}: more content than its size`);
    if (!isPowerOfTwo(data.align)) messages.push(`@${symbol.name}: alignment ${data.align} is no power of two`);
    for (const { offset, symbol: target } of data.references) {
      if (offset < 0 || offset + 8 > data.size) {
        messages.push(`@${symbol.name}: reference at ${offset} is outside the object`);
      }
      if (!module.symbols[target]) messages.push(`@${symbol.name}: reference to symbol ${target}, which is none`);
    }
  }
  return messages;
}

class Verifier {
  private readonly messages: string[] = [];
  private readonly limit: number;
  private numbering: Numbering | null = null;
  /** is the block in the layout? */
  private live: Uint8Array;
  /** position of each instruction in its block, 0 for parameters, -1 while it was not met */
  private position: Int32Array;

  constructor(private readonly f: Func, private readonly module: Module, private readonly options: VerifyOptions) {
    this.limit = options.limit ?? 20;
    this.live = new Uint8Array(f.blockCount);
    this.position = new Int32Array(f.count).fill(-1);
  }

  run(): string[] {
    this.header();
    this.lists();
    // Printing an instruction in a message needs sound lists too.
    if (this.messages.length > 0) return this.messages;
    this.numbering = new Numbering(this.f);
    for (const block of this.f.layout) {
      for (let id = this.f.first[block]!; id; id = this.f.next[id]!) this.instruction(id);
    }
    if (this.messages.length > 0) return this.messages;
    this.dominance();
    if (this.options.legalised && this.messages.length === 0) this.legalised();
    return this.messages;
  }

  private say(where: string, text: string): void {
    if (this.messages.length < this.limit) this.messages.push(`@${this.f.name}${where}: ${text}`);
  }

  private sayAt(id: number, text: string): void {
    const { f, module } = this;
    const number = this.numbering!.block[f.block[id]!]!;
    this.say(`, block${number}, \`${printInstruction(f, id, module, this.numbering!)}\``, text);
  }

  // ---- structure ----

  private header(): void {
    const { f } = this;
    const { params, results } = f.signature;
    if (results.length > 2) this.say('', 'a function has at most two results');
    for (const type of [...params, ...results]) {
      if (!isValueType(type)) this.say('', `${TYPE_NAMES[type] ?? type} cannot be a parameter or result`);
    }
    f.slots.forEach(({ size, align }, slot) => {
      if (size < 0 || !isPowerOfTwo(align)) this.say('', `slot${slot} has size ${size} and alignment ${align}`);
    });
    if (f.layout[0] !== 0) return this.say('', 'the layout must start with block 0');
    for (const block of f.layout) {
      if (!(block >= 0 && block < f.blockCount)) this.say('', `the layout holds block ${block}, which does not exist`);
      else if (this.live[block]) this.say('', `block ${block} stands twice in the layout`);
      else this.live[block] = 1;
    }
    const own = (f.params[0] ?? []).map((id) => f.type[id]!);
    if (own.join() !== params.join()) this.say('', 'the parameters of block 0 are not those of the signature');
  }

  private lists(): void {
    const { f, position } = this;
    for (let block = 0; block < f.blockCount; block++) {
      if (!this.live[block]) continue;
      const where = `, block ${block}`;
      f.params[block]!.forEach((id, index) => {
        if (!(id > 0 && id < f.count)) return this.say(where, `parameter ${index} is no instruction`);
        if (f.op[id] !== Op.Param || f.a[id] !== index || f.block[id] !== block || position[id] !== -1) {
          this.say(where, `parameter ${index} is not a \`param ${index}\` of this block`);
        }
        position[id] = 0;
      });
      let previous = 0;
      let count = 0;
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        if (!(id > 0 && id < f.count) || position[id] !== -1) {
          this.say(where, `instruction ${id} stands twice or does not exist`);
          previous = f.last[block]!;
          break;
        }
        position[id] = ++count;
        if (f.op[id]! >= OPS.length || f.op[id] === Op.Param) {
          this.say(where, `instruction ${id} has operation ${f.op[id]}`);
        }
        if (f.block[id] !== block || f.prev[id] !== previous) this.say(where, `instruction ${id} is linked wrongly`);
        if (isTerminator(f.op[id]!) && id !== f.last[block]) {
          this.say(where, `a terminator before the end (instruction ${id})`);
        }
        previous = id;
      }
      if (f.last[block] !== previous) this.say(where, 'its last instruction is another one');
      else if (!f.terminator(block)) this.say(where, 'it does not end in a terminator');
    }
    for (const block of f.layout) {
      for (let id = this.messages.length ? 0 : f.first[block]!; id; id = f.next[id]!) this.pool(id, `, block ${block}`);
    }
  }

  /** Operand lists and edges lie in the pool, edges lead to live blocks, operands are instructions. */
  private pool(id: number, where: string): void {
    const { f } = this;
    const inside = (at: number, count: number) => at >= 0 && count >= 0 && at + count <= f.extra.length;
    const shape = OPS[f.op[id]!]!.shape;
    const b = f.b[id]!;
    const c = f.c[id]!;
    if ((shape === Shape.List || shape === Shape.AList) && !inside(b, c)) {
      return this.say(where, `the operand list of instruction ${id} is outside the pool`);
    }
    if (shape === Shape.Switch && (c < 0 || !inside(b, 1 + 3 * c))) {
      return this.say(where, `the cases of instruction ${id} are outside the pool`);
    }
    for (const edge of f.edges(id)) {
      if (!inside(edge, 2) || !inside(edge + 2, f.edgeCount(edge))) {
        return this.say(where, `an edge of instruction ${id} is outside the pool`);
      }
      const target = f.edgeTarget(edge);
      if (target === 0) this.say(where, 'an edge leads to block 0');
      else if (!this.live[target]) this.say(where, `an edge leads to block ${target}, which is not in the layout`);
    }
    f.forEachOperand(id, (value) => {
      if (value > 0 && value < f.count) return;
      this.say(where, `instruction ${id} uses value ${value}, which does not exist`);
    });
  }

  // ---- types ----

  private instruction(id: number): void {
    const { f } = this;
    const op = f.op[id]! as Op;
    const row = TYPING[op]!;
    const type = f.type[id]! as Type;
    const operands = operandFields(f, id);
    let sound = true;
    f.forEachOperand(id, (value) => {
      if (this.position[value]! >= 0 && f.type[value] !== Type.Void) return;
      this.sayAt(id, this.position[value]! >= 0 ? 'an operand has no value' : 'an operand stands in no block');
      sound = false;
    });
    if (!sound) return;
    let variable = Type.Void;
    const check = (actual: Type, set: string, what: string) => {
      if (set !== 'T') {
        if (!typeMatches(actual, set)) this.sayAt(id, `${what} is ${TYPE_NAMES[actual]}, not ${set}`);
      } else if (variable === Type.Void) {
        variable = actual;
        if (!typeMatches(actual, row.T)) this.sayAt(id, `${what} is ${TYPE_NAMES[actual]}, not ${row.T}`);
      } else if (actual !== variable) this.sayAt(id, `${what} is ${TYPE_NAMES[actual]}, not ${TYPE_NAMES[variable]}`);
    };
    row.operands.forEach((set, index) => check(f.type[operands[index]!]! as Type, set, `operand ${index + 1}`));
    if (givesValue(op) === 'always') check(type, row.result, 'the result');
    else if (givesValue(op) === 'never' && type !== Type.Void) this.sayAt(id, 'this operation gives no value');
    const problem = this.special(id, op);
    if (problem) this.sayAt(id, problem);
    this.edges(id);
  }

  /** What the typing row of an operation cannot say. */
  private special(id: number, op: Op): string | null {
    const { f, module } = this;
    const aux = f.aux[id]!;
    const type = f.type[id]! as Type;
    const typeOf = (value: number) => f.type[value]! as Type;
    switch (op) {
      case Op.Iconst:
        if (type === Type.Bool && (f.b[id] !== 0 || (f.a[id] !== 0 && f.a[id] !== 1))) return 'a bool is 0 or 1';
        if (type !== Type.I32 || f.b[id] === f.a[id]! >> 31) return null;
        return 'the high word of an i32 is the sign of the low one';
      case Op.Fconst: return type === Type.F32 && f.b[id] !== 0 ? 'the high word of an f32 is 0' : null;
      case Op.Symbol: return module.symbols[f.a[id]!] ? null : 'there is no such symbol';
      case Op.Slot: return f.slots[f.a[id]!] ? null : 'there is no such slot';
      case Op.Icmp:
        if (!COND_NAMES[aux]) return `there is no condition ${aux}`;
        return typeOf(f.a[id]!) === Type.Bool && aux > Cond.Ne ? 'bools compare with eq and ne only' : null;
      case Op.Fcmp: return aux >= Cond.Eq && aux <= Cond.Sle ? null : `floats have no condition ${aux}`;
      case Op.Zext: {
        const wider = type === Type.I64 || (type === Type.I32 && typeOf(f.a[id]!) === Type.Bool);
        return wider ? null : 'zext goes from i32 or bool to a wider type';
      }
      case Op.Trunc: {
        const narrower = type === Type.Bool || (type === Type.I32 && typeOf(f.a[id]!) === Type.I64);
        return narrower ? null : 'trunc goes to a narrower type';
      }
      case Op.Bitcast: {
        const from = typeOf(f.a[id]!);
        const mixed = from === Type.Bool || type === Type.Bool || TYPE_BYTES[from] !== TYPE_BYTES[type];
        return mixed ? 'bitcast keeps the width; bool has none' : null;
      }
      case Op.Load: return accessFits(aux, type);
      case Op.Store: return accessFits(aux, typeOf(f.b[id]!));
      case Op.Sysread: return systemAccess(aux, type);
      case Op.Syswrite: return systemAccess(aux, typeOf(f.b[id]!));
      case Op.Call: case Op.Callptr: return this.call(id, op, module.signatures[aux]);
      case Op.Result1: {
        const call = f.a[id]!;
        const made = f.op[call] === Op.Call || f.op[call] === Op.Callptr;
        if (!made || f.prev[id] !== call) return 'result1 stands directly after its call';
        const second = module.signatures[f.aux[call]!]?.results[1];
        return second === undefined ? 'the call has no second result' : second === type ? null
          : `the second result is ${TYPE_NAMES[second]}`;
      }
      case Op.Trapif: case Op.Trap: return TRAP_NAMES[aux] ? null : `there is no trap code ${aux}`;
      case Op.Switch: {
        const seen = new Set<string>();
        for (let i = 0; i < f.c[id]!; i++) {
          const at = f.b[id]! + 1 + 3 * i;
          const low = f.extra.at(at);
          const key = typeOf(f.a[id]!) === Type.I32 ? String(low) : `${low},${f.extra.at(at + 1)}`;
          if (seen.has(key)) return `case ${i + 1} stands twice`;
          seen.add(key);
        }
        return null;
      }
      case Op.Ret: return this.typesMatch(f.signature.results, f.b[id]!, f.c[id]!, 'results');
    }
    return null;
  }

  private call(id: number, op: Op, signature: Signature | undefined): string | null {
    const { f, module } = this;
    if (!signature) return 'there is no such signature';
    if ((signature.results[0] ?? Type.Void) !== f.type[id]) {
      return 'the type of the call is not its signature\'s first result';
    }
    if (op === Op.Call) {
      const symbol = module.symbols[f.a[id]!];
      if (!symbol) return 'there is no such symbol';
      if (symbol.kind === SymbolKind.Data) return 'data cannot be called';
      const own = symbol.func?.signature;
      if (own && (own.params.join() !== signature.params.join() || own.results.join() !== signature.results.join())) {
        return 'the function called has another signature';
      }
    }
    return this.typesMatch(signature.params, f.b[id]!, f.c[id]!, 'arguments');
  }

  private typesMatch(types: Type[], at: number, count: number, what: string): string | null {
    if (types.length !== count) return `${count} ${what}, the signature has ${types.length}`;
    for (let i = 0; i < count; i++) {
      const type = this.f.type[this.f.extra.at(at + i)]!;
      if (type === types[i]) continue;
      return `number ${i + 1} of the ${what} is ${TYPE_NAMES[type]}, not ${TYPE_NAMES[types[i]!]}`;
    }
    return null;
  }

  private edges(id: number): void {
    const { f } = this;
    for (const edge of f.edges(id)) {
      const params = f.params[f.edgeTarget(edge)]!;
      const types = params.map((param) => f.type[param]! as Type);
      const problem = this.typesMatch(types, edge + 2, f.edgeCount(edge), 'edge arguments');
      if (problem) this.sayAt(id, problem.replace('the signature', 'the block'));
    }
  }

  // ---- dominance ----

  /** Every use is reached only through its definition. Unreachable blocks need not hold to it: no path leads there. */
  private dominance(): void {
    const { f, position } = this;
    const idom = dominators(f);
    const dominates = (above: number, below: number): boolean => {
      while (below !== above && below !== 0) below = idom[below]!;
      return below === above;
    };
    for (const block of reachable(f)) {
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        f.forEachOperand(id, (value) => {
          const home = f.block[value]!;
          const defined = home === block ? position[value]! < position[id]! : dominates(home, block);
          if (!defined) this.sayAt(id, `v${this.numbering!.value[value]} is not defined on every path to here`);
        });
      }
    }
  }

  /** What instruction selection relies on (the last passes make it so). */
  private legalised(): void {
    const { f } = this;
    const idom = dominators(f);
    const seen = new Uint8Array(f.blockCount);
    const constants = new Set<Op>([Op.Iconst, Op.Fconst, Op.Symbol, Op.Slot]);
    for (const block of f.layout) {
      if (block !== 0 && idom[block] === -1) this.say(`, block ${block}`, 'no path leads to it');
      else if (block !== 0 && !seen[idom[block]!]) this.say(`, block ${block}`, 'it stands before its dominator');
      seen[block] = 1;
      for (let id = f.first[block]!; id; id = f.next[id]!) {
        const op = f.op[id]! as Op;
        if (op === Op.Memcopy || op === Op.Memfill) this.sayAt(id, 'it should have been expanded');
        if (op >= Op.Sdiv && op <= Op.Urem && !(f.aux[id]! & 1)) {
          this.sayAt(id, 'its divisor should have been checked before');
        }
        if (op === Op.Brif || op === Op.Switch) {
          if (f.edges(id).some((edge) => f.edgeCount(edge) > 0)) this.sayAt(id, 'only jump passes edge arguments');
        }
        f.forEachOperand(id, (value) => {
          if (!constants.has(f.op[value]!) || f.block[value] === block) return;
          this.sayAt(id, 'a constant stands in another block');
        });
      }
    }
  }
}

/** The fixed value operands of an instruction: edge arguments and lists are not among them. */
function operandFields(f: Func, id: number): number[] {
  const fields = [f.a[id]!, f.b[id]!, f.c[id]!];
  switch (OPS[f.op[id]!]!.shape) {
    case Shape.A: case Shape.AList: case Shape.Branch: case Shape.Switch: return fields.slice(0, 1);
    case Shape.AB: return fields.slice(0, 2);
    case Shape.ABC: return fields;
    default: return [];
  }
}

/** Why a load or store of `type` cannot have this access, or null. */
function accessFits(aux: number, type: Type): string | null {
  const access = (aux & ACCESS_MASK) as Access;
  if (!ACCESS_NAMES[access]) return `there is no access ${access}`;
  const fits = access <= Access.S32 ? isInteger(type)
    : access === Access.W64 ? isWide(type)
    : access === Access.F32 ? type === Type.F32
    : access === Access.F64 ? type === Type.F64 : type === Type.Bool;
  return fits ? null : `a value of type ${TYPE_NAMES[type]} has no access ${ACCESS_NAMES[access]}`;
}

/** Why a system register access of `type` is wrong, or null: 8 bytes go with i64, less with i32. */
function systemAccess(aux: number, type: Type): string | null {
  const width = (aux >> 4) & 15;
  if (!SPACE_NAMES[aux & 15]) return `there is no register space ${aux & 15}`;
  if (width !== 1 && width !== 2 && width !== 4 && width !== 8) return `${width} is no width of a register`;
  return (type === Type.I64) === (width === 8) ? null : `a register of ${width} bytes is no ${TYPE_NAMES[type]}`;
}

function isPowerOfTwo(number: number): boolean {
  return number > 0 && (number & (number - 1)) === 0;
}
