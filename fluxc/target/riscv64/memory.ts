/**
 * Memory and the machine's registers: loads and stores with their address inside, CSR reads and writes.
 */
import { Access, ACCESS_MASK, Op, Space, VOLATILE } from '../../fir/ops.ts';
import { isWide, Type } from '../../fir/types.ts';
import type { Selector } from '../machine/selector.ts';
import { Composite, rowOp } from './opcodes.ts';
import { ZERO } from './registers.ts';
import { lower12 } from './relocations.ts';
import { emit2, emitImm, fits12, isNonNegative, low32, reg } from './values.ts';

const ADD = rowOp('add');
const ADDIW = rowOp('addiw');
const CSRRS = rowOp('csrrs');
const CSRRW = rowOp('csrrw');
const CSRRWI = rowOp('csrrwi');
const SLLI = rowOp('slli');
const SRLI = rowOp('srli');
/** the part of `aux` of sysread and syswrite that is the space */
const SPACE_MASK = 15;

/** Load rows by `Access`. */
const LOADS = ['lbu', 'lb', 'lhu', 'lh', 'lwu', 'lw', 'ld', 'flw', 'fld', 'lbu'].map(rowOp);
const STORES = ['sb', 'sb', 'sh', 'sh', 'sw', 'sw', 'sd', 'fsw', 'fsd', 'sb'].map(rowOp);

/** Lowers `load` in place, or inside `user`, which may want another `access`. */
export function lowerLoad(s: Selector, load: number, access: Access, def: number, wide: boolean): void {
  const { f } = s;
  const row = access === Access.U32 && !wide ? LOADS[Access.S32]! : LOADS[access]!;
  emitMemory(s, row, f.a[load]!, f.c[load]!, load, (machine) => machine.defReg(def));
}

export function lowerStore(s: Selector, id: number): void {
  const { f } = s;
  const access = f.aux[id]! & ACCESS_MASK;
  const isNarrow = access < Access.W64 || access === Access.Bool;
  const value = isNarrow ? low32(s, f.b[id]!) : reg(s, f.b[id]!);
  emitMemory(s, STORES[access]!, f.a[id]!, f.c[id]!, id, (machine) => machine.useReg(value));
}

/** A load that `user` may make in its own place; a volatile one stays where it is. */
export function isFoldableLoad(s: Selector, value: number, user: number): boolean {
  return s.f.op[value] === Op.Load && (s.f.aux[value]! & VOLATILE) === 0 && s.canFold(value, user);
}

/**
 * A load or store of ptr `address` + `offset`. `value` adds the operand that is loaded or stored. Constant offsets,
 * stack slots and symbols that only this instruction uses become part of it.
 */
function emitMemory(
  s: Selector, row: number, address: number, offset: number, user: number, value: (machine: Selector) => void,
): void {
  const { f } = s;
  while (f.op[address] === Op.Ptradd && s.isConstant32(f.b[address]!)) {
    const sum = offset + f.a[f.b[address]!]!;
    if (!fits12(sum)) break;
    offset = sum;
    address = f.a[address]!;
  }
  if (f.op[address] === Op.Slot && fits12(offset)) {
    value(s.emit(row));
    s.mode(f.a[address]! + 1).imm(offset);
    return;
  }
  if (f.op[address] === Op.Symbol && s.canFold(address, user)) {
    const addend = f.c[address]! + offset;
    if (addend === (addend | 0)) {
      value(s.emit(row));
      s.symbolRef(f.a[address]!, addend);
      return;
    }
  }
  let base = reg(s, address);
  if (!fits12(offset)) {
    const distance = s.temp();
    const sum = s.temp();
    const low = lower12(offset);
    // The upper part of a 32-bit offset may be 2^31.
    const upper = offset - low;
    s.emit(Composite.LoadConstant).defReg(distance).imm(upper | 0, upper > 0x7fffffff ? 0 : upper >> 31);
    emit2(s, ADD, sum, base, distance);
    base = sum;
    offset = low;
  }
  value(s.emit(row));
  s.useReg(base).imm(offset);
}

function csrNumber(s: Selector, id: number): number {
  const { f } = s;
  const space = f.aux[id]! & SPACE_MASK;
  if (space !== Space.Csr) throw new Error(`${f.name}: riscv64 has no register space ${space}`);
  return f.a[f.a[id]!]!;
}

export function lowerSysread(s: Selector, id: number): void {
  const number = csrNumber(s, id);
  const wide = isWide(s.f.type[id] as Type);
  // The read itself may matter to the machine: it stays although nobody asks for its value.
  const read = wide ? s.def(id) : s.temp();
  s.emit(CSRRS).defReg(read).useReg(ZERO).imm(number);
  if (!wide) emitImm(s, ADDIW, s.def(id), read, 0);
}

export function lowerSyswrite(s: Selector, id: number): void {
  const { f } = s;
  const number = csrNumber(s, id);
  const value = f.b[id]!;
  if (s.isConstant32(value) && f.a[value]! >= 0 && f.a[value]! < 32) {
    s.emit(CSRRWI).useReg(ZERO).imm(number).mode(f.a[value]!);
    return;
  }
  let written = reg(s, value);
  if (f.type[value] === Type.I32 && !isNonNegative(f, value)) {
    const top = s.temp();
    const whole = s.temp();
    emitImm(s, SLLI, top, written, 32);
    emitImm(s, SRLI, whole, top, 32);
    written = whole;
  }
  s.emit(CSRRW).useReg(ZERO).useReg(written).imm(number);
}
