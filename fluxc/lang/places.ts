/** Questions about typed expressions as places. */
import type { TypedExpr } from './typed-tree.ts';
import { prune } from './types.ts';

/** Does the expression name a place, so that reading it makes nothing new? */
export function isPlace(expr: TypedExpr): boolean {
  switch (expr.kind) {
    case 'local': return true;
    case 'static': case 'constant': case 'deref': return true;
    case 'field': return isPlace(expr.object);
    case 'index': return prune(expr.object.type).kind === 'slice' || isPlace(expr.object);
    default: return false;
  }
}

/** A place that nothing can change while it is visible: constants, and what `let` and parameters hold. */
export function isFixedPlace(expr: TypedExpr): boolean {
  switch (expr.kind) {
    case 'local': return !expr.local.mutable;
    case 'constant': return true;
    case 'field': return isFixedPlace(expr.object);
    case 'index': return prune(expr.object.type).kind === 'array' && isFixedPlace(expr.object);
    default: return false;
  }
}
