/**
 * Checks names and `object.name`: a local, a declaration of this or a used module, a member of an enum, a field, a
 * register or one of its bit fields, the length of a slice, the error of a result.
 */
import type { Expr } from './ast.ts';
import { BUILT_INS } from './check-builtin.ts';
import { throughPointers } from './check-place.ts';
import { bitField, registerOf } from './check-register.ts';
import { type Checker, mend } from './checker.ts';
import { hasBody, KERNEL_MODULES } from './compilation.ts';
import { type ConstEntity, didYouMean, type Entity, isPublic, oneOf, type TypeEntity } from './entities.ts';
import { isInMemory } from './representation.ts';
import { memberOfModule, typesInUse } from './resolve-type.ts';
import type { TypedExpr } from './typed-tree.ts';
import { fieldsOf, type FluxType, nameOf, prune, U64 } from './types.ts';

type MemberExpr = Extract<Expr, { kind: 'member' }>;

/**
 * What an expression names that is no value: a used module or a type. A declaration hides a module of its name, except
 * before the name `member` of a type: `const apic = apic.Apic(…)` can be read in one way only.
 */
export function resolveStatic(k: Checker, expr: Expr, member = ''): { module: string } | { type: TypeEntity } | null {
  if (expr.kind === 'name') {
    if (k.find(expr.name)) return null;
    const own = k.scope.entities.get(expr.name);
    if (own?.kind === 'type') return { type: own };
    if (own) {
      const isType = k.scope.uses.get(expr.name)?.some((module) => module.entities.get(member)?.kind === 'type');
      return isType ? { module: expr.name } : null;
    }
    if (k.scope.uses.has(expr.name)) return { module: expr.name };
    const types = typesInUse(k.scope, expr.name);
    return types.length === 1 ? { type: types[0]! } : null;
  }
  if (expr.kind !== 'member') return null;
  const base = expr.object.kind === 'name' ? resolveStatic(k, expr.object, expr.name.text) : null;
  if (!base || !('module' in base)) return null;
  for (const module of k.scope.uses.get(base.module) ?? []) {
    const entity = module.entities.get(expr.name.text);
    if (entity?.kind === 'type' && entity.isPublic) return { type: entity };
  }
  return null;
}

export function checkName(k: Checker, expr: Extract<Expr, { kind: 'name' }>): TypedExpr {
  const { name, span } = expr;
  const local = k.find(name);
  if (local) return { kind: 'local', local, type: local.type, span };
  const entity = k.scope.entities.get(name);
  if (entity) return entityValue(k, entity, expr);
  const named = resolveStatic(k, expr);
  if (named) {
    const [what, write] = 'module' in named ? ['a module', `${name}.…`] : ['a type', `${name}(…)`];
    k.report('FX0366', span, name, what!, write!);
    return k.bad(span);
  }
  if (BUILT_INS.has(name)) k.report('FX0366', span, name, 'a built-in function', `${name}(…)`);
  else k.report('FX0301', span, name, nearName(k, name));
  return k.bad(span);
}

/** What may be meant by a name that nothing declares. */
function nearName(k: Checker, name: string): string {
  for (const [called, modules] of k.scope.uses) {
    for (const module of modules) {
      const entity = module.entities.get(name);
      if (entity && isPublic(entity)) return `\`${module.name}\` has it: write \`${called}.${name}\``;
    }
  }
  for (const module of k.c.program.byName.keys()) {
    if (module === name || module.endsWith(`.${name}`)) return `add \`${module}\` to the \`uses\` of this document`;
  }
  return didYouMean(name, [...k.visibleNames(), ...BUILT_INS.keys()],
    'declare it with `let` or `var`, or under a heading of this or a used document');
}

/** The value that a declaration's name stands for. */
export function entityValue(k: Checker, entity: Entity, expr: Expr): TypedExpr {
  const span = expr.span;
  if (KERNEL_MODULES.includes(entity.module.name)) k.kernelOnly ??= { name: `${entity.module.name}.${entity.name}`, span };
  switch (entity.kind) {
    case 'fn': {
      if (!hasBody(k.c, entity)) k.report('FX0346', span, entity.symbol, k.c.environment.arch);
      const params = entity.params.map((param) => param.type);
      return { kind: 'function', entity, type: { kind: 'function', params, result: entity.result }, span };
    }
    case 'static': return { kind: 'static', entity, type: entity.type, span };
    case 'const': return constantValue(k, entity, expr);
    case 'type': {
      const isObject = entity.type.kind === 'registers' && entity.type.isAbsolute;
      k.report('FX0366', span, entity.name, 'a type', isObject ? `${entity.name}.…` : `${entity.name}(…)`);
      return k.bad(span);
    }
  }
}

/** A constant used in an expression: a value of its own where it fits registers, else the place where it lies. */
function constantValue(k: Checker, entity: ConstEntity, expr: Expr): TypedExpr {
  entity.evaluate();
  const value = entity.value;
  const span = expr.span;
  if (!value) return k.bad(span);
  const isOpen = prune(value.type).kind === 'variable';
  if (value.kind === 'int') return k.integer(value.value, span, isOpen ? undefined : value.type, value.isMask);
  if (value.kind === 'float') return { ...value, type: isOpen ? k.open(true) : value.type, span };
  if (isInMemory(value.type)) return { kind: 'constant', entity, type: value.type, span };
  return { ...value, span };
}

export function checkMember(k: Checker, expr: MemberExpr): TypedExpr {
  const { name, span } = expr;
  const owner = resolveStatic(k, expr.object, name.text);
  if (owner && 'module' in owner) {
    const entity = memberOfModule(k.c, k.scope, owner.module, expr.object.span, name);
    return entity ? entityValue(k, entity, expr) : k.bad(span);
  }
  if (owner) {
    const { type } = owner;
    if (type.type.kind === 'enum') return k.enumMember(type.type, name.text, expr.span);
    if (type.type.kind === 'registers' && type.type.isAbsolute) return registerOf(k, type.type, null, expr);
    k.report('FX0306', span, type.name, name.text, 'fields belong to values: the name of a type has none');
    return k.bad(span);
  }
  const object = throughPointers(k.checkRaw(expr.object, null));
  if (object.kind === 'registerRead' && !object.field) return bitField(k, object, expr);
  return memberOfValue(k, object, expr);
}

function memberOfValue(k: Checker, object: TypedExpr, expr: MemberExpr): TypedExpr {
  const { name, span } = expr;
  const type = prune(object.type);
  switch (type.kind) {
    case 'bad': return object;
    case 'struct': {
      const field = fieldsOf(type).find((candidate) => candidate.name === name.text);
      if (field) return { kind: 'field', object, field, type: field.type, span };
      k.report('FX0306', name.span, type.name, name.text, oneOf(name.text, fieldsOf(type).map((other) => other.name)));
      return k.bad(span);
    }
    case 'registers': return registerOf(k, type, object, expr);
    case 'slice': case 'array':
      if (name.text !== 'len') break;
      if (type.kind === 'array') return k.integer(BigInt(type.count), span, U64);
      return { kind: 'length', slice: object, type: U64, span };
    case 'result':
      if (name.text === 'error') return { kind: 'errorOf', value: object, type: k.c.program.errors!, span };
      k.report('FX0335', name.span, nameOf(type), mend(type, type.of, expr.object));
      return k.bad(span);
    case 'optional':
      k.report('FX0335', name.span, nameOf(type), mend(type, type.of, expr.object));
      return k.bad(span);
  }
  k.report('FX0306', name.span, nameOf(type), name.text, memberHint(type, name.text));
  return k.bad(span);
}

function memberHint(type: FluxType, name: string): string {
  if (type.kind === 'slice' || type.kind === 'array') {
    return name === 'length' || name === 'size' || name === 'count' ? 'did you mean `len`?' : 'it has `len`';
  }
  return 'it has no fields';
}
