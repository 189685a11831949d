/**
 * The typed tree: what the checker makes of a body and the lowering turns into FIR.
 *
 * Every name is resolved, every conversion is a node, every type is known once the function is checked (a `variable` is
 * decided then). Nodes hold no error: a body with errors is not lowered.
 */
import type { Span } from '../base/source.ts';
import type { TrapCode } from '../fir/ops.ts';
import type { ConstEntity, FunctionEntity, StaticEntity } from './entities.ts';
import type { BitFieldType, FluxType, RegistersType, RegisterType, StructField } from './types.ts';

export interface Local {
  name: string;
  type: FluxType;
  span: Span;
  mutable: boolean;
  /** what made it: a loop counts its variable itself */
  origin: 'let' | 'parameter' | 'loop';
  /** a pointer to it exists: it lies in memory as its type does */
  addressTaken: boolean;
  /** number of the local in its function, parameters first */
  index: number;
}

export type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';
export type CompareOp = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type BuiltIn =
  | 'min' | 'max' | 'abs' | 'sqrt' | 'leading_zeros' | 'trailing_zeros' | 'count_ones' | 'byte_swap' | 'rotate_left'
  | 'assert' | 'expect' | 'slice' | 'copy' | 'fill';

/** A register of a block, or one that stands for itself in its space. */
export interface RegisterPlace {
  registers: RegistersType;
  register: RegisterType;
  /** the reference to the block; null in an absolute space */
  block: TypedExpr | null;
  /** for `enable[32]` */
  index: TypedExpr | null;
}

export interface FieldValue {
  field: BitFieldType;
  value: TypedExpr;
}

interface Base {
  type: FluxType;
  span: Span;
}

/** An untyped literal is an `int` whose type is an open variable. */
export type IntNode = Base & {
  kind: 'int';
  value: bigint;
  /** made with `~`: stands for infinitely many leading ones, and fits an unsigned type too */
  isMask: boolean;
  /** became part of another literal: its own range does not matter */
  isFolded: boolean;
};

export type ConstantValue =
  | IntNode
  | (Base & { kind: 'float'; value: number })
  | (Base & { kind: 'bool'; value: boolean })
  | (Base & { kind: 'null' })
  | (Base & { kind: 'string'; bytes: Uint8Array })
  | (Base & { kind: 'function'; entity: FunctionEntity })
  /** the address of an object plus bytes */
  | (Base & { kind: 'symbol'; symbol: string; offset: number })
  /** all bytes zero */
  | (Base & { kind: 'zero' })
  /** one a field, in the order of the struct; null: zero */
  | (Base & { kind: 'struct'; fields: (TypedExpr | null)[] })
  | (Base & { kind: 'array'; items: TypedExpr[] })
  | (Base & { kind: 'repeat'; item: TypedExpr; count: number })
  | (Base & { kind: 'some'; value: TypedExpr })
  /** a result that is no error; null for `!` */
  | (Base & { kind: 'ok'; value: TypedExpr | null })
  /** the slice of a whole array, from its address */
  | (Base & { kind: 'arraySlice'; pointer: TypedExpr });

export interface TypedArm {
  values: bigint[];
  ranges: { from: bigint; to: bigint }[];
  isDefault: boolean;
  body: { kind: 'expr'; value: TypedExpr } | { kind: 'block'; block: TypedBlock };
  span: Span;
}

export type TypedExpr =
  | ConstantValue
  // places
  | (Base & { kind: 'local'; local: Local })
  | (Base & { kind: 'static'; entity: StaticEntity })
  /** a constant that lies in memory */
  | (Base & { kind: 'constant'; entity: ConstEntity })
  | (Base & { kind: 'field'; object: TypedExpr; field: StructField })
  /** of an array or a slice */
  | (Base & { kind: 'index'; object: TypedExpr; index: TypedExpr; isWithin: boolean })
  | (Base & { kind: 'deref'; pointer: TypedExpr })
  // values
  | (Base & { kind: 'address'; place: TypedExpr })
  | (Base & { kind: 'length'; slice: TypedExpr })
  /** of an array place or a slice */
  | (Base & { kind: 'slice'; object: TypedExpr; from: TypedExpr | null; to: TypedExpr | null })
  | (Base & { kind: 'unary'; op: '-' | '~' | '!'; operand: TypedExpr })
  | (Base & { kind: 'binary'; op: ArithmeticOp; left: TypedExpr; right: TypedExpr })
  | (Base & { kind: 'compare'; op: CompareOp; left: TypedExpr; right: TypedExpr })
  | (Base & { kind: 'logic'; op: '&&' | '||'; left: TypedExpr; right: TypedExpr })
  /** an optional is null (or is not) */
  | (Base & { kind: 'isNull'; value: TypedExpr; negated: boolean })
  | (Base & { kind: 'cast'; value: TypedExpr })
  /** a result that is the error of the operand */
  | (Base & { kind: 'failure'; error: TypedExpr })
  /** the error of a result, `.ok` if it has a value */
  | (Base & { kind: 'errorOf'; value: TypedExpr })
  | (Base & { kind: 'call'; entity: FunctionEntity; args: TypedExpr[] })
  | (Base & { kind: 'callPointer'; callee: TypedExpr; args: TypedExpr[] })
  | (Base & { kind: 'builtIn'; name: BuiltIn; args: TypedExpr[] })
  | (Base & { kind: 'match'; subject: TypedExpr; arms: TypedArm[] })
  | (Base & {
      kind: 'or'; value: TypedExpr;
      /** the fallback may be absent too: the whole has the type of `value` */
      staysOpen: boolean;
      fallback: { kind: 'expr'; value: TypedExpr } | { kind: 'leave'; statement: TypedStmt };
    })
  /** leaves the function with the error, or null, if there is one */
  | (Base & { kind: 'try'; value: TypedExpr })
  | (Base & { kind: 'trap'; code: TrapCode })
  | (Base & { kind: 'registerRead'; place: RegisterPlace; field: BitFieldType | null })
  /** writes a register: with `reads` the other fields keep their values, else they become 0. Gives nothing */
  | (Base & { kind: 'registerFields'; place: RegisterPlace; fields: FieldValue[]; reads: boolean })
  | (Base & { kind: 'bad' });

export interface TypedBlock {
  statements: TypedStmt[];
  span: Span;
}

export type TypedCondition =
  | { kind: 'expr'; value: TypedExpr }
  /** `value` is an optional or a result; `local` takes what is in it */
  | { kind: 'let'; local: Local; value: TypedExpr };

export type TypedStmt =
  | { kind: 'let'; local: Local; value: TypedExpr; span: Span }
  | { kind: 'assign'; place: TypedExpr; value: TypedExpr; span: Span }
  /** `place op= value`: the place is found once */
  | { kind: 'update'; op: ArithmeticOp; place: TypedExpr; value: TypedExpr; span: Span }
  | { kind: 'registerWrite'; place: RegisterPlace; value: TypedExpr; span: Span }
  | { kind: 'registerUpdate'; op: ArithmeticOp; place: RegisterPlace; value: TypedExpr; span: Span }
  | { kind: 'expr'; value: TypedExpr; span: Span }
  | { kind: 'if'; condition: TypedCondition; then: TypedBlock; otherwise: TypedBlock | null; span: Span }
  | { kind: 'while'; condition: TypedCondition; body: TypedBlock; span: Span }
  | {
      kind: 'forRange'; local: Local; reverse: boolean; from: TypedExpr; to: TypedExpr; inclusive: boolean;
      body: TypedBlock; span: Span;
    }
  | { kind: 'forEach'; index: Local | null; local: Local; over: TypedExpr; body: TypedBlock; span: Span }
  | { kind: 'return'; value: TypedExpr | null; span: Span }
  | { kind: 'break'; span: Span }
  | { kind: 'continue'; span: Span }
  | { kind: 'defer'; body: TypedBlock; span: Span }
  | { kind: 'block'; block: TypedBlock; span: Span };

/** Something of a module that only the kernel has (`KERNEL_MODULES`). */
export interface KernelOnly {
  name: string;
  /** where it is used */
  span: Span;
}

/** A function, agent or test whose body was checked without errors. */
export interface TypedBody {
  params: Local[];
  locals: Local[];
  result: FluxType;
  block: TypedBlock;
  /** can control reach the end of the block? */
  fallsOff: boolean;
  /** what in it no agent can reach, if anything */
  kernelOnly: KernelOnly | null;
}
