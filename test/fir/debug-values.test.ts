/** What is known of variables stays true when instructions, blocks and slots go, move and are copied. */
import { describe, expect, it } from 'vitest';
import { DebugValues, type Piece, startOf, type Variable } from '../../fluxc/fir/debug-values.ts';
import { Func } from '../../fluxc/fir/function.ts';
import { Op } from '../../fluxc/fir/ops.ts';
import { Type } from '../../fluxc/fir/types.ts';

const BODY = { start: 10, end: 90 };

function variable(name: string, ...pieces: Piece[]): Variable {
  return { name, type: {}, isParameter: false, loc: 11, scope: BODY, site: 0, pieces };
}

function debugOf(symbol: string, ...variables: Variable[]): DebugValues {
  const debug = new DebugValues(symbol, 5, BODY);
  debug.variables.push(...variables);
  return debug;
}

const slot = (number: number, bytes = 8): Piece => ({ offset: 0, bytes, source: { kind: 'slot', slot: number, at: 0 } });
const tracked = (): Piece => ({ offset: 0, bytes: 8, source: { kind: 'tracked' } });

describe('values', () => {
  it('what replaces a value replaces it in variables, through several steps', () => {
    const debug = debugOf('f');
    debug.replace(3, 4);
    debug.replace(4, 9);
    expect([debug.find(3), debug.find(4), debug.find(9), debug.find(7)]).toEqual([9, 9, 9, 7]);
    debug.lose(9);
    expect(debug.find(3)).toBe(0);
  });
});

describe('slots', () => {
  it('follow their numbers, and are lost when they go', () => {
    const [a, b] = [variable('a', slot(0)), variable('b', slot(2))];
    debugOf('f', a, b).renumberSlots([-1, 0, 1]);
    expect(a.pieces[0]!.source).toEqual({ kind: 'lost' });
    expect(b.pieces[0]!.source).toEqual({ kind: 'slot', slot: 1, at: 0 });
  });

  it('become a piece for each field that fits', () => {
    const point = variable('point', slot(1, 12));
    const made = debugOf('f', point).promote(1, [{ offset: 0, bytes: 4 }, { offset: 8, bytes: 8 }]);
    expect(point.pieces.map(({ offset, bytes, source }) => [offset, bytes, source.kind])).toEqual([[0, 4, 'tracked'], [8, 4, 'tracked']]);
    expect(made).toEqual([[point.pieces[0]], [point.pieces[1]]]);
  });
});

describe('bindings', () => {
  it('stay where they stood when their instruction goes, behind what is bound there already', () => {
    const f = new Func('f', { params: [], results: [] });
    const block = f.addBlock();
    const [first, second] = [f.iconst(block, Type.I32, 1), f.iconst(block, Type.I32, 2)];
    f.ret(block);
    const piece = tracked();
    f.debug = debugOf('f', variable('x', piece));
    f.debug.bind(startOf(block), [piece], 5);
    f.debug.bind(first, [piece], 6);
    f.debug.bind(second, [piece], 7);
    f.remove(second);
    expect(f.debug.bindings.get(first)!.map(({ value }) => value)).toEqual([6, 7]);
    f.remove(first);
    expect([...f.debug.bindings]).toEqual([[startOf(block), [5, 6, 7].map((value) => ({ piece, value }))]]);
  });

  it('go with what moves to another block', () => {
    const f = new Func('f', { params: [], results: [] });
    const [from, to] = [f.addBlock(), f.addBlock()];
    const moved = f.iconst(from, Type.I32, 1);
    const piece = tracked();
    f.debug = debugOf('f', variable('x', piece));
    f.debug.bind(moved, [piece], moved);
    f.detach(moved);
    f.place(moved, to);
    expect([...f.debug.bindings.keys()]).toEqual([moved]);
  });

  it('of a block that is skipped make what they bind unknown, ahead of what is bound there', () => {
    const f = new Func('f', { params: [], results: [] });
    const [skipped, target] = [f.addBlock(), f.addBlock()];
    const id = f.append(skipped, Op.Iconst, Type.I32, 1);
    const [x, y] = [tracked(), tracked()];
    f.debug = debugOf('f', variable('x', x), variable('y', y));
    f.debug.bind(id, [x], id);
    f.debug.bind(startOf(target), [x], 8);
    f.skip(skipped, target);
    expect(f.debug.bindings.get(startOf(target))).toEqual([{ piece: x, value: 0 }, { piece: x, value: 8 }]);
  });
});

describe('inlining', () => {
  it('brings variables, bindings and sites along, with the values of the caller', () => {
    const piece = tracked();
    const callee = debugOf(
      'g', variable('v', { offset: 0, bytes: 4, source: { kind: 'value', value: 3 } }), variable('s', slot(1)), variable('t', piece),
      variable('gone', { offset: 0, bytes: 4, source: { kind: 'value', value: 99 } }),
    );
    callee.bind(7, [piece], 3);
    callee.bind(startOf(2), [piece], 4);
    callee.bind(startOf(5), [piece], 4);
    const caller = debugOf('f');
    const first = caller.adopt(callee, 0, 33, {
      value: (value) => ({ 3: 30, 4: 40 })[value] ?? 0,
      key: (key) => (key === 7 ? 70 : key === startOf(2) ? startOf(20) : null),
      firstSlot: 10,
    });
    expect(first).toBe(1);
    expect(caller.sites[1]).toEqual({ symbol: 'g', loc: 5, body: BODY, parent: 0, call: 33 });
    expect(caller.variables.map(({ name, site, pieces }) => [name, site, pieces[0]!.source])).toEqual([
      ['v', 1, { kind: 'value', value: 30 }], ['s', 1, { kind: 'slot', slot: 11, at: 0 }], ['t', 1, { kind: 'tracked' }], ['gone', 1, { kind: 'lost' }],
    ]);
    const own = caller.variables[2]!.pieces[0]!;
    expect([...caller.bindings]).toEqual([[70, [{ piece: own, value: 30 }]], [startOf(20), [{ piece: own, value: 40 }]]]);
    expect(own).not.toBe(piece);
  });
});
