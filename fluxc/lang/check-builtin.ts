/** The built-in functions: what they take and give. Their meaning is in `docs/language.md`. */
import type { Span } from '../base/source.ts';
import { TrapCode } from '../fir/ops.ts';
import type { Argument, Expr } from './ast.ts';
import type { Checker } from './checker.ts';
import type { BuiltIn, TypedExpr } from './typed-tree.ts';
import { BOOL, type FluxType, isBad, isFloat, isInteger, nameOf, NEVER, prune, U8, VOID } from './types.ts';

interface Row {
  /** how it is called, for messages */
  signature: string;
  count: number;
  check(k: Checker, args: Expr[], span: Span, expected: FluxType | null): TypedExpr;
}

function builtIn(name: BuiltIn, args: TypedExpr[], type: FluxType, span: Span): TypedExpr {
  return { kind: 'builtIn', name, args, type, span };
}

/** `min`, `max`: two numbers of one type. */
function ofTwo(name: 'min' | 'max'): Row {
  return {
    signature: `${name}(a, b)`, count: 2,
    check(k, args, span, expected) {
      const left = k.check(args[0]!, expected);
      const right = k.check(args[1]!, expected);
      if (isBad(left.type) || isBad(right.type)) return k.bad(span);
      const both = k.common(left, right);
      if (!both) {
        k.report('FX0304', span, nameOf(left.type), nameOf(right.type), 'make both the same type with `as`');
        return k.bad(span);
      }
      if (!isInteger(both.type) && !isFloat(both.type)) return notTaken(k, name, both.type, span);
      if (both.left.kind === 'int' && both.right.kind === 'int' && prune(both.type).kind === 'variable') {
        both.left.isFolded = both.right.isFolded = true;
        const isLeft = (both.left.value < both.right.value) === (name === 'min');
        return k.integer(isLeft ? both.left.value : both.right.value, span);
      }
      return builtIn(name, [both.left, both.right], both.type, span);
    },
  };
}

/** Counts of bits: of any integer, and the answer takes the integer type that its use wants. */
function count(name: BuiltIn): Row {
  return {
    signature: `${name}(value)`, count: 1,
    check(k, args, span) {
      const value = k.check(args[0]!, null);
      if (isBad(value.type)) return value;
      return isInteger(value.type) ? builtIn(name, [value], k.open(false), span) : notTaken(k, name, value.type, span);
    },
  };
}

function ofOne(name: BuiltIn, takes: (type: FluxType) => boolean): Row {
  return {
    signature: `${name}(value)`, count: 1,
    check(k, args, span, expected) {
      const value = k.check(args[0]!, expected);
      if (isBad(value.type)) return value;
      return takes(prune(value.type)) ? builtIn(name, [value], value.type, span) : notTaken(k, name, value.type, span);
    },
  };
}

function notTaken(k: Checker, name: string, type: FluxType, span: Span): TypedExpr {
  k.report('FX0312', span, name, nameOf(type), `docs/language.md lists what \`${name}\` takes`);
  return k.bad(span);
}

function condition(name: 'assert' | 'expect'): Row {
  return {
    signature: `${name}(condition)`, count: 1,
    check(k, args, span) {
      const value = k.checkValue(args[0]!, BOOL);
      if (name === 'expect' && k.kind !== 'test') k.report('FX0353', span);
      return builtIn(name, [value], VOID, span);
    },
  };
}

const isSigned = (type: FluxType) => isFloat(type) || type.kind === 'variable' || (type.kind === 'int' && type.signed);

export const BUILT_INS = new Map<string, Row>([
  ['min', ofTwo('min')],
  ['max', ofTwo('max')],
  ['abs', ofOne('abs', isSigned)],
  ['sqrt', ofOne('sqrt', isFloat)],
  ['leading_zeros', count('leading_zeros')],
  ['trailing_zeros', count('trailing_zeros')],
  ['count_ones', count('count_ones')],
  ['byte_swap', ofOne('byte_swap', isInteger)],
  ['rotate_left', {
    signature: 'rotate_left(value, bits)', count: 2,
    check(k, args, span, expected) {
      const value = k.check(args[0]!, expected);
      const bits = k.check(args[1]!, null);
      for (const node of [value, bits]) {
        if (isBad(node.type)) return node;
        if (!isInteger(node.type)) return notTaken(k, 'rotate_left', node.type, span);
      }
      return builtIn('rotate_left', [value, bits], value.type, span);
    },
  }],
  ['assert', condition('assert')],
  ['expect', condition('expect')],
  ['trap', {
    signature: 'trap("what happened")', count: 1,
    check(k, args, span) {
      const text = args[0]!;
      if (text.kind !== 'string' && text.kind !== 'bad') {
        const hint = 'the panic shows this line of the document';
        k.report('FX0303', text.span, 'a text in quotes', 'something else', hint);
      }
      return { kind: 'trap', code: TrapCode.Explicit, type: NEVER, span };
    },
  }],
  ['slice', {
    signature: 'slice(pointer, length)', count: 2,
    check(k, args, span) {
      const pointer = k.check(args[0]!, null);
      const length = k.check(args[1]!, null);
      if (isBad(pointer.type) || isBad(length.type)) return k.bad(span);
      const type = prune(pointer.type);
      if (type.kind !== 'pointer') return notTaken(k, 'slice', type, pointer.span);
      if (!isInteger(length.type)) return notTaken(k, 'slice', length.type, length.span);
      return builtIn('slice', [pointer, length], { kind: 'slice', of: type.to }, span);
    },
  }],
  ['copy', {
    signature: 'copy(to, from)', count: 2,
    check(k, args, span) {
      const to = asSlice(k, k.check(args[0]!, null));
      const type = prune(to.type);
      if (isBad(type)) return to;
      if (type.kind !== 'slice') return notTaken(k, 'copy', type, to.span);
      const from = k.checkValue(args[1]!, type);
      return builtIn('copy', [to, from], VOID, span);
    },
  }],
  ['fill', {
    signature: 'fill(to, byte)', count: 2,
    check(k, args, span) {
      const to = k.checkValue(args[0]!, { kind: 'slice', of: U8 });
      const value = k.checkValue(args[1]!, U8);
      return builtIn('fill', [to, value], VOID, span);
    },
  }],
]);

/** `*[N]T` where a slice is wanted. */
function asSlice(k: Checker, node: TypedExpr): TypedExpr {
  const type = prune(node.type);
  if (type.kind !== 'pointer') return node;
  const to = prune(type.to);
  return to.kind === 'array' ? k.coerce(node, { kind: 'slice', of: to.of }) : node;
}

export function checkBuiltIn(
  k: Checker, name: string, args: Argument[], span: Span, expected: FluxType | null,
): TypedExpr {
  const row = BUILT_INS.get(name)!;
  for (const argument of args) {
    if (argument.name) k.report('FX0315', argument.name.span, name, argument.name.text, `write \`${row.signature}\``);
  }
  if (args.length !== row.count) {
    k.report('FX0314', span, name, row.count, row.count === 1 ? 'argument' : 'arguments', args.length, row.signature);
    return k.bad(span);
  }
  return row.check(k, args.map((argument) => argument.value), span, expected);
}
