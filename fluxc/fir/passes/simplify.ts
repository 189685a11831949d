/**
 * `simplify`: constant folding, algebraic identities and cheaper forms, one instruction at a time.
 *
 * One walk in reverse postorder, so operands are simple before their users look at them; each rule leaves the
 * instruction nearer to its canonical form (constants on the right, subtraction of a constant as addition, offsets in
 * the accesses), so the walk ends. The rules stand by subject in `simplify-….ts`, what they share in `rewriter.ts`.
 * Blocks and edges stay as they are: `fold-branches` draws the conclusions. Dead instructions are left for `dce`.
 */
import { reversePostorder } from '../analysis/control-flow.ts';
import type { Func } from '../function.ts';
import { type Module, SymbolKind } from '../module.ts';
import { Op, OPS } from '../ops.ts';
import { isConstantOp } from './constants.ts';
import { Rewriter } from './rewriter.ts';
import { simplifyFloatComparison, simplifyIntegerComparison, simplifySelect } from './simplify-comparisons.ts';
import { simplifyConversion, simplifyFloat } from './simplify-conversions.ts';
import { simplifyBinary, simplifyDivision, simplifyUnary } from './simplify-integers.ts';
import { isIdleBulk, simplifyLoad, simplifyPtradd, simplifyStore } from './simplify-memory.ts';

export function simplify(f: Func, module: Module): void {
  const rewriter = new Rewriter(f, module, simplifyInstruction);
  const { map } = rewriter.replacements;
  const { order } = reversePostorder(f);
  for (let i = 0; i < order.length; i++) {
    for (let id = f.first[order[i]!]!; id;) {
      const next = f.next[id]!;
      f.mapOperands(id, map);
      if (isIdle(rewriter, id)) f.remove(id);
      else rewriter.rewrite(id);
      id = next;
    }
  }
  rewriter.replacements.apply();
}

/** Is it an effect that never happens? */
function isIdle(s: Rewriter, id: number): boolean {
  switch (s.f.op[id]! as Op) {
    case Op.Nop: return true;
    case Op.Trapif: return s.is(s.f.a[id]!, 0);
    case Op.Memcopy: case Op.Memfill: return isIdleBulk(s, id);
    default: return false;
  }
}

/** The rules, by operation. For what a rule returns see `rewriter.ts`. */
function simplifyInstruction(s: Rewriter, id: number): number {
  const { f } = s;
  const op = f.op[id]! as Op;
  if (OPS[op]!.commutative && isConstantOp(f.op[f.a[id]!]!) && !isConstantOp(f.op[f.b[id]!]!)) {
    const a = f.a[id]!;
    f.a[id] = f.b[id]!;
    f.b[id] = a;
  }
  switch (op) {
    case Op.Add: case Op.Sub: case Op.Mul: case Op.Smulh: case Op.Umulh: case Op.And: case Op.Or: case Op.Xor:
    case Op.Shl: case Op.Lshr: case Op.Ashr: case Op.Rotl:
      return simplifyBinary(s, id);
    case Op.Sdiv: case Op.Udiv: case Op.Srem: case Op.Urem: return simplifyDivision(s, id);
    case Op.Neg: case Op.Not: case Op.Clz: case Op.Ctz: case Op.Popcnt: case Op.Bswap: return simplifyUnary(s, id);
    case Op.Icmp: return simplifyIntegerComparison(s, id);
    case Op.Fcmp: return simplifyFloatComparison(s, id);
    case Op.Select: return simplifySelect(s, id);
    case Op.Sext: case Op.Zext: case Op.Trunc: case Op.Sext8: case Op.Sext16: case Op.Bitcast:
    case Op.Sitof: case Op.Uitof: case Op.Ftosi: case Op.Ftoui: case Op.Fpromote: case Op.Fdemote:
      return simplifyConversion(s, id);
    case Op.Fadd: case Op.Fsub: case Op.Fmul: case Op.Fdiv: case Op.Fneg: case Op.Fabs: case Op.Fsqrt:
      return simplifyFloat(s, id);
    case Op.Ptradd: return simplifyPtradd(s, id);
    case Op.Load: return simplifyLoad(s, id);
    case Op.Store: return simplifyStore(s, id);
    case Op.Callptr: return callDirectly(s, id);
    case Op.Brif: return f.op[f.a[id]!] === Op.Not ? s.become(op, f.a[f.a[id]!]!, f.c[id]!, f.b[id]!) : 0;
    default: return 0;
  }
}

/** A call through the address of a known function is a call of that function. */
function callDirectly(s: Rewriter, id: number): number {
  const { f, module } = s;
  const address = f.a[id]!;
  if (f.op[address] !== Op.Symbol || f.c[address] !== 0) return 0;
  const { kind, func } = module.symbols[f.a[address]!]!;
  const wanted = module.signatures[f.aux[id]!]!;
  if (kind === SymbolKind.Data) return 0;
  const own = func?.signature;
  if (own && (own.params.join() !== wanted.params.join() || own.results.join() !== wanted.results.join())) return 0;
  return s.become(Op.Call, f.a[address]!, f.b[id]!, f.c[id]!, f.aux[id]!);
}
