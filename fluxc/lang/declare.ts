/**
 * From the declarations of all modules to entities (`entities.ts`): who is called what, and what its signature says.
 *
 * Structs, enums and register blocks are filled in when they are first needed, so declarations may stand in any order
 * and modules may use each other. After `declare` every signature is resolved and every declaration error reported.
 */
import type { Span } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { Decl, ModuleNode } from './ast.ts';
import type { Compilation, Environment } from './compilation.ts';
import {
  type ConstEntity, type Entity, type ModuleScope, type Program, similar, spanOf, type TypeEntity,
} from './entities.ts';
import { integerConstant, resolveType } from './resolve-type.ts';

import {
  ADDR, alignUp, BAD, type EnumType, type FluxType, fieldsOf, hasZero, type IntType, LARGEST_OBJECT, layoutOf,
  membersOf,   nameOf, prune, rangeOf, rangeText, type RegistersType, registersOf, type StructType, U32, U8, VOID,
} from './types.ts';

/**
 * Symbols that documents read as `addr` constants of the module `image`: those of the linker, and the table of tests
 * (`compile-modules.ts`), which only a build of the tests has.
 */
const IMAGE_ADDRESSES = ['start', 'text_end', 'rodata_end', 'data_end', 'end', 'lines', 'identity', 'tests'];

/** Constants and structs that need each other in a row longer than this are refused: they are resolved recursively. */
const LONGEST_CHAIN = 64;

const NOT_NAMES = new Set(['true', 'false', 'null', '_']);

/** `constant` computes constant expressions (`check-constant.ts`). */
export function declare(
  modules: ModuleNode[], environment: Environment, diagnostics: Diagnostics,
  constant: (c: Compilation, ...rest: Parameters<Compilation['constant']>) => ReturnType<Compilation['constant']>,
): Compilation {
  const program: Program = { modules: [], byName: new Map(), errors: null };
  const c: Compilation = {
    program, environment, diagnostics, depth: 0, constant: (scope, expr, type) => constant(c, scope, expr, type),
  };
  for (const node of modules) {
    const scope: ModuleScope = { name: node.name, node, entities: new Map(), uses: new Map() };
    program.modules.push(scope);
    program.byName.set(node.name, scope);
  }
  if (!program.byName.has('image')) program.byName.set('image', imageModule(environment.imageAddresses ?? []));
  for (const scope of program.modules) {
    connect(c, scope);
    for (const decl of scope.node!.decls) declareOne(c, scope, decl);
  }
  const errors = program.byName.get('kernel.error')?.entities.get('Error');
  if (errors?.kind === 'type' && errors.type.kind === 'enum') program.errors = errors.type;
  // A constant may be the address of any function or static: their types must be known before constants are computed.
  resolveAll(c, (entity) => entity.kind === 'fn' || entity.kind === 'static');
  resolveAll(c, (entity) => entity.kind !== 'fn' && entity.kind !== 'static');
  return c;
}

function resolveAll(c: Compilation, isWanted: (entity: Entity) => boolean): void {
  for (const scope of c.program.modules) {
    for (const entity of scope.entities.values()) if (isWanted(entity)) resolve(c, entity);
  }
}

const NO_SPAN: Span = { start: 0, end: 0 };

/** The synthetic module `image`: where the parts of the image lie. */
function imageModule(further: readonly string[]): ModuleScope {
  const scope: ModuleScope = { name: 'image', node: null, entities: new Map(), uses: new Map() };
  for (const name of [...IMAGE_ADDRESSES, ...further]) {
    const symbol = `image.${name}`;
    scope.entities.set(name, {
      kind: 'const', name, module: scope, isPublic: true, span: NO_SPAN, symbol, state: 'done', evaluate() {},
      value: { kind: 'symbol', symbol, offset: 0, type: ADDR, span: NO_SPAN },
    });
  }
  return scope;
}

/** Finds the modules that `scope` uses. What is not there was reported when the documents were loaded. */
function connect(c: Compilation, scope: ModuleScope): void {
  for (const use of scope.node!.uses) {
    const fullName = c.environment.aliases.get(use.text) ?? use.text;
    const target = c.program.byName.get(fullName);
    const called = use.text.slice(use.text.lastIndexOf('.') + 1);
    if (!target) {
      const isReported = c.diagnostics.list.some(({ span }) => span?.start === use.span.start);
      if (!isReported) c.diagnostics.report('FX0309', use.span, use.text, nearModule(c, use.text));
      // Names in a module that is missing are not missing too.
      if (!scope.uses.has(called)) scope.uses.set(called, []);
      continue;
    }
    const known = scope.uses.get(called);
    if (!known) scope.uses.set(called, [target]);
    else if (!known.includes(target)) known.push(target);
  }
}

function nearModule(c: Compilation, name: string): string {
  const near = similar(name, c.program.byName.keys());
  return near ? `did you mean \`${near}\`?` : 'a module is a document `path/to/name.flux.md`, used as `path.to.name`';
}

function declareOne(c: Compilation, scope: ModuleScope, decl: Decl): void {
  if (decl.kind === 'test' || decl.kind === 'agent') return;
  const name = decl.name.text;
  const known = scope.entities.get(name);
  if (known) {
    const diagnostic = c.diagnostics.report('FX0305', decl.name.span, name);
    diagnostic.notes.push({ span: spanOf(known), text: 'first declared here' });
    return;
  }
  if (NOT_NAMES.has(name)) return;
  const entity = makeEntity(c, scope, decl);
  scope.entities.set(name, entity);
}

function makeEntity(c: Compilation, module: ModuleScope, decl: Exclude<Decl, { kind: 'test' | 'agent' }>): Entity {
  const name = decl.name.text;
  const symbol = `${module.name}.${name}`;
  const type = (type: TypeEntity['type']): TypeEntity => ({
    kind: 'type', name, module, isPublic: decl.isPublic, span: decl.name.span, type,
  });
  switch (decl.kind) {
    case 'fn': return { kind: 'fn', name, module, decl, params: [], result: VOID, symbol };
    case 'static': return { kind: 'static', name, module, decl, type: BAD, symbol };
    case 'const': return constantEntity(c, module, decl, symbol);
    case 'struct': {
      const struct: StructType = {
        kind: 'struct', name, module: module.name, fields: [], size: 0, align: 1, hasZero: true, complete: null,
        isOpen: false,
      };
      struct.complete = () => completeStruct(c, module, decl, struct);
      return type(struct);
    }
    case 'enum': {
      const base = resolveType(c, module, decl.base);
      if (base.kind !== 'int' && base.kind !== 'bad') c.diagnostics.report('FX0359', decl.base.span, nameOf(base));
      const members: EnumType = {
        kind: 'enum', name, module: module.name, base: base.kind === 'int' ? base : U8, members: new Map(),
        complete: null,
      };
      members.complete = () => completeEnum(c, module, decl, members);
      return type(members);
    }
    case 'registers': return type(registers(c, module, decl, symbol));
  }
}

function constantEntity(
  c: Compilation, module: ModuleScope, decl: Extract<Decl, { kind: 'const' }>, symbol: string,
): ConstEntity {
  const entity: ConstEntity = {
    kind: 'const', name: decl.name.text, module, isPublic: decl.isPublic, span: decl.name.span, symbol,
    state: 'new', value: null,
    evaluate() {
      if (entity.state === 'done') return;
      if (entity.state === 'running') {
        c.diagnostics.report('FX0339', decl.name.span, entity.name);
        return;
      }
      if (c.depth >= LONGEST_CHAIN) {
        c.diagnostics.report('FX0358', decl.name.span, entity.name);
        entity.state = 'done';
        return;
      }
      entity.state = 'running';
      c.depth++;
      const type = decl.type ? resolveType(c, module, decl.type) : null;
      entity.value = c.constant(module, decl.value, type);
      c.depth--;
      entity.state = 'done';
    },
  };
  return entity;
}

/** Everything that a declaration's own text says. */
function resolve(c: Compilation, entity: Entity): void {
  switch (entity.kind) {
    case 'fn': {
      const seen = new Set<string>();
      entity.params = entity.decl.params.map((param) => {
        if (seen.has(param.name.text)) c.diagnostics.report('FX0305', param.name.span, param.name.text);
        seen.add(param.name.text);
        return {
          name: param.name.text, type: resolveType(c, entity.module, param.type), span: param.name.span,
        };
      });
      entity.result = entity.decl.result ? resolveType(c, entity.module, entity.decl.result) : VOID;
      checkAttributes(c, entity.decl);
      return;
    }
    case 'static':
      entity.type = resolveType(c, entity.module, entity.decl.type);
      checkAttributes(c, entity.decl);
      if (!entity.decl.value && !hasZero(entity.type)) {
        c.diagnostics.report('FX0341', entity.decl.name.span, entity.name, nameOf(entity.type));
      }
      return;
    case 'const': return entity.evaluate();
    case 'type':
      if (entity.type.kind === 'struct') fieldsOf(entity.type);
      else if (entity.type.kind === 'enum') membersOf(entity.type);
      else registersOf(entity.type);
  }
}

function completeStruct(
  c: Compilation, scope: ModuleScope, decl: Extract<Decl, { kind: 'struct' }>, struct: StructType,
): void {
  struct.complete = null;
  if (c.depth >= LONGEST_CHAIN) {
    c.diagnostics.report('FX0358', decl.name.span, struct.name);
    return;
  }
  struct.isOpen = true;
  c.depth++;
  let offset = 0;
  for (const field of decl.fields) {
    const name = field.name.text;
    if (struct.fields.some((other) => other.name === name)) {
      c.diagnostics.report('FX0305', field.name.span, name);
      continue;
    }
    let type = resolveType(c, scope, field.type);
    if (containsOpen(type)) {
      c.diagnostics.report('FX0340', field.type.span, struct.name);
      type = BAD;
    }
    const layout = layoutOf(type);
    offset = alignUp(offset, layout.align);
    struct.fields.push({ name, type, offset });
    if (!hasZero(type)) struct.hasZero = false;
    struct.align = Math.max(struct.align, layout.align);
    offset += layout.size;
  }
  if (offset > LARGEST_OBJECT) {
    c.diagnostics.report('FX0349', decl.name.span, struct.name, LARGEST_OBJECT);
    offset = 0;
  }
  struct.size = alignUp(offset, struct.align);
  struct.isOpen = false;
  c.depth--;
}

/** Does a value of the type hold, by value, a struct that is being laid out? */
function containsOpen(type: FluxType): boolean {
  const pruned = prune(type);
  switch (pruned.kind) {
    case 'array': case 'optional': case 'result': return containsOpen(pruned.of);
    case 'struct':
      pruned.complete?.();
      return pruned.isOpen;
    default: return false;
  }
}

function completeEnum(c: Compilation, scope: ModuleScope, decl: Extract<Decl, { kind: 'enum' }>, type: EnumType): void {
  type.complete = null;
  const { least, most } = rangeOf(type.base);
  let next = 0n;
  const names = new Map<bigint, string>();
  for (const member of decl.members) {
    const name = member.name.text;
    const value = member.value ? integerConstant(c, scope, member.value, null) : next;
    if (value === null) continue;
    if (type.members.has(name)) c.diagnostics.report('FX0305', member.name.span, name);
    else if (value < least || value > most) {
      const { span } = member.value ?? member.name;
      c.diagnostics.report('FX0311', span, String(value), type.base.name, rangeText(type.base));
    } else if (names.has(value)) {
      c.diagnostics.report('FX0360', member.value?.span ?? member.name.span, name, names.get(value)!, String(value));
    } else {
      names.set(value, name);
      type.members.set(name, value);
    }
    next = value + 1n;
  }
}

function registers(
  c: Compilation, scope: ModuleScope, decl: Extract<Decl, { kind: 'registers' }>, symbol: string,
): RegistersType {
  const width = resolveType(c, scope, decl.width);
  const placement = decl.space === null ? c.environment.placements.get(symbol) : undefined;
  const type: RegistersType = {
    kind: 'registers', name: decl.name.text, module: scope.name, space: decl.space ?? placement?.space ?? 'memory',
    isAbsolute: decl.space !== null, stride: placement?.stride ?? 1, width: isRegisterWidth(width) ? width : U32,
    registers: new Map(), complete: null,
  };
  if (!isRegisterWidth(width) && width.kind !== 'bad') c.diagnostics.report('FX0361', decl.width.span, nameOf(width));
  type.complete = () => {
    type.complete = null;
    for (const register of decl.registers) {
      const name = register.name.text;
      if (type.registers.has(name)) {
        c.diagnostics.report('FX0305', register.name.span, name);
        continue;
      }
      const own = register.type ? resolveType(c, scope, register.type) : type.width;
      if (!isRegisterWidth(own) && own.kind !== 'bad') c.diagnostics.report('FX0361', register.type!.span, nameOf(own));
      const registerType = isRegisterWidth(own) ? own : type.width;
      const count = register.count ? integerConstant(c, scope, register.count, null) : 0n;
      if (count !== null && (count < 0n || count > 0x10000n)) {
        c.diagnostics.report('FX0349', register.count!.span, `${name}[${count}]`, 0x10000);
      }
      const fields = [];
      const seen = new Set<string>();
      for (const field of register.fields) {
        if (seen.has(field.name.text)) c.diagnostics.report('FX0305', field.name.span, field.name.text);
        seen.add(field.name.text);
        // A field outside its register was reported when the table was read.
        if (field.high >= registerType.bits || field.low > field.high) continue;
        fields.push({ name: field.name.text, low: field.low, high: field.high });
      }
      type.registers.set(name, {
        name, offset: register.offset, type: registerType, count: count === null ? 1 : Number(count),
        access: register.access, fields,
      });
    }
  };
  return type;
}

function isRegisterWidth(type: FluxType): type is IntType {
  return type.kind === 'int' && !type.signed && type !== ADDR;
}

/** What each attribute goes with, and whether it takes an argument. */
const ATTRIBUTES: Record<string, { on: ('fn' | 'static')[]; argument: 'none' | 'string' | 'integer' }> = {
  naked: { on: ['fn'], argument: 'none' },
  interrupt: { on: ['fn'], argument: 'none' },
  inline: { on: ['fn'], argument: 'none' },
  noinline: { on: ['fn'], argument: 'none' },
  export: { on: ['fn', 'static'], argument: 'none' },
  section: { on: ['fn', 'static'], argument: 'string' },
  align: { on: ['static'], argument: 'integer' },
};

const ARGUMENTS = {
  none: 'no argument', string: 'a text in quotes: `@section(".text.fast")`', integer: 'a power of two: `@align(16)`',
};

function checkAttributes(c: Compilation, decl: Extract<Decl, { kind: 'fn' | 'static' }>): void {
  for (const attribute of decl.attributes) {
    const name = attribute.name.text;
    const row = Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name] : undefined;
    if (!row || !row.on.includes(decl.kind)) {
      const known = Object.keys(ATTRIBUTES).filter((key) => ATTRIBUTES[key]!.on.includes(decl.kind));
      c.diagnostics.report('FX0347', attribute.name.span, name, known.map((key) => `\`@${key}\``).join(', '));
      continue;
    }
    const argument = attribute.argument;
    const kind = argument?.kind ?? 'none';
    const given = kind === 'int' ? 'integer' : kind;
    if (given !== row.argument) {
      c.diagnostics.report('FX0348', attribute.name.span, name, ARGUMENTS[row.argument]);
    } else if (argument?.kind === 'int') {
      const align = argument.low;
      if (argument.high !== 0 || align < 1 || align > 65536 || (align & (align - 1)) !== 0) {
        c.diagnostics.report('FX0348', argument.span, name, 'a power of two up to 65536');
      }
    }
    if (name === 'interrupt' && decl.kind === 'fn' && (decl.params.length > 0 || decl.result)) {
      c.diagnostics.report('FX0363', decl.name.span, decl.name.text);
    }
  }
}
