/**
 * The back end in one place: a FIR module in, atoms for the linker out.
 *
 * A function goes through selection, register allocation and emission; a data object becomes bytes with address
 * relocations; an assembly block goes to the target's assembler. Input is legalised FIR (`fir/passes/pipeline.ts`);
 * atoms come in symbol order, and external symbols have none.
 */
import type { Diagnostics } from '../../diagnostics/diagnostic.ts';
import type { Func } from '../../fir/function.ts';
import { type Data, type Module, type Symbol, SymbolKind } from '../../fir/module.ts';
import { allocate } from './allocate.ts';
import { checkAllocation, snapshot } from './allocation-check.ts';
import { type Atom, FrameState } from './atom.ts';
import { CodeBuffer } from './code-buffer.ts';
import type { CodeLibrary } from './code-library.ts';
import { copyDispatch } from './copy-dispatch.ts';
import { finalBlocks } from './empty-blocks.ts';
import { following, Framed, frameRegion, partReturns } from './frame-region.ts';
import { threadJumps } from './jump-threading.ts';
import type { MachineFunction } from './machine-function.ts';
import { Selector } from './selector.ts';
import type { Target } from './target.ts';
import { VariablePlaces } from './variable-places.ts';

export interface GenerateOptions {
  /** prove every register allocation; throws if one is wrong */
  check?: boolean;
  /** sees each function after selection and after allocation */
  dump?: (stage: 'selected' | 'allocated', machine: MachineFunction) => void;
  /** code that is made already; changes nothing about what comes out */
  library?: CodeLibrary;
}

/** Machine code and data of every symbol that `module` defines. Errors in assembly blocks are reported. */
export function generate(
  module: Module, target: Target, diagnostics: Diagnostics, options: GenerateOptions = {},
): Atom[] {
  const atoms: Atom[] = [];
  module.symbols.forEach((symbol, index) => {
    const make = () => generateSymbol(symbol, module, target, diagnostics, options);
    const isCode = symbol.kind === SymbolKind.Function || symbol.kind === SymbolKind.Assembly;
    const atom = isCode && options.library ? options.library.atom(symbol, module, target.name, make) : make();
    if (!atom) return;
    atom.symbol = index;
    if (symbol.section !== '') atom.section = symbol.section;
    atoms.push(atom);
  });
  return atoms;
}

function generateSymbol(
  symbol: Symbol, module: Module, target: Target, diagnostics: Diagnostics, options: GenerateOptions,
): Atom | null {
  switch (symbol.kind) {
    case SymbolKind.Function: return generateFunction(symbol.func!, module, target, options);
    case SymbolKind.Data: return dataAtom(symbol.data!, target);
    case SymbolKind.Assembly: return target.assemble(symbol.assembly!.text, symbol.assembly!.loc, module, diagnostics);
    case SymbolKind.External: return null;
  }
}

/** Machine code of one function. The atom's symbol is the function's, -1 if the module does not name it. */
export function generateFunction(func: Func, module: Module, target: Target, options: GenerateOptions = {}): Atom {
  const selector = new Selector(func, module, target);
  const machine = selector.run();
  options.dump?.('selected', machine);
  const before = options.check || func.debug ? snapshot(machine) : null;
  allocate(machine, target);
  if (options.check) checkAllocation(before!, machine, target);
  const places = func.debug && new VariablePlaces(func, module, machine, before!, target, (value) => selector.registerOf(value));
  options.dump?.('allocated', machine);
  threadJumps(machine, target);
  partReturns(machine, target);
  copyDispatch(machine, target);
  const out = emitMachine(machine, target);
  return {
    symbol: module.find(func.name) ?? -1,
    section: '.text',
    align: target.functionAlign,
    bytes: out.finished(),
    size: out.length,
    relocations: out.relocations.slice(),
    lines: out.lines.slice(),
    frames: out.frames.slice(),
    saved: machine.frame ? machine.savedRegisters.flatMap((register) => [register, machine.frame!.savedOffset(register)]) : [],
    places: places?.located(out),
    traps: out.traps.slice(),
    labels: [],
  };
}

/** Writes an allocated function: prologue, blocks in the order of the layout without those that only jump, traps. */
export function emitMachine(machine: MachineFunction, target: Target): CodeBuffer {
  const out = new CodeBuffer(machine.successors.length);
  const final = target.branches ? machine.successors.map((_, block) => block) : finalBlocks(machine);
  const layout = machine.layout.filter((block) => final[block] === block);
  const labels: number[][] = machine.successors.map(() => []);
  for (const block of machine.layout) labels[final[block]!]!.push(block);
  const framed = frameRegion(machine, target, layout, following(machine, layout));
  const write = () => {
    out.line(machine.loc0);
    for (let i = 0; i < layout.length; i++) {
      const block = layout[i]!;
      const begins = framed[block] === Framed.Begins && !machine.naked;
      machine.hasFrame = framed[block] !== Framed.No;
      out.withoutFrame = !machine.hasFrame && !machine.naked;
      out.frame(machine.hasFrame && !begins && !machine.naked ? FrameState.Whole : FrameState.None);
      // Whoever comes back to the entry has its frame already; all other blocks are reached without it.
      if (begins && i === 0) target.emitPrologue(machine, out);
      const following = i + 1 < layout.length ? layout[i + 1]! : -1;
      // What comes next is called by the name that the block's branches know it by.
      const next = machine.successors[block]!.find((successor) => final[successor] === following) ?? following;
      for (const label of labels[block]!) out.bind(label);
      if (begins && i > 0) target.emitPrologue(machine, out);
      for (let k = machine.start[block]!; k < machine.end[block]!; k++) {
        const id = machine.order[k]!;
        out.line(machine.loc[id]!);
        if (machine.origin) out.marks.push(out.length, id);
        target.emit(machine, id, out, next);
      }
    }
  };
  out.emitUntilStable(
    write,
    (code) => target.emitTrap(out, code),
    (bytes, position, kind, distance) => target.patch(bytes, position, kind, distance),
    () => target.emitRecord?.(out),
  );
  return out;
}

function dataAtom(data: Data, target: Target): Atom {
  const zero = data.bytes === null && data.references.length === 0;
  const section = !data.writable ? '.rodata' : zero ? '.bss' : '.data';
  let bytes = data.bytes ?? new Uint8Array(section === '.bss' ? 0 : data.size);
  if (section !== '.bss' && bytes.length < data.size) {
    const padded = new Uint8Array(data.size);
    padded.set(bytes);
    bytes = padded;
  }
  return {
    symbol: -1,
    section,
    align: Math.max(data.align, 1),
    bytes,
    size: Math.max(data.size, bytes.length),
    relocations: data.references.map((reference) => ({ kind: target.absolute64, ...reference })),
    lines: [],
    traps: [],
    labels: [],
  };
}
