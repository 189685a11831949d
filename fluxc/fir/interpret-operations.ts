/**
 * What each FIR operation does when it is interpreted: one function an operation, found by its number.
 *
 * An operation reads and writes values of the running frame (`Run`). It returns the instruction to go on with, or
 * nothing for the one that follows. Tables instead of a `switch`, so that its speed does not hang on how enums compile.
 */
import {
  add64, ashr64, bswap32, ctz32, high, lshr64, mul64, popcnt32, rotl64, saturate, shl64, signed, smulh32, split, sub64,
  toFloat32, umulh32, unsigned, words,
} from './arithmetic.ts';
import type { Run } from './interpreter-run.ts';
import { ARENA_HIGH, CODE_HIGH } from './memory.ts';
import type { Signature } from './module.ts';
import { ACCESS_BYTES, ACCESS_MASK, ACCESS_NAMES, COND_NAMES, OPS, type Space, TrapCode } from './ops.ts';
import { Type } from './types.ts';

type Operation = (run: Run, id: number) => number | void;

const I32: number = Type.I32;
const F32: number = Type.F32;
const BOOL: number = Type.Bool;
const I32_LEAST = -(1n << 31n);
const I64_LEAST = -(1n << 63n);

/** Is a value of the type held in its low word alone? */
function isNarrow(type: number): boolean {
  return type === I32 || type === BOOL;
}

/** An operation on two integers of one width. */
function integers(
  narrow: (a: number, b: number) => number, wide: (aLow: number, aHigh: number, bLow: number, bHigh: number) => number,
): Operation {
  return (run, id) => {
    const { low, high: highs } = run;
    const a = run.a[id]!;
    const b = run.b[id]!;
    if (isNarrow(run.type[id]!)) low[id] = narrow(low[a]!, low[b]!);
    else {
      low[id] = wide(low[a]!, highs[a]!, low[b]!, highs[b]!);
      highs[id] = high;
    }
  };
}

function division(
  narrow: (a: number, b: number) => number, wide: (aLow: number, aHigh: number, bLow: number, bHigh: number) => number,
): Operation {
  const divide = integers(narrow, wide);
  return (run, id) => {
    const b = run.b[id]!;
    if (run.low[b] === 0 && (isNarrow(run.type[id]!) || run.high[b] === 0)) {
      if (run.aux[id]! & 1) run.fault(id, 'a division marked as checked divides by zero');
      run.trap(id, TrapCode.DivisionByZero);
    }
    divide(run, id);
  };
}

/** An operation on one integer. */
function integer(narrow: (a: number) => number, wide: (aLow: number, aHigh: number) => number): Operation {
  return (run, id) => {
    const a = run.a[id]!;
    if (isNarrow(run.type[id]!)) run.low[id] = narrow(run.low[a]!);
    else {
      run.low[id] = wide(run.low[a]!, run.high[a]!);
      run.high[id] = high;
    }
  };
}

function bitwise(combine: (a: number, b: number) => number): Operation {
  return (run, id) => {
    const a = run.a[id]!;
    const b = run.b[id]!;
    run.low[id] = combine(run.low[a]!, run.low[b]!);
    run.high[id] = combine(run.high[a]!, run.high[b]!);
  };
}

function floats(compute: (a: number, b: number) => number): Operation {
  return (run, id) => run.setFloat(id, compute(run.float(run.a[id]!), run.float(run.b[id]!)));
}

/** Changes the word that holds a float's sign. */
function sign(change: (word: number) => number): Operation {
  return (run, id) => {
    const a = run.a[id]!;
    const single = run.type[id] === F32;
    run.low[id] = single ? change(run.low[a]!) : run.low[a]!;
    run.high[id] = single ? 0 : change(run.high[a]!);
  };
}

const copy: Operation = (run, id) => {
  run.low[id] = run.low[run.a[id]!]!;
  run.high[id] = run.high[run.a[id]!]!;
};

const constant: Operation = (run, id) => {
  run.low[id] = run.a[id]!;
  run.high[id] = run.b[id]!;
};

function ctz64(low: number, highWord: number): number {
  return words(low ? ctz32(low) : 32 + ctz32(highWord), 0);
}

// ---- comparisons, in the order of `Cond` ----

type Comparison = (aLow: number, aHigh: number, bLow: number, bHigh: number) => boolean;

const equal: Comparison = (aLow, aHigh, bLow, bHigh) => aLow === bLow && aHigh === bHigh;
const less: Comparison = (aLow, aHigh, bLow, bHigh) => aHigh !== bHigh ? aHigh < bHigh : aLow >>> 0 < bLow >>> 0;
const below: Comparison = (aLow, aHigh, bLow, bHigh) =>
  aHigh !== bHigh ? aHigh >>> 0 < bHigh >>> 0 : aLow >>> 0 < bLow >>> 0;

const COMPARISONS: Record<(typeof COND_NAMES)[number], Comparison> = {
  eq: equal,
  ne: (aLow, aHigh, bLow, bHigh) => !equal(aLow, aHigh, bLow, bHigh),
  slt: less,
  sge: (aLow, aHigh, bLow, bHigh) => !less(aLow, aHigh, bLow, bHigh),
  sgt: (aLow, aHigh, bLow, bHigh) => less(bLow, bHigh, aLow, aHigh),
  sle: (aLow, aHigh, bLow, bHigh) => !less(bLow, bHigh, aLow, aHigh),
  ult: below,
  uge: (aLow, aHigh, bLow, bHigh) => !below(aLow, aHigh, bLow, bHigh),
  ugt: (aLow, aHigh, bLow, bHigh) => below(bLow, bHigh, aLow, aHigh),
  ule: (aLow, aHigh, bLow, bHigh) => !below(bLow, bHigh, aLow, aHigh),
};
const COMPARE = COND_NAMES.map((name) => COMPARISONS[name]);
const COMPARE_FLOATS: ((x: number, y: number) => boolean)[] = [
  (x, y) => x === y, (x, y) => x !== y, (x, y) => x < y, (x, y) => x >= y, (x, y) => x > y, (x, y) => x <= y,
];

// ---- memory ----

/** What a load of each access makes of the bytes it read, which stand in the low word (and high word: 8 bytes). */
const EXTEND: Record<(typeof ACCESS_NAMES)[number], (word: number) => [low: number, high: number] | null> = {
  u8: (word) => [word & 0xff, 0],
  s8: (word) => [(word << 24) >> 24, word << 24 >> 31],
  u16: (word) => [word & 0xffff, 0],
  s16: (word) => [(word << 16) >> 16, word << 16 >> 31],
  u32: (word) => [word, 0],
  s32: (word) => [word, word >> 31],
  64: () => null,
  f32: (word) => [word, 0],
  f64: () => null,
  bool: (word) => [word & 1, 0],
};
const EXTENSIONS = ACCESS_NAMES.map((name) => EXTEND[name]);

const load: Operation = (run, id) => {
  const { low, high: highs, memory } = run;
  const access = run.aux[id]! & ACCESS_MASK;
  const bytes = ACCESS_BYTES[access]!;
  const offset = run.c[id]!;
  const at = add64(low[run.a[id]!]!, highs[run.a[id]!]!, offset, offset >> 31) >>> 0;
  let word: number;
  if (high !== ARENA_HIGH || !memory.readable(at, bytes)) {
    const address = unsigned(at, high);
    if (!run.options.device) return run.fault(id, `a load of ${bytes} bytes at 0x${address.toString(16)}`);
    word = split(run.options.device.read(address, bytes));
    highs[id] = high;
  } else if (bytes === 8) {
    word = memory.view.getInt32(at, true);
    highs[id] = memory.view.getInt32(at + 4, true);
  } else if (bytes === 4) word = memory.view.getInt32(at, true);
  else if (bytes === 2) word = memory.view.getUint16(at, true);
  else word = memory.bytes[at]!;
  const extended = EXTENSIONS[access]!(word);
  low[id] = extended ? extended[0] : word;
  if (extended) highs[id] = extended[1];
};

const store: Operation = (run, id) => {
  const { low, high: highs, memory } = run;
  const bytes = ACCESS_BYTES[run.aux[id]! & ACCESS_MASK]!;
  const offset = run.c[id]!;
  const at = add64(low[run.a[id]!]!, highs[run.a[id]!]!, offset, offset >> 31) >>> 0;
  const value = run.b[id]!;
  if (high !== ARENA_HIGH || !memory.writable(at, bytes)) {
    const address = unsigned(at, high);
    if (!run.options.device) return run.fault(id, `a store of ${bytes} bytes at 0x${address.toString(16)}`);
    return run.options.device.write(address, bytes, BigInt.asUintN(8 * bytes, unsigned(low[value]!, highs[value]!)));
  }
  if (bytes === 1) memory.bytes[at] = low[value]!;
  else if (bytes === 2) memory.view.setUint16(at, low[value]!, true);
  else {
    memory.view.setInt32(at, low[value]!, true);
    if (bytes === 8) memory.view.setInt32(at + 4, highs[value]!, true);
  }
};

/** The arena offset of the `count` bytes at ptr `value`. */
function range(run: Run, id: number, value: number, count: number, write: boolean): number {
  const at = run.low[value]! >>> 0;
  const allowed = write ? run.memory.writable(at, count) : run.memory.readable(at, count);
  if (run.high[value] === ARENA_HIGH && allowed) return at;
  return run.fault(id, `an access to ${count} bytes at 0x${unsigned(at, run.high[value]!).toString(16)}`);
}

function byteCount(run: Run, id: number): number {
  const count = unsigned(run.low[run.c[id]!]!, run.high[run.c[id]!]!);
  if (count > BigInt(run.memory.bytes.length)) run.fault(id, `an access to ${count} bytes`);
  return Number(count);
}

const memcopy: Operation = (run, id) => {
  const count = byteCount(run, id);
  if (count === 0) return;
  const to = range(run, id, run.a[id]!, count, true);
  const from = range(run, id, run.b[id]!, count, false);
  if (to !== from && to < from + count && from < to + count) run.fault(id, 'memcopy of ranges that overlap');
  run.memory.bytes.copyWithin(to, from, from + count);
};

const memfill: Operation = (run, id) => {
  const count = byteCount(run, id);
  if (count === 0) return;
  const to = range(run, id, run.a[id]!, count, true);
  run.memory.bytes.fill(run.low[run.b[id]!]! & 255, to, to + count);
};

const sysread: Operation = (run, id) => {
  const bytes = (run.aux[id]! >> 4) & 15;
  const value = run.options.system?.read((run.aux[id]! & 15) as Space, run.low[run.a[id]!]!, bytes);
  if (value === undefined) return run.fault(id, `system register ${run.low[run.a[id]!]} is read`);
  run.low[id] = split(BigInt.asUintN(8 * bytes, value));
  run.high[id] = high;
};

const syswrite: Operation = (run, id) => {
  const bytes = (run.aux[id]! >> 4) & 15;
  const value = BigInt.asUintN(8 * bytes, unsigned(run.low[run.b[id]!]!, run.high[run.b[id]!]!));
  if (!run.options.system) return run.fault(id, `system register ${run.low[run.a[id]!]} is written`);
  run.options.system.write((run.aux[id]! & 15) as Space, run.low[run.a[id]!]!, bytes, value);
};

// ---- calls ----

function call(run: Run, id: number, symbol: number): number | void {
  const { f, low, high: highs } = run;
  const at = run.b[id]!;
  const callee = run.module.symbols[symbol]!;
  if (!callee.func) return external(run, id, symbol);
  run.enter(symbol, callee.func, id);
  const params = callee.func.params[0]!;
  for (let i = 0; i < params.length; i++) {
    const value = f.extra.at(at + i);
    run.low[params[i]!] = low[value]!;
    run.high[params[i]!] = highs[value]!;
  }
  return callee.func.first[0]!;
}

const callptr: Operation = (run, id) => {
  const at = run.low[run.a[id]!]!;
  const highWord = run.high[run.a[id]!]!;
  const callee = highWord === CODE_HIGH && at % 16 === 0 ? run.module.symbols[at / 16] : undefined;
  if (!callee) return run.fault(id, `a call of 0x${unsigned(at, highWord).toString(16)}, which is no function`);
  if (callee.func && !sameSignature(callee.func.signature, run.module.signatures[run.aux[id]!]!)) {
    run.fault(id, `a call of ${callee.name} by another signature`);
  }
  return call(run, id, at / 16);
};

function external(run: Run, id: number, symbol: number): void {
  const { name } = run.module.symbols[symbol]!;
  const handler = run.options.externals?.[name];
  if (!handler) return run.fault(id, `a call of ${name}, which is not defined here`);
  const signature = run.module.signatures[run.aux[id]!]!;
  const args = signature.params.map((_, index) => run.valueOf(run.f.extra.at(run.b[id]! + index)));
  const answer = handler(args);
  const results = typeof answer === 'bigint' ? [answer] : answer ?? [];
  // The second result goes where `result1` stands if it was asked for: directly after the call.
  signature.results.forEach((_, index) => {
    const into = index === 0 ? id : run.next[id]!;
    run.low[into] = split(results[index] ?? 0n);
    run.high[into] = high;
  });
}

function sameSignature(a: Signature, b: Signature): boolean {
  return a.params.join() === b.params.join() && a.results.join() === b.results.join();
}

// ---- the table ----

const BY_NAME: Record<string, Operation> = {
  nop: () => undefined,
  param: () => undefined,
  iconst: constant,
  fconst: constant,
  symbol: (run, id) => {
    const symbol = run.a[id]!;
    const { memory } = run;
    run.low[id] = add64(memory.symbolLow(symbol), memory.symbolHigh(symbol), run.c[id]!, run.c[id]! >> 31);
    run.high[id] = high;
  },
  slot: (run, id) => {
    run.low[id] = run.frame.slots[run.a[id]!]!;
    run.high[id] = ARENA_HIGH;
  },

  add: integers((a, b) => a + b, add64),
  sub: integers((a, b) => a - b, sub64),
  mul: integers(Math.imul, mul64),
  sdiv: division((a, b) => a / b | 0, (al, ah, bl, bh) => split(signed(al, ah) / signed(bl, bh))),
  udiv: division((a, b) => (a >>> 0) / (b >>> 0), (al, ah, bl, bh) => split(unsigned(al, ah) / unsigned(bl, bh))),
  srem: division((a, b) => a % b, (al, ah, bl, bh) => split(signed(al, ah) % signed(bl, bh))),
  urem: division((a, b) => (a >>> 0) % (b >>> 0), (al, ah, bl, bh) => split(unsigned(al, ah) % unsigned(bl, bh))),
  smulh: integers(smulh32, (al, ah, bl, bh) => split((signed(al, ah) * signed(bl, bh)) >> 64n)),
  umulh: integers(umulh32, (al, ah, bl, bh) => split((unsigned(al, ah) * unsigned(bl, bh)) >> 64n)),
  and: bitwise((a, b) => a & b),
  or: bitwise((a, b) => a | b),
  xor: bitwise((a, b) => a ^ b),
  shl: integers((a, b) => a << b, shl64),
  lshr: integers((a, b) => a >>> b, lshr64),
  ashr: integers((a, b) => a >> b, ashr64),
  rotl: integers((a, b) => (a << b) | (b & 31 ? a >>> -b : 0), rotl64),
  neg: integer((a) => -a, (low, highWord) => sub64(0, 0, low, highWord)),
  not: (run, id) => {
    const a = run.a[id]!;
    run.low[id] = run.type[id] === BOOL ? 1 - run.low[a]! : ~run.low[a]!;
    run.high[id] = ~run.high[a]!;
  },
  clz: integer(Math.clz32, (low, highWord) => words(highWord ? Math.clz32(highWord) : 32 + Math.clz32(low), 0)),
  ctz: integer(ctz32, ctz64),
  popcnt: integer(popcnt32, (low, highWord) => words(popcnt32(low) + popcnt32(highWord), 0)),
  bswap: integer(bswap32, (low, highWord) => words(bswap32(highWord), bswap32(low))),

  icmp: (run, id) => {
    const a = run.a[id]!;
    const b = run.b[id]!;
    const x = run.low[a]!;
    const y = run.low[b]!;
    const narrow = isNarrow(run.type[a]!);
    // Sign-extended words compare like the 32-bit values, signed and unsigned.
    const result = COMPARE[run.aux[id]!]!(x, narrow ? x >> 31 : run.high[a]!, y, narrow ? y >> 31 : run.high[b]!);
    run.low[id] = result ? 1 : 0;
  },
  fcmp: (run, id) => {
    run.low[id] = COMPARE_FLOATS[run.aux[id]!]!(run.float(run.a[id]!), run.float(run.b[id]!)) ? 1 : 0;
  },
  select: (run, id) => {
    const chosen = run.low[run.a[id]!] === 1 ? run.b[id]! : run.c[id]!;
    run.low[id] = run.low[chosen]!;
    run.high[id] = run.high[chosen]!;
  },

  sext: (run, id) => {
    run.low[id] = run.low[run.a[id]!]!;
    run.high[id] = run.low[id]! >> 31;
  },
  zext: (run, id) => {
    run.low[id] = run.low[run.a[id]!]!;
    run.high[id] = 0;
  },
  trunc: (run, id) => {
    const low = run.low[run.a[id]!]!;
    run.low[id] = run.type[id] === BOOL ? low & 1 : low;
  },
  sext8: integer((a) => (a << 24) >> 24, (low) => words((low << 24) >> 24, low << 24 >> 31)),
  sext16: integer((a) => (a << 16) >> 16, (low) => words((low << 16) >> 16, low << 16 >> 31)),
  bitcast: copy,

  fadd: floats((a, b) => a + b),
  fsub: floats((a, b) => a - b),
  fmul: floats((a, b) => a * b),
  fdiv: floats((a, b) => a / b),
  fneg: sign((word) => word ^ 0x80000000),
  fabs: sign((word) => word & 0x7fffffff),
  fsqrt: (run, id) => run.setFloat(id, Math.sqrt(run.float(run.a[id]!))),
  sitof: (run, id) => {
    const a = run.a[id]!;
    const value = run.type[a] === I32 ? BigInt(run.low[a]!) : signed(run.low[a]!, run.high[a]!);
    run.setFloat(id, run.type[id] === F32 ? toFloat32(value) : Number(value));
  },
  uitof: (run, id) => {
    const a = run.a[id]!;
    const value = run.type[a] === I32 ? BigInt(run.low[a]! >>> 0) : unsigned(run.low[a]!, run.high[a]!);
    run.setFloat(id, run.type[id] === F32 ? toFloat32(value) : Number(value));
  },
  ftosi: (run, id) => {
    const least = run.type[id] === I32 ? I32_LEAST : I64_LEAST;
    run.low[id] = split(saturate(run.float(run.a[id]!), least, -least - 1n));
    run.high[id] = high;
  },
  ftoui: (run, id) => {
    const most = (run.type[id] === I32 ? 1n << 32n : 1n << 64n) - 1n;
    run.low[id] = split(saturate(run.float(run.a[id]!), 0n, most));
    run.high[id] = high;
  },
  fpromote: (run, id) => run.setFloat(id, run.float(run.a[id]!)),
  fdemote: (run, id) => run.setFloat(id, run.float(run.a[id]!)),

  ptradd: integers((a) => a, add64),
  load,
  store,
  memcopy,
  memfill,
  sysread,
  syswrite,

  call: (run, id) => call(run, id, run.a[id]!),
  callptr,
  // Its value was set when the call returned.
  result1: () => undefined,
  trapif: (run, id) => {
    if (run.low[run.a[id]!] === 1) run.trap(id, run.aux[id]!);
  },

  jump: (run, id) => run.follow(run.a[id]!),
  brif: (run, id) => run.follow(run.low[run.a[id]!] === 1 ? run.b[id]! : run.c[id]!),
  switch: (run, id) => {
    const a = run.a[id]!;
    const { extra } = run.f;
    const narrow = run.type[a] === I32;
    const at = run.b[id]!;
    for (let row = at + 1; row < at + 1 + 3 * run.c[id]!; row += 3) {
      if (extra.at(row) !== run.low[a] || (!narrow && extra.at(row + 1) !== run.high[a])) continue;
      return run.follow(extra.at(row + 2));
    }
    return run.follow(extra.at(at));
  },
  ret: (run, id) => run.leave(run.b[id]!, run.c[id]!),
  trap: (run, id) => run.trap(id, run.aux[id]!),
};

/** In the order of `Op`. */
export const OPERATIONS: readonly Operation[] = OPS.map((row) => {
  const operation = BY_NAME[row.name];
  if (!operation) throw new Error(`the interpreter does not know ${row.name}`);
  return operation;
});
