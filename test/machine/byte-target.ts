/**
 * A complete target of made-up code for tests of selection and emission: one machine instruction a FIR instruction, one
 * byte an instruction but for branches, which are `0xb0 rel8` or `0xb1 rel16` and fall through where they can.
 */
import { Op } from '../../fluxc/fir/ops.ts';
import { Type } from '../../fluxc/fir/types.ts';
import type { CodeBuffer } from '../../fluxc/target/machine/code-buffer.ts';
import { FIRST_TARGET_OP, Pseudo, RegClass } from '../../fluxc/target/machine/machine-function.ts';
import type { Selector } from '../../fluxc/target/machine/selector.ts';
import type { Target } from '../../fluxc/target/machine/target.ts';
import { toyTarget } from './toy-target.ts';

export const opcode = (op: Op) => FIRST_TARGET_OP + op;

export const enum Byte { Prologue = 0xf0, Short = 0xb0, Long = 0xb1, Trap = 0xcc }

const SHORT = 0;
const LONG = 1;

function branch(out: CodeBuffer, label: number): void {
  const isLong = out.nextIsLong();
  out.put8(isLong ? Byte.Long : Byte.Short);
  out.fixup(isLong ? LONG : SHORT, label);
  if (isLong) out.put16(0);
  else out.put8(0);
}

/** Asks for every operand, folds nothing. */
function lower(s: Selector, id: number): void {
  const { f } = s;
  const op = f.op[id]! as Op;
  s.emit(opcode(op)).imm(f.a[id]!);
  if (f.type[id] !== Type.Void) s.defReg(s.def(id));
  switch (op) {
    case Op.Iconst: return;
    case Op.Jump: s.branchTo(f.edgeTarget(f.a[id]!)); return;
    case Op.Brif:
      s.useReg(s.use(f.a[id]!)).branchTo(f.edgeTarget(f.b[id]!)).imm(f.edgeTarget(f.c[id]!));
      return;
    case Op.Call: s.symbolRef(f.a[id]!).clobbers(1); break;
    default: break;
  }
  f.forEachOperand(id, (value) => s.useReg(s.use(value)));
}

export const BYTE_TARGET: Target = {
  ...toyTarget({ int: 6, float: 4, saved: 2 }),
  name: 'x86_64',
  elfMachine: 0,
  unwinding: { stackPointer: 0, framePointer: 0, returnAddress: 0, entryOffset: 0, recordOffset: 0, interruptedAddress: 64, numbers: Array.from({ length: 64 }, (_, i) => i) },
  elfFlags: 0,
  divisionWraps: true,
  functionAlign: 4,
  canRematerialize: (machine, id) => machine.op[id] === opcode(Op.Iconst),
  commutes: () => false,
  lower,
  lowerEntry(s) {
    const counts = [0, 0];
    s.emit(Pseudo.Entry);
    for (const param of s.f.params[0]!) {
      const register = s.def(param);
      const cls = s.machine.classOf(register);
      s.defFixed(register, counts[cls]!++ + (cls === RegClass.Float ? 32 : 0));
    }
  },
  returnInstruction: opcode(Op.Ret),
  emitPrologue: (_, out) => out.put8(Byte.Prologue),
  emit(machine, id, out, next) {
    const op = machine.op[id]!;
    if (op === Pseudo.Entry || op === Pseudo.Nop) return;
    if (op === opcode(Op.Jump)) {
      if (machine.target[id] !== next) branch(out, machine.target[id]!);
      return;
    }
    if (op === opcode(Op.Trapif)) branch(out, out.trapLabel(7, machine.loc[id]!));
    if (op === opcode(Op.Call)) out.relocate(3, machine.symbol[id]!, 4, out.length);
    out.put8(op);
    if (op !== opcode(Op.Brif)) return;
    if (machine.target[id] !== next) branch(out, machine.target[id]!);
    if (machine.imm[id] !== next) branch(out, machine.imm[id]!);
  },
  emitTrap: (out, code) => {
    out.put8(Byte.Trap);
    out.put8(code);
  },
  patch(bytes, position, kind, distance) {
    const limit = kind === SHORT ? 127 : 32767;
    if (distance < -limit || distance > limit) return false;
    bytes[position] = distance;
    if (kind === LONG) bytes[position + 1] = distance >> 8;
    return true;
  },
  relocate: () => null,
  relocationName: String,
  absolute64: 9,
  assemble: (text, loc) => ({
    symbol: -1, section: '.text', align: 2, bytes: Uint8Array.of(text.length), size: 1, relocations: [],
    lines: [0, loc], traps: [], labels: [],
  }),
  disassemble: (bytes, offset) => ({ length: 1, text: `.byte ${bytes[offset]}` }),
};
