/**
 * The assembler of `asm riscv64` blocks, in the syntax of GNU as: text of one block in, one atom out.
 *
 * The block is assembled in passes until no label moves: each pass knows the labels as the one before left them, and a
 * branch that does not reach takes its next longer form and keeps it. Only the last pass reports. Instructions shrink
 * to their compressed forms where one fits, except between `.option norvc` and `.option rvc`, and except those whose
 * fields the linker fills.
 */
import type { Loc } from '../../base/source.ts';
import { encodeUtf8 } from '../../base/utf8.ts';
import type { Diagnostics } from '../../diagnostics/diagnostic.ts';
import { type Module, SymbolKind } from '../../fir/module.ts';
import {
  ABSOLUTE, AssemblyError, escapedCode, HERE, type Names, type Range, Scanner, splitStatements, type Statement, Token,
  type Value,
} from '../arm64/assembly-text.ts';
import type { Atom, Relocation as AtomRelocation } from '../machine/atom.ts';
import { materialise, materialise32 } from './constants.ts';
import { CSR_NAMES, csrByName } from './csr-names.ts';
import { DYNAMIC, ROUNDING_MODES } from './disassembler.ts';
import { compress, encode, encodeCompressed, immediateFits, noFields } from './encode.ts';
import {
  ALIASES, COMPRESSED, type CompressedForm, type Fields, type Form, form, FORMS, LAYOUTS, operandField,
} from './forms.ts';
import { type Item, type NameItem, readItems, type ValueItem } from './operands.ts';
import { RA, T1 } from './registers.ts';
import { lower12, relocate, Relocation, upper20 } from './relocations.ts';

/** A spelling of a form: its operands, and what is fixed. */
interface Spelling {
  form: Form;
  operands: readonly string[];
  fixed: Partial<Fields>;
  sameSources: boolean;
  /** the row that `c.` mnemonics ask for */
  compressed: CompressedForm | null;
}

const SPELLINGS = new Map<string, Spelling[]>();

function addSpelling(name: string, spelling: Spelling): void {
  const known = SPELLINGS.get(name);
  if (known) known.push(spelling);
  else SPELLINGS.set(name, [spelling]);
}

for (const row of FORMS) {
  addSpelling(row.name, { form: row, operands: row.operands, fixed: {}, sameSources: false, compressed: null });
}
for (const { name, base, operands, fixed, sameSources } of ALIASES) {
  addSpelling(name, { form: base, operands, fixed, sameSources, compressed: null });
}
for (const row of COMPRESSED) {
  if (row.encodeOnly) continue;
  const fixed: Partial<Fields> = {};
  for (const field of ['rd', 'rs1', 'rs2'] as const) {
    const place = row.places[field];
    if (typeof place === 'number') fixed[field] = place;
  }
  addSpelling(row.name, { form: row.base, operands: row.operands, fixed, sameSources: false, compressed: row });
}

/** Bytes of each item of a data directive. */
const DATA_BYTES: Record<string, number> = {
  '.byte': 1, '.half': 2, '.2byte': 2, '.short': 2, '.word': 4, '.long': 4, '.4byte': 4, '.quad': 8, '.8byte': 8,
  '.dword': 8,
};
const DIRECTIVES = [
  ...Object.keys(DATA_BYTES), '.ascii', '.asciz', '.string', '.align', '.p2align', '.balign', '.zero', '.skip', '.space',
  '.global', '.globl', '.set', '.equ', '.option',
];

const NOP = form('addi').match | 0;
const COMPRESSED_NOP = 0x0001;
/** flips the condition of a branch */
const INVERT_BRANCH = 0x1000;
const MAX_PASSES = 60;
/** bytes that one directive may reserve */
const MAX_RESERVE = 1 << 24;

/** Sizes of branches: compressed, one instruction, inverted branch around a jump. */
const enum Reach { Compressed, Medium, Long }

/** See `Target.assemble`. */
export function assemble(text: string, loc: Loc, module: Module, diagnostics: Diagnostics): Atom | null {
  return new Assembly(text, loc, module, diagnostics).run();
}

class Assembly implements Names {
  private readonly text: string;
  private readonly statements: Statement[];
  private statement!: Statement;
  private index = 0;

  /** index of each named label's statement, and its place as the pass before left it */
  private readonly labels = new Map<string, number>();
  /** statement indexes of each numeric label, ascending */
  private readonly numeric = new Map<string, number[]>();
  private places: Int32Array;
  private readonly reaches: Uint8Array;
  private moved = false;
  private final = false;

  private bytes: number[] = [];
  private relocations: AtomRelocation[] = [];
  private lines: number[] = [];
  private align = 2;
  private compressing = true;
  private options: boolean[] = [];
  private constants = new Map<string, Value>();
  private readonly globals = new Map<string, Range>();
  /** by place of an auipc: what its %pcrel_hi named */
  private pcrel = new Map<number, Value>();
  private ownSymbol = -2;

  constructor(
    source: string,
    private readonly loc: Loc,
    private readonly module: Module,
    private readonly diagnostics: Diagnostics,
  ) {
    const { text, statements } = splitStatements(source, true);
    this.text = text;
    this.statements = statements;
    this.places = new Int32Array(statements.length);
    this.reaches = new Uint8Array(statements.length);
  }

  run(): Atom | null {
    const errorsBefore = this.diagnostics.list.length;
    this.collectLabels();
    let passes = 0;
    do {
      this.moved = false;
      this.pass();
    } while (this.moved && ++passes < MAX_PASSES);
    this.final = true;
    this.pass();
    const { module } = this;
    const labels: [number, number][] = [];
    for (const [name, range] of this.globals) {
      const statement = this.labels.get(name);
      if (statement === undefined) this.report('FX0504', range, `\`${name}\``, 'a label of this block');
      else labels.push([module.symbol(name), this.places[statement]!]);
    }
    for (let i = errorsBefore; i < this.diagnostics.list.length; i++) {
      if (this.diagnostics.list[i]!.severity === 'error') return null;
    }
    const bytes = Uint8Array.from(this.bytes);
    return {
      symbol: Math.max(this.own(), -1), section: '.text', align: this.align, bytes, size: bytes.length,
      relocations: this.relocations, lines: this.lines, traps: [], labels,
    };
  }

  // ---- names ----

  value(name: string): Value {
    const constant = this.constants.get(name);
    if (constant) return constant;
    const statement = this.labels.get(name);
    if (statement !== undefined) return this.placeOf(statement);
    return { base: this.module.symbol(name), number: 0n };
  }

  numeric_(digits: string, forward: boolean): number {
    const places = this.numeric.get(digits) ?? [];
    if (forward) return places.find((statement) => statement > this.index) ?? -1;
    for (let i = places.length - 1; i >= 0; i--) if (places[i]! <= this.index) return places[i]!;
    return -1;
  }
