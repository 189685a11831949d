import { describe, expect, it } from 'vitest';
import type { Func } from '../../fluxc/fir/function.ts';
import type { Module } from '../../fluxc/fir/module.ts';
import { Op, OPS } from '../../fluxc/fir/ops.ts';
import { Type } from '../../fluxc/fir/types.ts';
import { verifyModule } from '../../fluxc/fir/verify.ts';
import { EVERYTHING } from './everything.ts';
import { firModule } from './text.ts';

function check(text: string, legalised = false): string[] {
  return verifyModule(firModule(text), { legalised });
}

/** `line` in a function that has values v0 (i32), v1 (i64), v2 (bool), v3 (f32), v4 (f64), v5 (ptr). */
function line(text: string): string[] {
  return check(`data @d size 8 align 8
fn @two(i32) -> i64, i64 {
block0(v0: i32):
  trap explicit
}
fn @f(i32, i64, bool, f32, f64, ptr) {
  slot0: size 8 align 8
block0(v0: i32, v1: i64, v2: bool, v3: f32, v4: f64, v5: ptr):
  ${text}
  ret
}`);
}

describe('sound FIR', () => {
  it('has every operation in the example that passes', () => {
    const module = firModule(EVERYTHING);
    const used = new Set<number>();
    for (const f of module.functions()) {
      for (const block of f.layout) {
        if (f.params[block]!.length > 0) used.add(Op.Param);
        for (let id = f.first[block]!; id; id = f.next[id]!) used.add(f.op[id]!);
      }
    }
    expect(OPS.filter((_, op) => !used.has(op)).map((row) => row.name)).toEqual([]);
    expect(verifyModule(module)).toEqual([]);
  });

  it('may use a value before its definition stands in the layout', () => {
    expect(check(`fn @f() -> i64 {
block0:
  jump block2
block1:
  ret v0
block2:
  v0 = iconst.i64 1
  jump block1
}`)).toEqual([]);
  });
});

describe('types', () => {
  it.each([
    ['v9 = add.i64 v0, v1', 'operand 2 is i64, not i32'],
    ['v9 = add.f32 v3, v3', 'operand 1 is f32, not int'],
    ['v9 = add.i32 v1, v1', 'the result is i32, not i64'],
    ['v9 = fadd.f64 v4, v3', 'operand 2 is f32, not f64'],
    ['v9 = and.f32 v3, v3', 'operand 1 is f32, not bits'],
    ['v9 = select.i64 v0, v1, v1', 'operand 1 is i32, not bool'],
    ['v9 = icmp.eq v0, v1', 'operand 2 is i64, not i32'],
    ['v9 = icmp.ult v2, v2', 'bools compare with eq and ne only'],
    ['v9 = fcmp.lt v0, v0', 'operand 1 is i32, not float'],
    ['v9 = sext.i64 v2', 'operand 1 is bool, not i32'],
    ['v9 = zext.i32 v0', 'zext goes from i32 or bool to a wider type'],
    ['v9 = trunc.i32 v0', 'trunc goes to a narrower type'],
    ['v9 = bitcast.i32 v1', 'bitcast keeps the width; bool has none'],
    ['v9 = ptradd.ptr v5, v0', 'operand 2 is i32, not i64'],
    ['v9 = load.u8.f32 v5', 'a value of type f32 has no access u8'],
    ['v9 = load.64.i32 v5', 'a value of type i32 has no access 64'],
    ['v9 = load.u8.i32 v1', 'operand 1 is i64, not ptr'],
    ['store.f64 v5, v3', 'a value of type f32 has no access f64'],
    ['store.bool v5, v0', 'a value of type i32 has no access bool'],
    ['memcopy v5, v5, v0', 'operand 3 is i32, not i64'],
    ['v9 = sysread.csr.8.i32 v0', 'a register of 8 bytes is no i32'],
    ['v9 = iconst.f32 1', 'the result is f32, not integral'],
    ['v9 = fconst.i32 1.0', 'the result is i32, not float'],
    ['v9 = slot.i64 slot0', 'the result is i64, not ptr'],
    ['v9 = symbol.i64 @d', 'the result is i64, not address'],
    ['trapif v0, explicit', 'operand 1 is i32, not bool'],
    ['trapif v2, 77', 'there is no trap code 77'],
    ['call @two(v0) : (i32)', 'the function called has another signature'],
    ['call @d() : ()', 'data cannot be called'],
    ['v9 = call @two() : (i32) -> i64, i64', '0 arguments, the signature has 1'],
    ['v9 = call @two(v1) : (i32) -> i64, i64', 'number 1 of the arguments is i64, not i32'],
    ['callptr v1() : ()', 'operand 1 is i64, not address'],
    ['v9 = result1.i64 v1', 'result1 stands directly after its call'],
    ['v9 = call @two(v0) : (i32) -> i64, i64\n  v8 = result1.i32 v9', 'the second result is i64'],
    ['v9 = call @two(v0) : (i32) -> i64, i64\n  nop\n  v8 = result1.i64 v9', 'result1 stands directly after its call'],
    ['switch v4, block1 []\nblock1:', 'operand 1 is f64, not int'],
    ['switch v0, block1 [1: block1, 4294967297: block1]\nblock1:', 'case 2 stands twice'],
    ['jump block1(v0)\nblock1(v9: i64):', 'number 1 of the edge arguments is i32, not i64'],
    ['jump block1\nblock1(v9: i64):', '0 edge arguments, the block has 1'],
    ['ret v0\nblock1:', '1 results, the signature has 0'],
  ])('%s', (text, message) => {
    const messages = line(text);
    expect(messages.map((found) => found.slice(found.lastIndexOf('`') + 3))).toContain(message);
  });

  it('names the place', () => {
    expect(line('v9 = add.i64 v1, v0')).toEqual(['@f, block0, `v6 = add.i64 v1, v0`: operand 2 is i32, not i64']);
  });

  it('allows value types only in signatures', () => {
    const messages = check('fn @f(i8) -> void {\nblock0(v0: i8):\n  ret v0\n}');
    expect(messages[0]).toContain('i8 cannot be a parameter or result');
  });
});

describe('dominance', () => {
  it('finds a use that a path reaches around the definition', () => {
    expect(check(`fn @f(bool) -> i64 {
block0(v0: bool):
  brif v0, block1, block2
block1:
  v1 = iconst.i64 1
  jump block2
block2:
  ret v1
}`)).toEqual(['@f, block2, `ret v1`: v1 is not defined on every path to here']);
  });

  it('finds a use before the definition, and of itself', () => {
    expect(check('fn @f() {\nblock0:\n  v0 = neg.i64 v1\n  v1 = neg.i64 v1\n  ret\n}')).toEqual([
      '@f, block0, `v0 = neg.i64 v1`: v1 is not defined on every path to here',
      '@f, block0, `v1 = neg.i64 v1`: v1 is not defined on every path to here',
    ]);
  });

  it('follows edge arguments to the block they leave from', () => {
    expect(check(`fn @f() {
block0:
  jump block1(v1)
block1(v0: i64):
  v1 = neg.i64 v0
  jump block1(v1)
}`)).toEqual(['@f, block0, `jump block1(v1)`: v1 is not defined on every path to here']);
  });
});

describe('structure', () => {
  const text = `fn @f(i64) -> i64 {
  slot0: size 8 align 8
block0(v0: i64):
  v1 = neg.i64 v0
  jump block1(v1)
block1(v2: i64):
  ret v2
}`;
  const insert = (f: Func, id: number) => f.placeBefore(id, f.last[1]!);
  it.each<[string, (f: Func, module: Module) => void, RegExp]>([
    ['a block without terminator', (f) => f.remove(f.last[1]!), /block 1: it does not end in a terminator/],
    ['a terminator in the middle', (f) => insert(f, f.make(Op.Trap, Type.Void)), /a terminator before the end/],
    ['an edge to block 0', (f) => void (f.extra.data[f.a[f.last[0]!]!] = 0), /an edge leads to block 0/],
    ['an edge to nowhere', (f) => void (f.extra.data[f.a[f.last[0]!]!] = 9), /block 9, which is not in the layout/],
    ['an edge outside the pool', (f) => void (f.a[f.last[0]!] = 1 << 20), /outside the pool/],
    ['a list outside the pool', (f) => void (f.c[f.last[1]!] = 1 << 20), /outside the pool/],
    ['an operand that does not exist', (f) => void (f.a[f.first[0]!] = 99), /uses value 99/],
    ['an operand that was removed', (f) => f.remove(f.first[0]!), /an operand stands in no block/],
    ['an instruction that stands twice', (f) => void (f.next[f.last[0]!] = f.first[0]!), /stands twice/],
    ['a wrong link back', (f) => void (f.prev[f.last[0]!] = 0), /linked wrongly/],
    ['a wrong last instruction', (f) => void (f.last[0] = f.first[0]!), /./],
    ['a layout without block 0', (f) => void f.layout.reverse(), /must start with block 0/],
    ['a layout with a block twice', (f) => void f.layout.push(1), /twice in the layout/],
    ['a layout with a block that is none', (f) => void f.layout.push(7), /does not exist/],
    ['a parameter that is none', (f) => void (f.params[1]![0] = f.first[0]!), /is not a `param 0`/],
    ['parameters unlike the signature', (f) => void f.addParam(0, Type.I32), /not those of the signature/],
    ['an operation that is none', (f) => void (f.op[f.first[0]!] = 200), /operation 200/],
    ['a slot that is none', (f) => insert(f, f.make(Op.Slot, Type.Ptr, 4)), /no such slot/],
    ['a symbol that is none', (f) => insert(f, f.make(Op.Symbol, Type.Ptr, 4)), /no such symbol/],
    ['an i32 with a wrong high word', (f) => insert(f, f.make(Op.Iconst, Type.I32, 1, 1)), /sign of the low one/],
    ['a bool of 2', (f) => insert(f, f.make(Op.Iconst, Type.Bool, 2)), /a bool is 0 or 1/],
    ['a slot with a wrong alignment', (f) => void (f.slots[0]!.align = 3), /slot0 has size 8 and alignment 3/],
    ['a symbol without its content', (_, module) => void (module.symbols[0]!.func = null), /its kind and its content/],
    ['a reference outside its object', (_, module) => void module.defineData('d', {
      bytes: null, size: 8, align: 8, writable: false, references: [{ offset: 4, symbol: 0, addend: 0 }],
    }, 0), /reference at 4 is outside/],
  ])('%s', (_, damage, message) => {
    const module = firModule(text);
    expect(verifyModule(module)).toEqual([]);
    damage(module.symbols[0]!.func!, module);
    expect(verifyModule(module).join('\n')).toMatch(message);
  });

  it('says at most as much as asked for', () => {
    const many = Array.from({ length: 50 }, (_, n) => `  v${n + 1} = neg.i32 v0`).join('\n');
    const module = firModule(`fn @f(i64) {\nblock0(v0: i64):\n${many}\n  ret\n}`);
    expect(verifyModule(module).length).toBe(20);
    expect(verifyModule(module, { limit: 3 }).length).toBe(3);
  });
});

describe('legalised FIR', () => {
  it.each([
    ['an edge argument on brif', 'brif v0, block1(v1), block2', 'only jump passes edge arguments'],
    ['an unchecked division', 'v5 = sdiv.i64 v1, v1\n  jump block1(v1)', 'its divisor should have been checked before'],
    ['a memfill', 'memfill v2, v3, v1\n  jump block1(v1)', 'it should have been expanded'],
  ])('has no %s', (_, end, message) => {
    const text = `fn @f(bool, i64, ptr, i32) -> i64 {
block0(v0: bool, v1: i64, v2: ptr, v3: i32):
  ${end}
block1(v4: i64):
  ret v4
block2:
  ret v1
}`;
    expect(check(text)).toEqual([]);
    expect(check(text, true).join('\n')).toContain(message);
  });

  it('has constants where they are used, blocks behind their dominators, and no unreachable ones', () => {
    const text = `fn @f() -> i64 {
block0:
  v0 = iconst.i64 1
  jump block2
block1:
  ret v0
block2:
  jump block1
block3:
  trap explicit
}`;
    expect(check(text)).toEqual([]);
    expect(check(text, true)).toEqual([
      '@f, block 1: it stands before its dominator',
      '@f, block1, `ret v0`: a constant stands in another block',
      '@f, block 3: no path leads to it',
    ]);
  });
});
