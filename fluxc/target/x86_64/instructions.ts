/**
 * The machine instructions between selection and emission, and what their `mode` says.
 *
 * One number here is a family: `Arithmetic` is add, or, and, sub, xor; `mode` tells which one, at what size and from
 * where. An address is written into an instruction's fields: its registers are the last operands, `immHigh` is the
 * displacement, `symbol` the symbol that rip is relative to. Immediates are `imm`; only `Constant`, `FloatConstant` and
 * `Trap` use both words as they like.
 */
/** From `FIRST_TARGET_OP` on. */
export const enum Inst {
  /** def = use 1, source: add or and sub xor by `code`; def takes the register of use 1 */
  Arithmetic = 16,
  /** memory operand = itself, source; `MemoryRegister` or `MemoryImmediate` */
  ArithmeticMemory,
  /** flags of use 0 - source; with `MemoryImmediate` of memory - imm */
  Compare,
  /** flags of use 0 & source */
  Test,
  /** def = use 1 × source, same register */
  Multiply,
  /** def = source × imm */
  MultiplyImmediate,
  /** rdx def = upper half of rax use × use; rax def = lower half; `code` 4 unsigned, 5 signed */
  MultiplyHigh,
  /** rax, rdx def = rax use divided by use: quotient, remainder; `code` 6 unsigned, 7 signed; `imm` 1: it may be -1 */
  Divide,
  /** def = use 1 shifted by imm; `code` is the digit */
  ShiftImmediate,
  /** def = use 1 shifted by use in rcx */
  ShiftVariable,
  /** def = use 1, same register: `code` 2 not, 3 neg */
  Unary,
  ByteSwap,
  /** def = bits of use; `code` 0 leading, 1 trailing zeros */
  CountZeros,
  /** def = extended use; `code` is an `Access`, size that of the result */
  Extend,
  /** def = address; with `code` `LEA_FAR_SLOT` that of stack slot `imm` */
  Lea,
  /** def = 64-bit constant, without change of flags unless it is 0 */
  Constant,
  /** def = memory; `code` is an `Access`, size that of the result */
  Load,
  /** memory = use 0 */
  Store,
  /** memory = imm */
  StoreImmediate,
  /** def = use 1 with the low byte set to a condition: use 1 is 0 and has the same register */
  Set,
  /** def = condition ? use 2 : use 1; def takes the register of use 1 */
  ConditionalMove,
  /** as `ConditionalMove` for floats */
  ConditionalMoveFloat,
  /** to block `target` if the condition holds */
  Branch,
  Jump,
  /** traps out of line with code `imm` if the condition holds */
  TrapIf,
  Trap,
  /**
   * use 0 the value, def 1 a temporary; table `imm` holds the default block, then low word, high word and block of each
   * case; a code other than 0 says that the whole register is below 2 to that power
   */
  Switch,
  Call,
  /** use 0 is the address */
  CallPointer,
  Return,

  /** def = float constant by its bits */
  FloatConstant,
  /** def = use 1, source: add mul sub div by opcode `code` */
  FloatArithmetic,
  FloatSquareRoot,
  /** flags of use 0 ? source */
  FloatCompare,
  /** int def = 1 if use 1, use 2 are (`code` 0) equal, (1) not equal, (2) greater, (3) greater or equal; else 0 */
  FloatSet,
  /** def = use with its sign bit (`code` 0) flipped or (1) cleared */
  FloatSign,
  /** between the classes: the same bits */
  IntToFloatBits,
  FloatToIntBits,
  /** between f32 and f64; size that of the source */
  FloatResize,
  /** size that of the float, `code` bit 0: 64-bit integer, bit 1: unsigned */
  IntToFloat,
  FloatToInt,

  /** reads port `imm` into rax, or that of rdx: use */
  PortIn,
  PortOut,
  /** rax def, rdx def = MSR of rcx use; rax is all 64 bits */
  ReadMsr,
  /** MSR of rcx = rax (low), rdx (high) */
  WriteMsr,
  ReadControl,
  WriteControl,
}

/** Where the last operand of an instruction with a source comes from. */
export const enum Source { Register, Immediate, Memory, MemoryRegister, MemoryImmediate }

/** Operand sizes by their power of two. */
export const enum Size { Byte, Word, Double, Quad }

// `mode`: code in bits 0 to 7, size 8-9, source 10-12, address 13-18, slot 19-30.
const SIZE_SHIFT = 8;
const SOURCE_SHIFT = 10;
const HAS_BASE = 1 << 13;
const HAS_INDEX = 1 << 14;
const SCALE_SHIFT = 15;
const HAS_SLOT = 1 << 17;
const HAS_SYMBOL = 1 << 18;
const SLOT_SHIFT = 19;
/** stack slots that an address can name; those beyond need a register */
export const ADDRESSABLE_SLOTS = 1 << 12;

export function modeOf(code: number, size: Size, source: Source = Source.Register): number {
  return code | (size << SIZE_SHIFT) | (source << SOURCE_SHIFT);
}

export function codeOf(mode: number): number {
  return mode & 255;
}

export function sizeOf(mode: number): Size {
  return (mode >> SIZE_SHIFT) & 3;
}

export function sourceOf(mode: number): Source {
  return (mode >> SOURCE_SHIFT) & 7;
}

export function addressMode(base: boolean, index: boolean, scale: number, slot: number, symbol: boolean): number {
  return (base ? HAS_BASE : 0) | (index ? HAS_INDEX : 0) | (scale << SCALE_SHIFT) | (symbol ? HAS_SYMBOL : 0) |
    (slot < 0 ? 0 : HAS_SLOT | (slot << SLOT_SHIFT));
}

export const hasBase = (mode: number): boolean => (mode & HAS_BASE) !== 0;
export const hasIndex = (mode: number): boolean => (mode & HAS_INDEX) !== 0;
export const hasSymbol = (mode: number): boolean => (mode & HAS_SYMBOL) !== 0;
export const scaleOf = (mode: number): number => (mode >> SCALE_SHIFT) & 3;
/** the stack slot of the address, or -1 */
export const slotOf = (mode: number): number => (mode & HAS_SLOT ? mode >> SLOT_SHIFT : -1);

/** `Lea` of a slot whose number an address does not hold. */
export const LEA_FAR_SLOT = 1;

/** Digits of the arithmetic instructions (`rows.ts`, ARITHMETIC). */
export const enum Arithmetic { Add = 0, Or = 1, And = 4, Sub = 5, Xor = 6, Compare = 7 }
/** Digits of the shifts. */
export const enum Shift { Rol = 0, Shl = 4, Shr = 5, Sar = 7 }
/** Condition codes; `^ 1` is the opposite. */
export const enum Condition {
  Overflow, NoOverflow, Below, AboveEqual, Equal, NotEqual, BelowEqual, Above,
  Sign, NotSign, Parity, NotParity, Less, GreaterEqual, LessEqual, Greater,
}
