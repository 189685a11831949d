import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type MoveSink, ParallelMoves, REMAKE, SLOT } from '../../fluxc/target/machine/moves.ts';

const INT_SCRATCH = 30;
const FLOAT_SCRATCH = 62;

/** Executes moves on a memory of places, each of which starts with its own number. */
class Machine implements MoveSink {
  readonly places = new Map<number, number>();
  steps = 0;
  private slots = 1000;

  constructor(private readonly freeRegister: number) {}

  get(place: number): number {
    return this.places.get(place) ?? place;
  }

  private copy(to: number, from: number): void {
    this.places.set(to, this.get(from));
    this.steps++;
  }

  move(to: number, from: number): void {
    expect(to >> 5).toBe(from >> 5);
    this.copy(to, from);
  }

  spill(slot: number, from: number): void {
    expect(from, 'the scratch register may be needed to reach the slot').not.toBe(INT_SCRATCH);
    expect(from).not.toBe(FLOAT_SCRATCH);
    this.copy(SLOT + slot, from);
  }

  reload(to: number, slot: number): void {
    this.copy(to, SLOT + slot);
  }

  remakeValue(to: number, value: number): void {
    this.copy(to, REMAKE + value);
  }

  freshSlot(): number {
    return this.slots++;
  }

  scratch(cls: number): number {
    return cls === 0 ? INT_SCRATCH : FLOAT_SCRATCH;
  }

  free(cls: number): number {
    return this.freeRegister < 0 ? -1 : this.freeRegister + 32 * cls;
  }

  any(cls: number): number {
    return 32 * cls;
  }
}

type Move = [to: number, from: number, cls: number];

function run(moves: readonly Move[], freeRegister = -1): Machine {
  const parallel = new ParallelMoves();
  for (const [to, from, cls] of moves) parallel.add(to, from, cls);
  const machine = new Machine(freeRegister);
  parallel.resolve(machine);
  expect(parallel.length).toBe(0);
  for (const [to, from] of moves) expect(machine.get(to), `place ${to}`).toBe(from);
  return machine;
}

test('nothing, one move, a move to itself', () => {
  expect(run([]).steps).toBe(0);
  expect(run([[1, 2, 0]]).steps).toBe(1);
  expect(run([[1, 1, 0]]).steps).toBe(0);
});

test('a chain takes no more moves than it has', () => {
  expect(run([[0, 1, 0], [1, 2, 0], [2, 3, 0]]).steps).toBe(3);
  expect(run([[2, 3, 0], [1, 2, 0], [0, 1, 0]]).steps).toBe(3);
});

test('a cycle of registers takes one more, through the scratch register', () => {
  const machine = run([[0, 1, 0], [1, 0, 0]]);
  expect(machine.steps).toBe(3);
  expect(machine.get(INT_SCRATCH)).not.toBe(INT_SCRATCH);
  expect(run([[32, 33, 1], [33, 34, 1], [34, 32, 1]]).steps).toBe(4);
});

test('a cycle does not use a scratch register that is itself a destination', () => {
  run([[0, 1, 0], [1, 0, 0], [INT_SCRATCH, 1, 0]]);
  run([[0, 1, 0], [1, 0, 0], [INT_SCRATCH, 5, 0]]);
});

test('a cycle through spill slots', () => {
  run([[SLOT, SLOT + 1, 0], [SLOT + 1, SLOT, 0]]);
  run([[SLOT, SLOT + 1, 0], [SLOT + 1, SLOT, 0]], 9);
  run([[3, SLOT, 0], [SLOT, 3, 0]]);
});

test('memory to memory leaves every register as it was', () => {
  const machine = run([[SLOT, SLOT + 7, 0], [SLOT + 1, REMAKE + 5, 1]]);
  for (let register = 0; register < 64; register++) expect(machine.get(register)).toBe(register);
});

test('two moves to one place are a mistake', () => {
  const parallel = new ParallelMoves();
  parallel.add(1, 2, 0);
  parallel.add(1, 3, 0);
  expect(() => parallel.resolve(new Machine(-1))).toThrow('location 1');
});

/** Registers 0 to 9 of both classes, slots 0 to 5 (ints) and 10 to 15 (floats), made-again values as sources. */
const place = (cls: number) => fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 9 }).map((register) => register + 32 * cls) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 5 }).map((slot) => SLOT + slot + 10 * cls) },
);
const source = (cls: number) => fc.oneof(
  { weight: 8, arbitrary: place(cls) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }).map((value) => REMAKE + value) },
);
const move = fc.integer({ min: 0, max: 1 }).chain((cls) => fc.tuple(place(cls), source(cls), fc.constant(cls)));

test('any set of moves happens as if at once, and leaves other places alone', () => {
  fc.assert(fc.property(fc.array(move, { maxLength: 25 }), fc.boolean(), (list, hasFree) => {
    const taken = new Set<number>();
    const moves = list.filter(([to]) => !taken.has(to) && taken.add(to));
    const machine = run(moves, hasFree ? 12 : -1);
    for (let register = 0; register < 64; register++) {
      const mayChange = taken.has(register) || register === INT_SCRATCH || register === FLOAT_SCRATCH ||
        (hasFree && (register === 12 || register === 44));
      if (!mayChange) expect(machine.get(register)).toBe(register);
    }
    for (let slot = SLOT; slot < SLOT + 16; slot++) if (!taken.has(slot)) expect(machine.get(slot)).toBe(slot);
  }), { seed: 1, numRuns: 1500 });
});

test('among registers, each cycle that nothing copies from costs one extra move and nothing else does', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 16, maxLength: 16 }), (from) => {
    const moves = from.map((register, to): Move => [to, register, 0]).filter(([to, register]) => to !== register);
    // Cycles of the map `from`: walk it far enough to be in one, then around it.
    const inCycle = new Set<number>();
    let cycles = 0;
    for (let start = 0; start < 16; start++) {
      let at = start;
      for (let i = 0; i < 16; i++) at = from[at]!;
      if (inCycle.has(at)) continue;
      const members: number[] = [];
      for (let next = at; !members.includes(next); next = from[next]!) members.push(next);
      members.forEach((member) => inCycle.add(member));
      const hasOtherReader = from.some((source, to) => members.includes(source) && !members.includes(to));
      if (members.length > 1 && !hasOtherReader) cycles++;
    }
    const { steps } = run(moves);
    expect(steps).toBe(moves.length + cycles);
  }), { seed: 2, numRuns: 1000 });
});
