/**
 * Checks calls: of functions by name, through pointers, `x.f(y)`, built-in functions, struct values
 * `Name(field: value)`, and `register.write(…)` and `.modify(…)`.
 */
import type { Expr, Name } from './ast.ts';
import { BUILT_INS, checkBuiltIn } from './check-builtin.ts';
import { checkName, entityValue, resolveStatic } from './check-member.ts';
import { takeAddress, throughPointers } from './check-place.ts';
import { readRegister, registerFields } from './check-register.ts';
import { type Checker, mend } from './checker.ts';
import { hasBody } from './compilation.ts';
import {
  didYouMean, type Entity, type FunctionEntity, isPublic, list, oneOf, spanOf, type TypeEntity,
} from './entities.ts';
import { memberOfModule } from './resolve-type.ts';
import type { TypedExpr } from './typed-tree.ts';
import { fieldsOf, type FluxType, type FunctionType, hasZero, nameOf, prune, type StructType } from './types.ts';

type CallExpr = Extract<Expr, { kind: 'call' }>;

export function checkCall(k: Checker, expr: CallExpr, expected: FluxType | null): TypedExpr {
  const { callee } = expr;
  if (callee.kind === 'name') {
    if (k.find(callee.name)) return callPointer(k, k.check(callee, null), expr);
    const entity = k.scope.entities.get(callee.name);
    if (entity) return callEntity(k, entity, expr);
    if (BUILT_INS.has(callee.name)) return checkBuiltIn(k, callee.name, expr.args, expr.span, expected);
    const named = resolveStatic(k, callee);
    if (named && 'type' in named) return structValue(k, named.type, expr);
    checkName(k, callee);
    return badCall(k, expr);
  }
  if (callee.kind === 'member') {
    const owner = resolveStatic(k, callee.object, callee.name.text);
    if (owner && 'module' in owner) {
      const entity = memberOfModule(k.c, k.scope, owner.module, callee.object.span, callee.name);
      return entity ? callEntity(k, entity, expr) : badCall(k, expr);
    }
    if (!owner) return callMember(k, k.checkRaw(callee.object, null), callee.name, callee.object, expr);
  }
  return callPointer(k, k.check(callee, null), expr);
}

/** The arguments are still looked at: their own errors count. */
function badCall(k: Checker, expr: CallExpr): TypedExpr {
  for (const argument of expr.args) if (argument.value.kind !== 'implicit') k.check(argument.value, null);
  return k.bad(expr.span);
}

function callEntity(k: Checker, entity: Entity, expr: CallExpr): TypedExpr {
  if (entity.kind === 'fn') return callFunction(k, entity, null, expr);
  if (entity.kind === 'type') return structValue(k, entity, expr);
  return callPointer(k, entityValue(k, entity, expr.callee), expr);
}

function callFunction(k: Checker, entity: FunctionEntity, receiver: TypedExpr | null, expr: CallExpr): TypedExpr {
  if (!hasBody(k.c, entity)) k.report('FX0346', expr.span, entity.symbol, k.c.environment.arch);
  const args = bind(k, entity.name, entity.params, receiver, expr);
  return args ? { kind: 'call', entity, args, type: entity.result, span: expr.span } : k.bad(expr.span);
}

function callPointer(k: Checker, callee: TypedExpr, expr: CallExpr): TypedExpr {
  const type = prune(callee.type);
  if (type.kind === 'bad') return badCall(k, expr);
  if (callee.kind === 'function') return callFunction(k, callee.entity, null, expr);
  if (type.kind !== 'function') {
    const hint = type.kind === 'optional' && prune(type.of).kind === 'function'
      ? 'it may be null: test it with `if let f = …`' : 'functions, and values of a type `fn(…)`, can be called';
    k.report('FX0313', expr.callee.span, nameOf(type), hint);
    return badCall(k, expr);
  }
  const params = (type as FunctionType).params.map((param) => ({ name: '', type: param }));
  const args = bind(k, nameOf(type), params, null, expr);
  return args ? { kind: 'callPointer', callee, args, type: type.result, span: expr.span } : k.bad(expr.span);
}

/** `object.name(…)`: a field that holds a function, `write` or `modify` of a register, or a function of the module. */
function callMember(k: Checker, object: TypedExpr, name: Name, source: Expr, expr: CallExpr): TypedExpr {
  if (object.kind === 'registerRead' && !object.field && (name.text === 'write' || name.text === 'modify')) {
    return registerFields(k, object, name.text === 'modify', expr);
  }
  if (object.kind === 'registerRead') object = readRegister(k, object);
  const outer = prune(object.type);
  if (outer.kind === 'bad') return badCall(k, expr);
  if (outer.kind === 'optional' || outer.kind === 'result') {
    k.report('FX0335', name.span, nameOf(outer), mend(outer, outer.of, source));
    return badCall(k, expr);
  }
  let type: FluxType = outer;
  while (type.kind === 'pointer') type = prune(type.to);
  const home = 'module' in type ? k.c.program.byName.get(type.module) : undefined;
  if (!home) {
    const rule = `\`x.f(y)\` finds \`f\` in the module of the type of \`x\`, and \`${nameOf(type)}\` has none`;
    k.report('FX0316', name.span, nameOf(type), name.text, `${rule}: write \`${name.text}(…)\``);
    return badCall(k, expr);
  }
  const entity = home.entities.get(name.text);
  const field = type.kind === 'struct' ? fieldsOf(type).find((candidate) => candidate.name === name.text) : undefined;
  // A field is called if it can be; a function may have the name of a field that cannot.
  if (field && (prune(field.type).kind === 'function' || entity?.kind !== 'fn')) {
    const { span } = expr.callee;
    return callPointer(k, { kind: 'field', object: throughPointers(object), field, type: field.type, span }, expr);
  }
  if (entity?.kind !== 'fn') {
    const functions = [...home.entities.values()].filter(
      (candidate) => candidate.kind === 'fn' && (home === k.scope || isPublic(candidate)),
    );
    const names = functions.map((other) => other.name);
    const hint = didYouMean(name.text, names, `its functions stand in module \`${home.name}\``);
    k.report('FX0316', name.span, nameOf(type), name.text, hint);
    return badCall(k, expr);
  }
  if (home !== k.scope && !isPublic(entity)) {
    k.report('FX0308', name.span, name.text, home.name).notes.push({ span: spanOf(entity), text: 'declared here' });
    return badCall(k, expr);
  }
  const receiver = receive(k, object, entity, source);
  return receiver ? callFunction(k, entity, receiver, expr) : badCall(k, expr);
}

/** The object of `object.f(…)` as the first argument of `f`: its address, or what it points to, if `f` takes that. */
function receive(k: Checker, object: TypedExpr, entity: FunctionEntity, source: Expr): TypedExpr | null {
  const first = entity.params[0];
  if (!first) {
    k.report('FX0314', source.span, entity.name, 0, 'arguments', 1, `${entity.name}()`);
    return null;
  }
  const wanted = prune(first.type);
  const found = prune(object.type);
  if (wanted.kind === 'pointer' && found.kind !== 'pointer' && found.kind !== 'registers') {
    if (!takeAddress(k, object, source)) return null;
    return { kind: 'address', place: object, type: { kind: 'pointer', to: found }, span: object.span };
  }
  let node = object;
  while (prune(node.type).kind === 'pointer' && wanted.kind !== 'pointer') {
    node = { kind: 'deref', pointer: node, type: (prune(node.type) as { to: FluxType }).to, span: object.span };
  }
  while (wanted.kind === 'pointer' && isPointerToPointer(node.type) && !isPointerToPointer(wanted)) {
    node = { kind: 'deref', pointer: node, type: (prune(node.type) as { to: FluxType }).to, span: object.span };
  }
  return node;
}

function isPointerToPointer(type: FluxType): boolean {
  const pruned = prune(type);
  return pruned.kind === 'pointer' && prune(pruned.to).kind === 'pointer';
}

/** Arguments in the order of the parameters; null if any is missing or too many. */
function bind(
  k: Checker, name: string, params: { name: string; type: FluxType }[], receiver: TypedExpr | null, expr: CallExpr,
): TypedExpr[] | null {
  const bound: (TypedExpr | null)[] = params.map(() => null);
  let next = 0;
  let isWrong = false;
  if (receiver) bound[next++] = k.coerce(receiver, params[0]!.type);
  let extra = 0;
  for (const argument of expr.args) {
    let position = next;
    if (argument.name) {
      const text = argument.name.text;
      position = text === '' ? -1 : params.findIndex((param) => param.name === text);
      if (position < 0) {
        k.report('FX0315', argument.name.span, name, text, oneOf(text, params.map((param) => param.name)));
        isWrong = true;
        k.check(argument.value, null);
        continue;
      }
      if (bound[position]) {
        k.report('FX0317', argument.name.span, text);
        isWrong = true;
      }
    } else {
      while (next < params.length && bound[next]) next++;
      position = next++;
    }
    const param = params[position];
    if (!param) {
      extra++;
      if (argument.value.kind !== 'implicit') k.check(argument.value, null);
      continue;
    }
    bound[position] = k.checkValue(argument.value, param.type);
  }
  const missing = params.filter((_, index) => !bound[index]);
  if (extra > 0 || (missing.length > 0 && !isWrong)) {
    const given = expr.args.length;
    const wanted = params.length - (receiver ? 1 : 0);
    const shown = params.slice(receiver ? 1 : 0).map(({ name, type }) => (name ? `${name}: ` : '') + nameOf(type));
    const noun = wanted === 1 ? 'argument' : 'arguments';
    k.report('FX0314', expr.span, name, wanted, noun, given, `${name}(${shown.join(', ')})`);
  }
  return extra > 0 || missing.length > 0 || isWrong ? null : (bound as TypedExpr[]);
}

// ---- struct values ----

function structValue(k: Checker, entity: TypeEntity, expr: CallExpr): TypedExpr {
  const type = entity.type;
  if (type.kind !== 'struct') {
    k.report('FX0313', expr.callee.span, entity.name, type.kind === 'enum'
      ? `its values are ${list(type.members.keys())}: write \`${entity.name}.name\``
      : 'registers are there already: make a reference with `address as Name`');
    return badCall(k, expr);
  }
  const fields = fieldsOf(type);
  const values: (TypedExpr | null)[] = fields.map(() => null);
  for (const argument of expr.args) {
    if (!argument.name) {
      const example = `${entity.name}(${fields[0]?.name ?? 'field'}: …)`;
      k.report('FX0356', argument.value.span, entity.name, `say which field: \`${example}\``);
      k.check(argument.value, null);
      continue;
    }
    const name = argument.name.text;
    const index = fields.findIndex((field) => field.name === name);
    if (index < 0) {
      k.report('FX0306', argument.name.span, entity.name, name, oneOf(name, fields.map((field) => field.name)));
      if (argument.value.kind !== 'implicit') k.check(argument.value, null);
      continue;
    }
    if (values[index]) k.report('FX0317', argument.name.span, name);
    values[index] = k.checkValue(argument.value, fields[index]!.type);
  }
  fields.forEach((field, index) => {
    if (!values[index] && !hasZero(field.type)) k.report('FX0341', expr.span, field.name, nameOf(field.type));
  });
  return { kind: 'struct', fields: values, type: type as StructType, span: expr.span };
}
