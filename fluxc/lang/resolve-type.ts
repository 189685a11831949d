/** From type syntax to types: names are looked up, array counts computed. What is wrong is reported, and `bad`. */
import type { Span } from '../base/source.ts';
import type { Expr, Name, TypeNode } from './ast.ts';
import type { Compilation } from './compilation.ts';
import { didYouMean, isPublic, type ModuleScope, spanOf, type TypeEntity } from './entities.ts';
import { BAD, BUILT_IN_TYPES, type FluxType, isBad, LARGEST_OBJECT, layoutOf, nameOf, prune, VOID } from './types.ts';

export function resolveType(c: Compilation, scope: ModuleScope, node: TypeNode): FluxType {
  const inner = (of: TypeNode) => resolveType(c, scope, of);
  switch (node.kind) {
    case 'named': return named(c, scope, node.module, node.name);
    case 'pointer': {
      const to = inner(node.to);
      // A register block is always meant by reference: `Pl011` and `*Pl011` are one type.
      return isBad(to) || to.kind === 'registers' ? to : { kind: 'pointer', to };
    }
    case 'optional': {
      const of = inner(node.of);
      return isBad(of) ? of : { kind: 'optional', of };
    }
    case 'result': {
      if (!c.program.errors) {
        c.diagnostics.report('FX0354', node.span);
        return BAD;
      }
      const of = node.of ? inner(node.of) : VOID;
      return isBad(of) ? of : { kind: 'result', of };
    }
    case 'slice': {
      const of = inner(node.of);
      return isBad(of) ? of : { kind: 'slice', of };
    }
    case 'array': {
      const of = inner(node.of);
      const count = integerConstant(c, scope, node.count, null);
      if (count === null || isBad(of)) return BAD;
      const isCount = count >= 0n && count <= BigInt(LARGEST_OBJECT);
      if (!isCount || Number(count) * Math.max(1, sizeIfKnown(of)) > LARGEST_OBJECT) {
        c.diagnostics.report('FX0349', node.span, `[${count}]${nameOf(of)}`, LARGEST_OBJECT);
        return BAD;
      }
      return { kind: 'array', count: Number(count), of };
    }
    case 'function': {
      const params = node.params.map(inner);
      const result = node.result ? inner(node.result) : VOID;
      return params.some(isBad) || isBad(result) ? BAD : { kind: 'function', params, result };
    }
  }
}

/** A struct that is being laid out has no size yet: whoever asks finds out that it contains itself. */
function sizeIfKnown(type: FluxType): number {
  const pruned = prune(type);
  return pruned.kind === 'struct' && pruned.isOpen ? 0 : layoutOf(type).size;
}

function named(c: Compilation, scope: ModuleScope, module: Name | null, name: Name): FluxType {
  const entity = module ? typeOfModule(c, scope, module, name) : typeByName(c, scope, name);
  if (!entity) return BAD;
  if ('kind' in entity && entity.kind !== 'type') return entity;
  const type = (entity as TypeEntity).type;
  if (type.kind === 'registers' && type.isAbsolute) {
    c.diagnostics.report('FX0365', name.span, type.name, type.name);
    return BAD;
  }
  return type;
}

function typeByName(c: Compilation, scope: ModuleScope, name: Name): TypeEntity | FluxType | null {
  const builtIn = BUILT_IN_TYPES.get(name.text);
  if (builtIn) return builtIn;
  const own = scope.entities.get(name.text);
  if (own?.kind === 'type') return own;
  const found = typesInUse(scope, name.text);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    const ways = found.map((entity) => `\`${lastPart(entity.module.name)}.${name.text}\``).join(' or ');
    c.diagnostics.report('FX0310', name.span, name.text, `say which: ${ways}`);
    return null;
  }
  const hint = own ? `\`${name.text}\` is no type` : nearType(c, scope, name.text);
  c.diagnostics.report('FX0302', name.span, name.text, hint);
  return null;
}

/** Public types called `name` of the modules that `scope` uses. */
export function typesInUse(scope: ModuleScope, name: string): TypeEntity[] {
  const found: TypeEntity[] = [];
  for (const modules of scope.uses.values()) {
    for (const module of modules) {
      const entity = module.entities.get(name);
      if (entity?.kind === 'type' && entity.isPublic) found.push(entity);
    }
  }
  return found;
}

function typeOfModule(c: Compilation, scope: ModuleScope, module: Name, name: Name): TypeEntity | null {
  const entity = memberOfModule(c, scope, module.text, module.span, name);
  if (!entity) return null;
  if (entity.kind === 'type') return entity;
  c.diagnostics.report('FX0302', name.span, `${module.text}.${name.text}`, `\`${name.text}\` is no type`);
  return null;
}

/** What `module.name` means in `scope`; reports what keeps it from meaning anything. */
export function memberOfModule(c: Compilation, scope: ModuleScope, called: string, span: Span, name: Name) {
  const modules = scope.uses.get(called);
  if (!modules) {
    c.diagnostics.report('FX0301', span, called, nearModuleOf(c, scope, called));
    return null;
  }
  if (modules.length === 0) return null;
  const found = modules.map((module) => module.entities.get(name.text)).filter((entity) => entity !== undefined);
  const visible = found.filter(isPublic);
  if (visible.length === 1) return visible[0]!;
  if (visible.length > 1) {
    const homes = visible.map((entity) => `\`${entity.module.name}\``).join(' and ');
    const hint = `${homes} have it: use one of them, or rename one`;
    c.diagnostics.report('FX0310', name.span, `${called}.${name.text}`, hint);
    return null;
  }
  if (found.length > 0) {
    const diagnostic = c.diagnostics.report('FX0308', name.span, name.text, found[0]!.module.name);
    diagnostic.notes.push({ span: spanOf(found[0]!), text: 'declared here' });
    return null;
  }
  const names: string[] = [];
  for (const module of modules) {
    for (const entity of module.entities.values()) if (isPublic(entity)) names.push(entity.name);
  }
  const hint = didYouMean(name.text, names, 'declare it there with a `##` heading');
  c.diagnostics.report('FX0307', name.span, modules[0]!.name, name.text, hint);
  return null;
}

function nearModuleOf(c: Compilation, scope: ModuleScope, called: string): string {
  for (const module of c.program.byName.keys()) {
    if (lastPart(module) === called) return `add \`${module}\` to the \`uses\` of this document`;
  }
  return didYouMean(called, scope.uses.keys(), 'declare it, or add the module that has it to `uses`');
}

function nearType(c: Compilation, scope: ModuleScope, name: string): string {
  for (const module of c.program.modules) {
    const entity = module.entities.get(name);
    if (entity?.kind === 'type' && entity.isPublic) return `add \`${module.name}\` to the \`uses\` of this document`;
  }
  const names = [...BUILT_IN_TYPES.keys()];
  for (const entity of scope.entities.values()) if (entity.kind === 'type') names.push(entity.name);
  for (const modules of scope.uses.values()) {
    for (const module of modules) {
      for (const entity of module.entities.values()) {
        if (entity.kind === 'type' && entity.isPublic) names.push(entity.name);
      }
    }
  }
  return didYouMean(name, names, 'declare it as a `struct`, `enum` or `registers`, or use the module that does');
}

export function lastPart(module: string): string {
  return module.slice(module.lastIndexOf('.') + 1);
}

/** The value of an integer constant expression; null if it was reported. `type` null: any integer. */
export function integerConstant(c: Compilation, scope: ModuleScope, expr: Expr, type: FluxType | null): bigint | null {
  const value = c.constant(scope, expr, type);
  if (!value) return null;
  if (value.kind === 'int') return value.value;
  const hint = 'write a number, or a constant that is one';
  c.diagnostics.report('FX0303', expr.span, 'an integer', `\`${nameOf(value.type)}\``, hint);
  return null;
}
