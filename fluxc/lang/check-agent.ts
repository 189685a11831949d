/**
 * Checks the code of an agent and makes one function of it, `fn(argument: u64): u32`.
 *
 *     the handles that the document gives, as constants
 *     init
 *     while true { for each message that waits: the handler of its kind;  loop }
 *
 * Without a loop the agent waits for messages instead of only looking; with neither it ends behind `init`. What `init`
 * declares is visible in the loop and the handlers. `return` ends the agent, with the exit code 0 if it names none. A
 * test in an agent has the handles too, and is a test otherwise.
 */
import type { AgentCode, AgentGrant, AgentHandler, AgentOptions, Block, Decl } from './ast.ts';
import { checkBlock, checkStatements } from './check-block.ts';
import { PARTS } from './check-statement.ts';
import { Checker } from './checker.ts';
import type { Compilation } from './compilation.ts';
import type { FunctionEntity, ModuleScope } from './entities.ts';
import { resolveType } from './resolve-type.ts';
import type { Local, TypedArm, TypedBody, TypedExpr, TypedStmt } from './typed-tree.ts';
import {
  BOOL, BUILT_IN_TYPES, type EnumType, fieldsOf, isBad, nameOf, prune,
  type StructField, type StructType, U32, U64, unify, VOID,
} from './types.ts';

/** What agents and kernel agree on. */
const INTERFACE = 'kernel.interface';
/** `fn next(message: *Message, waits: bool): bool` of this module gets an agent with handlers its messages. */
export const RECEIVER = { module: 'kernel.agent.messages', name: 'next' };

type AgentDecl = Extract<Decl, { kind: 'agent' }>;
type TestDecl = Extract<Decl, { kind: 'test' }>;

/** The constant by which an agent's code names what it was given. */
export function handleName({ kind, name }: AgentGrant): string {
  return kind === 'program' ? `${name.text}_program` : name.text;
}

export function checkAgent(c: Compilation, scope: ModuleScope, decl: AgentDecl): TypedBody {
  const k = new Checker(c, scope, 'agent', U32, PARTS);
  k.declare('argument', decl.name.span, U64, false, 'parameter');
  const statements = handles(k, decl, decl.options);
  k.openScope();
  statements.push(...checkCode(k, decl.code));
  k.closeScope();
  const fallsOff = !k.hasEnded;
  k.finish();
  return {
    params: k.locals.slice(0, 1), locals: k.locals, result: U32, block: { statements, span: lastSpan(decl) }, fallsOff,
    kernelOnly: k.kernelOnly,
  };
}

/** A test that runs in an agent. */
export function checkAgentTest(c: Compilation, scope: ModuleScope, decl: TestDecl): TypedBody {
  const k = new Checker(c, scope, 'test', VOID, PARTS);
  const statements = handles(k, decl, decl.agent!);
  statements.push({ kind: 'block', block: checkBlock(k, decl.body), span: decl.body.span });
  const fallsOff = !k.hasEnded;
  k.finish();
  return {
    params: [], locals: k.locals, result: VOID, block: { statements, span: decl.body.span }, fallsOff,
    kernelOnly: k.kernelOnly,
  };
}

/** Where the code ends, for what stands behind its last line. */
function lastSpan({ code, span }: AgentDecl): Block['span'] {
  const blocks = [code.init, ...code.handlers.map(({ body }) => body), code.loop].filter((block) => block !== null);
  return blocks[blocks.length - 1]?.span ?? span;
}

// ---- handles ----

/** `let name = number` for each handle that the agent starts with. */
function handles(k: Checker, decl: AgentDecl | TestDecl, { grants }: AgentOptions): TypedStmt[] {
  const { span } = decl.name;
  const first = interfaceNumber(k, 'FIRST_HANDLE');
  return [
    handle(k, 'self', span, 'agent', interfaceNumber(k, 'SELF')),
    handle(k, 'supervisor', span, 'agent', interfaceNumber(k, 'SUPERVISOR')),
    ...grants.map((grant, index) => {
      const type = grant.kind === 'agent' ? 'agent' : 'capability';
      return handle(k, handleName(grant), grant.name.span, type, first + BigInt(index));
    }),
  ];
}

function handle(
  k: Checker, name: string, span: Block['span'], kind: 'agent' | 'capability', number: bigint,
): TypedStmt {
  const type = BUILT_IN_TYPES.get(kind)!;
  const value: TypedExpr = { kind: 'int', value: number, isMask: false, isFolded: true, type: U64, span };
  return { kind: 'let', local: k.declare(name, span, type, false), value: { kind: 'cast', value, type, span }, span };
}

function interfaceNumber(k: Checker, name: string): bigint {
  const entity = k.c.program.byName.get(INTERFACE)?.entities.get(name);
  if (entity?.kind !== 'const') return 0n;
  entity.evaluate();
  return entity.value?.kind === 'int' ? entity.value.value : 0n;
}

// ---- code ----

function checkCode(k: Checker, { init, loop, handlers }: AgentCode): TypedStmt[] {
  const statements = init ? checkStatements(k, init.statements) : [];
  const mailbox = handlers.length > 0 ? openMailbox(k, handlers[0]!) : null;
  if (mailbox) statements.push(mailbox.declaration);
  const span = loop?.span ?? handlers[0]?.span;
  if (!span) return statements;
  const isReached = !k.hasEnded;
  if (!isReached) k.report('FX0352', span);
  const turn: TypedStmt[] = [];
  if (mailbox) turn.push(checkHandlers(k, mailbox, handlers, loop === null));
  if (loop) {
    turn.push({ kind: 'block', block: insideLoop(k, () => checkBlock(k, loop)), span });
  }
  k.hasEnded = true;
  if (isReached) statements.push(endless(turn, span));
  return statements;
}

/** Checks what runs anew each turn: `continue` ends the turn, and there is no loop to break. */
function insideLoop<T>(k: Checker, check: () => T): T {
  k.loops.push({ hasBreak: false, isAgent: true });
  k.hasEnded = false;
  const result = check();
  k.loops.pop();
  return result;
}

function endless(statements: TypedStmt[], span: Block['span']): TypedStmt {
  const condition = { kind: 'expr' as const, value: { kind: 'bool' as const, value: true, type: BOOL, span } };
  return { kind: 'while', condition, body: { statements, span }, span };
}

/** The message at hand, and how the next one gets there. */
interface Mailbox {
  local: Local;
  message: StructType;
  kind: StructField;
  receiver: FunctionEntity;
  declaration: TypedStmt;
}

/** Null if the documents that it needs are missing: that was reported when they were loaded. */
function openMailbox(k: Checker, { span }: AgentHandler): Mailbox | null {
  const { byName } = k.c.program;
  const entity = byName.get(INTERFACE)?.entities.get('Message');
  const receiver = byName.get(RECEIVER.module)?.entities.get(RECEIVER.name);
  if (entity?.kind !== 'type' || entity.type.kind !== 'struct' || receiver?.kind !== 'fn') return null;
  const message = entity.type;
  const kind = fieldsOf(message).find(({ name }) => name === 'kind')!;
  // Nothing that a document can write names it.
  const local = k.declare('', span, message, true);
  local.addressTaken = true;
  const value: TypedExpr = { kind: 'zero', type: message, span };
  return { local, message, kind, receiver, declaration: { kind: 'let', local, value, span } };
}

/**
 * `while next(&message, false) { match message.kind { … } }`, or, where nothing else is to be done, one message that is
 * waited for.
 */
function checkHandlers(k: Checker, mailbox: Mailbox, handlers: readonly AgentHandler[], waits: boolean): TypedStmt {
  const { span } = handlers[0]!;
  const place: TypedExpr = { kind: 'local', local: mailbox.local, type: mailbox.message, span };
  const address: TypedExpr = { kind: 'address', place, type: { kind: 'pointer', to: mailbox.message }, span };
  const next: TypedExpr = {
    kind: 'call', entity: mailbox.receiver, args: [address, { kind: 'bool', value: waits, type: BOOL, span }],
    type: BOOL, span,
  };
  const arms = handlers.map((handler) => checkHandler(k, mailbox, address, handler)).filter((arm) => arm !== null);
  const nothing = { kind: 'block' as const, block: { statements: [], span } };
  arms.push({ values: [], ranges: [], isDefault: true, body: nothing, span });
  const subject: TypedExpr = { kind: 'field', object: place, field: mailbox.kind, type: mailbox.kind.type, span };
  const dispatch: TypedStmt = { kind: 'expr', value: { kind: 'match', subject, arms, type: VOID, span }, span };
  const condition = { kind: 'expr' as const, value: next };
  const body = { statements: [dispatch], span };
  return waits ? { kind: 'if', condition, then: body, otherwise: null, span } : { kind: 'while', condition, body, span };
}

function checkHandler(k: Checker, mailbox: Mailbox, address: TypedExpr, handler: AgentHandler): TypedArm | null {
  const { kind, param, body, span } = handler;
  const member = k.enumMember(prune(mailbox.kind.type) as EnumType, kind.text, kind.span);
  return insideLoop(k, () => {
    k.openScope();
    const statements: TypedStmt[] = [];
    if (param) {
      const type = resolveType(k.c, k.scope, param.type);
      const isMessage = isBad(type) || unify(type, address.type);
      if (!isMessage) k.report('FX0913', param.type.span, `\`${nameOf(type)}\``, kind.text);
      const local = k.declare(param.name.text, param.name.span, isMessage ? type : address.type, false);
      statements.push({ kind: 'let', local, value: address, span: param.name.span });
    }
    const block = checkBlock(k, body);
    k.closeScope();
    if (member.kind !== 'int') return null;
    statements.push({ kind: 'block', block, span: body.span });
    return { values: [member.value], ranges: [], isDefault: false, body: { kind: 'block', block: { statements, span } }, span };
  });
}
