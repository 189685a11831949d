/** Places: what can be assigned to, and what a pointer can be made to. */
import type { Expr } from './ast.ts';
import type { Checker } from './checker.ts';
import type { Local, TypedExpr } from './typed-tree.ts';
import { prune } from './types.ts';

/** Follows pointers until something else is there. */
export function throughPointers(node: TypedExpr): TypedExpr {
  let at = node;
  for (;;) {
    const type = prune(at.type);
    if (type.kind !== 'pointer') return at;
    at = { kind: 'deref', pointer: at, type: type.to, span: at.span };
  }
}

/** Notes that a pointer to `place` is made. False, and a report, if there can be none. */
export function takeAddress(k: Checker, place: TypedExpr, source: Expr): boolean {
  switch (place.kind) {
    case 'local':
      if (!place.local.mutable) {
        k.report('FX0320', place.span, place.local.name, fixedHint(place.local));
        return false;
      }
      place.local.addressTaken = true;
      return true;
    case 'static': case 'constant': case 'deref': return true;
    case 'field': return takeAddress(k, place.object, source);
    case 'index': return prune(place.object.type).kind === 'slice' || takeAddress(k, place.object, source);
    case 'bad': return false;
    case 'registerRead':
      k.report('FX0321', place.span, 'a register is not memory: read it, or write it with `=`');
      return false;
    default:
      k.report('FX0321', place.span, 'give the value a name first: `var value = …`, then `&value`');
      return false;
  }
}

function fixedValueHint(value: TypedExpr, source: Expr): string {
  if (value.kind === 'int' && source.kind === 'member' && source.name.text === 'len') return 'an array has one length';
  if (source.kind === 'name' || source.kind === 'member') return 'a constant never changes: make it a `static`';
  return 'only names, fields, items and `pointer.*` can be assigned to';
}

function fixedHint({ origin, name }: Local): string {
  switch (origin) {
    case 'let': return `declare it with \`var ${name}\``;
    case 'parameter': return `a parameter is fixed: copy it, \`var copy = ${name}\``;
    case 'loop': return `the loop sets it: copy it, \`var copy = ${name}\``;
  }
}

/** May `place` be assigned to? Reports why not. */
export function checkMutable(k: Checker, place: TypedExpr, source: Expr): boolean {
  switch (place.kind) {
    case 'local':
      if (place.local.mutable) return true;
      k.report('FX0319', place.span, place.local.name, fixedHint(place.local))
        .notes.push({ span: place.local.span, text: 'declared here' });
      return false;
    case 'static': case 'deref': return true;
    case 'field': return checkMutable(k, place.object, source);
    case 'index': return prune(place.object.type).kind === 'slice' || checkMutable(k, place.object, source);
    case 'bad': return false;
    case 'constant':
      k.report('FX0318', place.span, 'a constant never changes: make it a `static`');
      return false;
    case 'length':
      k.report('FX0318', place.span, 'make another slice instead: `slice[0..length]`');
      return false;
    default:
      k.report('FX0318', place.span, fixedValueHint(place, source));
      return false;
  }
}
