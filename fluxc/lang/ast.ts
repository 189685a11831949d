/**
 * The syntax tree of a module: what the parser makes of a document's headings, tables and blocks, and what the checker
 * reads. Every node has its span in the Markdown. Nothing here is resolved: names are text, types are syntax.
 */
import type { Span } from '../base/source.ts';
import type { InstructionSet, Row } from '../isa/instruction-set.ts';

export interface Name {
  text: string;
  span: Span;
}

// ---- types ----

export type TypeNode =
  /** `u32`, `Process`, `process.Process` */
  | { kind: 'named'; module: Name | null; name: Name; span: Span }
  | { kind: 'pointer'; to: TypeNode; span: Span }
  /** `?T`, `?*T` */
  | { kind: 'optional'; of: TypeNode; span: Span }
  /** `!T`, and `!` alone: an error or nothing */
  | { kind: 'result'; of: TypeNode | null; span: Span }
  | { kind: 'array'; count: Expr; of: TypeNode; span: Span }
  | { kind: 'slice'; of: TypeNode; span: Span }
  /** `fn(u32, *T): u64` */
  | { kind: 'function'; params: TypeNode[]; result: TypeNode | null; span: Span };

// ---- expressions ----

export type UnaryOp = '-' | '~' | '!' | '&';
export type BinaryOp =
  | '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>'
  | '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||';

export interface Argument {
  /** `name:` before the value */
  name: Name | null;
  value: Expr;
}

export type Pattern =
  /** `_` */
  | { kind: 'any'; span: Span }
  /** `.name` */
  | { kind: 'member'; name: Name; span: Span }
  | { kind: 'value'; value: Expr; span: Span }
  /** `a..b`, `a..=b` */
  | { kind: 'range'; from: Expr; to: Expr; inclusive: boolean; span: Span };

export interface MatchArm {
  patterns: Pattern[];
  /** an expression arm `.a => 1`, or a block arm `.a => { … }` */
  body: { kind: 'expr'; value: Expr } | { kind: 'block'; block: Block };
  span: Span;
}

export type Expr =
  /** value as two 32-bit halves; the checker gives it a type */
  | { kind: 'int'; low: number; high: number; span: Span }
  | { kind: 'float'; value: number; span: Span }
  | { kind: 'bool'; value: boolean; span: Span }
  /** bytes after escapes, UTF-8 */
  | { kind: 'string'; bytes: Uint8Array; span: Span }
  /** `'a'`: a u8 */
  | { kind: 'char'; value: number; span: Span }
  | { kind: 'null'; span: Span }
  | { kind: 'name'; name: string; span: Span }
  /** `.busy`: a member of the enum, or an error, that the context expects */
  | { kind: 'implicit'; name: Name; span: Span }
  /** `object.name`: a field, a module's declaration, an enum's member, or the function of a call */
  | { kind: 'member'; object: Expr; name: Name; span: Span }
  /** `f(x, name: y)`; also `Struct(field: value)` */
  | { kind: 'call'; callee: Expr; args: Argument[]; span: Span }
  /** `isWithin`: the code around it has seen to that, and nothing is checked; no document can say so */
  | { kind: 'index'; object: Expr; index: Expr; isWithin?: boolean; span: Span }
  /** `object[from..to]`, either end may be missing */
  | { kind: 'slice'; object: Expr; from: Expr | null; to: Expr | null; span: Span }
  /** `p.*` */
  | { kind: 'deref'; object: Expr; span: Span }
  | { kind: 'unary'; op: UnaryOp; operand: Expr; span: Span }
  | { kind: 'binary'; op: BinaryOp; left: Expr; right: Expr; opSpan: Span; span: Span }
  | { kind: 'cast'; value: Expr; to: TypeNode; span: Span }
  /** `[1, 2, 3]` */
  | { kind: 'array'; items: Expr[]; span: Span }
  /** `[0; 16]` */
  | { kind: 'repeat'; item: Expr; count: Expr; span: Span }
  | { kind: 'match'; subject: Expr; arms: MatchArm[]; span: Span }
  /** `value or fallback`; the fallback is an expression or leaves: `return …`, `break`, `continue`, `unreachable`, `trap` */
  | { kind: 'or'; value: Expr; fallback: { kind: 'expr'; value: Expr } | { kind: 'leave'; statement: Stmt }; span: Span }
  /** `try value`: passes an error on to the caller */
  | { kind: 'try'; value: Expr; span: Span }
  /** `unreachable`: traps if it is reached; has any type */
  | { kind: 'unreachable'; span: Span }
  /** `size_of(T)`, `align_of(T)` */
  | { kind: 'typeQuery'; query: 'size_of' | 'align_of'; of: TypeNode; span: Span }
  /** what the parser puts where it reported an error: the checker stays silent about it */
  | { kind: 'bad'; span: Span };

// ---- statements ----

export interface Block {
  statements: Stmt[];
  span: Span;
}

export type AssignOp = '=' | '+=' | '-=' | '*=' | '/=' | '%=' | '&=' | '|=' | '^=' | '<<=' | '>>=';

/** `if cond` or `if let name = optional` */
export type Condition =
  | { kind: 'expr'; value: Expr }
  | { kind: 'let'; mutable: boolean; name: Name; value: Expr; span: Span };

export type Stmt =
  | { kind: 'let'; mutable: boolean; name: Name; type: TypeNode | null; value: Expr | null; span: Span }
  | { kind: 'assign'; op: AssignOp; target: Expr; value: Expr; span: Span }
  | { kind: 'expr'; value: Expr; span: Span }
  | { kind: 'if'; condition: Condition; then: Block; otherwise: Block | null; span: Span }
  | { kind: 'while'; condition: Condition; body: Block; span: Span }
  /** `for i in a..b`, `for i in reverse a..=b` */
  | { kind: 'forRange'; name: Name; reverse: boolean; from: Expr; to: Expr; inclusive: boolean; body: Block; span: Span }
  /** `for x in slice`; with `for i, x in slice` also the index */
  | { kind: 'forEach'; index: Name | null; name: Name; over: Expr; body: Block; span: Span }
  | { kind: 'return'; value: Expr | null; span: Span }
  | { kind: 'break'; span: Span }
  | { kind: 'continue'; span: Span }
  /** runs when its block is left, last one first */
  | { kind: 'defer'; body: Block; span: Span }
  | { kind: 'block'; block: Block; span: Span }
  /** `execute Set(pc) { illegal => … }`: the instruction at `pc`; `execute.ts` makes other statements of it */
  | { kind: 'execute'; set: Name; args: Expr[]; arms: MatchArm[]; span: Span }
  | { kind: 'bad'; span: Span };

// ---- declarations ----

export interface Attribute {
  /** `naked`, `section`, `interrupt`, `inline`, `noinline`, `export` */
  name: Name;
  argument: Expr | null;
}

export interface Param {
  name: Name;
  type: TypeNode;
}

export interface AsmBody {
  arch: Name;
  /** the block's text as it stands in the document, starting at `span.start` */
  text: string;
  span: Span;
}

export interface ConstRow {
  name: Name;
  type: TypeNode | null;
  value: Expr;
}

export interface EnumMember {
  name: Name;
  /** null: one more than the member before, 0 for the first */
  value: Expr | null;
}

export interface Field {
  name: Name;
  type: TypeNode;
}

export interface BitField {
  name: Name;
  /** lowest and highest bit, inclusive */
  low: number;
  high: number;
  span: Span;
}

export type RegisterAccess = 'r' | 'w' | 'rw';

export interface Register {
  /** byte offset, port, CSR or MSR number; for space `system` the packed encoding op0<<14 op1<<11 CRn<<7 CRm<<3 op2 */
  offset: number;
  name: Name;
  /** `data: u8` overrides the block's width */
  type: TypeNode | null;
  /** `enable[32]`: so many registers one after the other */
  count: Expr | null;
  access: RegisterAccess;
  fields: BitField[];
  span: Span;
}

interface DeclBase {
  name: Name;
  /** declared by a `##` heading (or under one): visible to other modules */
  isPublic: boolean;
  /** the heading, or the declaration in a block */
  span: Span;
}

export type Decl =
  | (DeclBase & {
      kind: 'fn';
      params: Param[];
      result: TypeNode | null;
      body: Block | null;
      /** bodies in assembly, one an architecture; then `body` is null */
      assembly: AsmBody[];
      attributes: Attribute[];
    })
  /** `value: null` never happens; a `js build` block's value arrives as literal expressions */
  | (DeclBase & { kind: 'const'; type: TypeNode | null; value: Expr })
  | (DeclBase & { kind: 'enum'; base: TypeNode; members: EnumMember[] })
  | (DeclBase & { kind: 'struct'; fields: Field[] })
  | (DeclBase & {
      kind: 'registers';
      /** null: memory, or what the board says of the device (`space`, `stride`) */
      space: 'port' | 'cr' | 'msr' | 'system' | 'csr' | null;
      width: TypeNode;
      registers: Register[];
    })
  | (DeclBase & { kind: 'static'; type: TypeNode; value: Expr | null; attributes: Attribute[] })
  | (DeclBase & {
      kind: 'test';
      title: string;
      body: Block;
      /** runs in an agent of its own; null: in the kernel */
      agent: AgentOptions | null;
    })
  | (DeclBase & { kind: 'agent'; options: AgentOptions; code: AgentCode });

/** A handle that a document gives an agent. */
export interface AgentGrant {
  kind: 'agent' | 'topic' | 'device' | 'program';
  name: Name;
  /** of a topic */
  publishes: boolean;
  subscribes: boolean;
}

/** What the keys of an agent say. */
export interface AgentOptions {
  priority: number;
  capabilities: Name[];
  /** in the order of the document */
  grants: AgentGrant[];
  /** bytes */
  memory: number;
  stack: number;
  /** `limit` times at most within `milliseconds`; 0 for no limit */
  restart: { rule: 'never' | 'on_fault' | 'always'; limit: number; milliseconds: number };
  /** milliseconds between two at most; 0: none are asked of it */
  heartbeat: number;
  /** name of the agent that hears of its end; null: nobody */
  supervisor: Name | null;
  /** at boot */
  starts: boolean;
  /** what it runs instead of code of its document; null: it has code */
  bytecode: BytecodeOptions | null;
}

/** Of an agent that runs bytecode. */
export interface BytecodeOptions {
  /** a container, or assembly text, by its path from the document; null: what another process gives it at run time */
  path: Name | null;
  /** instructions that it may execute in all, and for each message that it receives; 0 for no limit */
  fuel: { total: number; perMessage: number };
  /** bytes for its code, stack and regions */
  regions: number;
}

/** `on tell(message: *Message)` */
export interface AgentHandler {
  /** member of `interface.Kind` */
  kind: Name;
  param: Param | null;
  body: Block;
  span: Span;
}

/** The code of an agent, which is one function: `init`, then `loop` again and again, with what `on` says of messages. */
export interface AgentCode {
  init: Block | null;
  loop: Block | null;
  handlers: AgentHandler[];
}

/** An argument of a system call: `[]u8` is in two registers, the address in the first. */
export interface SystemCallArgument {
  name: Name;
  type: string;
  /** number of its first register */
  register: number;
}

/** An argument that names a handle, and what it must stand for. */
export interface SystemCallHandle {
  name: Name;
  register: number;
  /** members of `Object`, one of which it must be; `any` alone for all */
  objects: Name[];
  /** constants of `kernel.interface` */
  rights: Name[];
  /** 0 stands for no handle */
  isOptional: boolean;
}

/** A row of a `syscalls` table. */
export interface SystemCall {
  number: number;
  numberSpan: Span;
  /** in capitals */
  name: Name;
  arguments: SystemCallArgument[];
  /** a type of one register, empty for none, `never` if the call does not return */
  result: string;
  /** a constant of `kernel.interface`; null if everybody may make the call */
  capability: Name | null;
  handles: SystemCallHandle[];
  /** a function, or a module and its function; empty: the call answers that this system has no such part */
  handler: Name[];
  meaning: string;
  span: Span;
}

/** An `opcodes` heading: its set, and the semantics of its rows. */
export interface OpcodesNode {
  set: InstructionSet;
  semantics: Map<Row, Block>;
}

export interface ModuleNode {
  /** full name, `hal.device.pl011` */
  name: string;
  path: string;
  /** modules that it uses, in order */
  uses: Name[];
  decls: Decl[];
  /** rows of its `syscalls` table, whose code is among `decls` */
  systemCalls: readonly SystemCall[];
  /** its `opcodes` headings */
  instructionSets: readonly OpcodesNode[];
  /** other front matter: `system`, `board`, `device` … */
  settings: Map<string, { value: string; span: Span }>;
}
