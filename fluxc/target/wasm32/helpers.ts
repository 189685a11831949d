/**
 * The functions that every module may need and WebAssembly has no instruction for: divisions that FIR defines where
 * WebAssembly traps, upper halves of products, bytes in reverse order. A module has those that it calls.
 */
import { TrapCode } from '../../fir/ops.ts';
import { Body, ValueType } from './encode.ts';

export interface Helper {
  params: readonly ValueType[];
  results: readonly ValueType[];
  /** null: the host gives it */
  write: ((out: Body, helper: (name: string) => number) => void) | null;
}

const { I32, I64 } = { I32: ValueType.I32, I64: ValueType.I64 } as const;

function division(kind: 'i32' | 'i64', name: 'div' | 'rem', sign: 's' | 'u', isChecked: boolean): Helper {
  const type = kind === 'i32' ? I32 : I64;
  const constant = (out: Body, value: number) => (kind === 'i32' ? out.i32(value) : out.i64(value));
  return {
    params: [type, type], results: [type],
    write: (out, helper) => {
      if (!isChecked) {
        out.get(1).op(`${kind}.eqz`).op('if').byte(0x40);
        out.i32(TrapCode.DivisionByZero).op('call').unsigned(helper('trap')).op('unreachable').op('end');
      }
      if (name === 'div' && sign === 's') {
        constant(out.get(1), -1).op(`${kind}.eq`).op('if').byte(0x40);
        constant(out, 0).get(0).op(`${kind}.sub`).op('return').op('end');
      }
      out.get(0).get(1).op(`${kind}.${name}_${sign}`);
    },
  };
}

/** Schoolbook multiplication of 32-bit halves; the locals 2 to 4 hold what is carried. */
function highProduct(sign: 's' | 'u'): Helper {
  const low = (out: Body, local: number) => out.get(local).i64(-1, 0).op('i64.and');
  const high = (out: Body, local: number) => out.get(local).i64(32).op('i64.shr_u');
  return {
    params: [I64, I64], results: [I64],
    write: (out) => {
      // 2: low a × low b, upper half, plus high a × low b; 3: its low half plus low a × high b.
      high(out, 0);
      low(out, 1).op('i64.mul');
      low(out, 0);
      low(out, 1).op('i64.mul').i64(32).op('i64.shr_u').op('i64.add').set(2);
      low(out, 0);
      high(out, 1).op('i64.mul');
      low(out, 2).op('i64.add').set(3);
      high(out, 0);
      high(out, 1).op('i64.mul');
      high(out, 2).op('i64.add');
      high(out, 3).op('i64.add');
      if (sign === 's') {
        // A negative operand was counted 2^64 too large.
        out.get(0).i64(63).op('i64.shr_s').get(1).op('i64.and').op('i64.sub');
        out.get(1).i64(63).op('i64.shr_s').get(0).op('i64.and').op('i64.sub');
      }
    },
  };
}

const swap32 = (out: Body) => {
  out.get(0).i32(8).op('i32.rotl').i32(0x00ff00ff).op('i32.and');
  out.get(0).i32(24).op('i32.rotl').i32(0xff00ff00 | 0).op('i32.and').op('i32.or');
};

const swap64 = (out: Body) => {
  const swap = (shift: number, low: number, high: number) => {
    out.get(0).i64(shift).op('i64.shr_u').i64(low, high).op('i64.and');
    out.get(0).i64(low, high).op('i64.and').i64(shift).op('i64.shl').op('i64.or').set(0);
  };
  swap(8, 0x00ff00ff, 0x00ff00ff);
  swap(16, 0x0000ffff, 0x0000ffff);
  out.get(0).i64(32).op('i64.rotl');
};

export const HELPERS: ReadonlyMap<string, Helper> = new Map<string, Helper>([
  ['trap', { params: [I32], results: [], write: null }],
  // The register's number, then (of a write) its value, then the `aux` of the operation: space and width.
  ['sysread', { params: [I32, I32], results: [I64], write: null }],
  ['syswrite', { params: [I32, I64, I32], results: [], write: null }],
  ['bswap_i32', { params: [I32], results: [I32], write: swap32 }],
  ['bswap_i64', { params: [I64], results: [I64], write: swap64 }],
  ['mulh_s', highProduct('s')],
  ['mulh_u', highProduct('u')],
  ...(['i32', 'i64'] as const).flatMap((kind) =>
    (['div', 'rem'] as const).flatMap((name) =>
      (['s', 'u'] as const).flatMap((sign) =>
        [false, true].map((isChecked): [string, Helper] => [
          `${name}_${sign}_${kind}${isChecked ? '_checked' : ''}`, division(kind, name, sign, isChecked),
        ])))),
]);
