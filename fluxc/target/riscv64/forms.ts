/**
 * THE encoding table of RV64GC: one row an instruction form. Encoder, assembler, disassembler, compression and the
 * emitter read it; nothing else knows a bit pattern.
 *
 * A base row is a mnemonic, its fixed bits, its operands in assembly order and the layout of its immediate. Register
 * fields of base instructions always stand in the same places (RISC-V ISA manual, volume I, section 2.2). A compressed
 * row says which base row it shortens and where the base row's fields stand in the half word. An alias is another
 * spelling of a base row with some fields fixed.
 *
 * Operands: `rd rs1 rs2` integer registers, `fd fs1 fs2 fs3` float registers, `imm`, `imm(rs1)` and `(rs1)` memory,
 * `label` a branch target, `csr`, `zimm` (five bits in the place of rs1), `rm` (optional rounding mode), `pred` and
 * `succ`.
 */

/** The fields of any instruction of either length; registers 0 to 31 without their class. */
export interface Fields {
  rd: number;
  rs1: number;
  rs2: number;
  rs3: number;
  /** as the assembly shows it; a CSR number or a fence set as well */
  imm: number;
  rm: number;
}
export type RegisterField = 'rd' | 'rs1' | 'rs2' | 'rs3';

export interface Layout {
  /** bits of the immediate: (place in the instruction, lowest bit of the immediate, count) */
  pieces: readonly (readonly [at: number, from: number, count: number])[];
  min: number;
  max: number;
  /** the immediate is a multiple of this */
  step: number;
  nonZero: boolean;
}

function layout(bits: number, signed: boolean, pieces: Layout['pieces'], step = 1, nonZero = false): Layout {
  const min = signed ? -(2 ** (bits - 1)) : 0;
  return { pieces, min, max: min + 2 ** bits - step, step, nonZero };
}

export const LAYOUTS = {
  none: layout(0, false, []),
  I: layout(12, true, [[20, 0, 12]]),
  S: layout(12, true, [[7, 0, 5], [25, 5, 7]]),
  B: layout(13, true, [[8, 1, 4], [25, 5, 6], [7, 11, 1], [31, 12, 1]], 2),
  U: layout(20, false, [[12, 0, 20]]),
  J: layout(21, true, [[21, 1, 10], [20, 11, 1], [12, 12, 8], [31, 20, 1]], 2),
  shift6: layout(6, false, [[20, 0, 6]]),
  shift5: layout(5, false, [[20, 0, 5]]),
  csr: layout(12, false, [[20, 0, 12]]),
  fence: layout(8, false, [[20, 0, 8]]),
  CI: layout(6, true, [[2, 0, 5], [12, 5, 1]]),
  CInonZero: layout(6, true, [[2, 0, 5], [12, 5, 1]], 1, true),
  CIshift: layout(6, false, [[2, 0, 5], [12, 5, 1]], 1, true),
  CIstack: layout(10, true, [[6, 4, 1], [2, 5, 1], [5, 6, 1], [3, 7, 2], [12, 9, 1]], 16, true),
  CIload4: layout(8, false, [[4, 2, 3], [12, 5, 1], [2, 6, 2]], 4),
  CIload8: layout(9, false, [[5, 3, 2], [12, 5, 1], [2, 6, 3]], 8),
  CSS4: layout(8, false, [[9, 2, 4], [7, 6, 2]], 4),
  CSS8: layout(9, false, [[10, 3, 3], [7, 6, 3]], 8),
  CIW: layout(10, false, [[6, 2, 1], [5, 3, 1], [11, 4, 2], [7, 6, 4]], 4, true),
  CL4: layout(7, false, [[6, 2, 1], [10, 3, 3], [5, 6, 1]], 4),
  CL8: layout(8, false, [[10, 3, 3], [5, 6, 2]], 8),
  CB: layout(9, true, [[3, 1, 2], [10, 3, 2], [2, 5, 1], [5, 6, 2], [12, 8, 1]], 2),
  CJ: layout(12, true, [[3, 1, 3], [11, 4, 1], [2, 5, 1], [7, 6, 1], [6, 7, 1], [9, 8, 2], [8, 10, 1], [12, 11, 1]], 2),
} as const;
export type LayoutName = keyof typeof LAYOUTS;

export interface Form {
  index: number;
  name: string;
  /** fixed bits; 32 of them, or 16 if compressed */
  match: number;
  mask: number;
  operands: readonly string[];
  /** register fields in the order of the operands, and the class of each */
  registers: readonly { field: RegisterField; isFloat: boolean }[];
  layout: Layout;
  layoutName: LayoutName;
  /** rs1 and rs2 may change places: compression tries both */
  commutative: boolean;
  /** compressed rows that shorten this base row */
  shorter: CompressedForm[];
  /** other spellings that the disassembler prefers */
  aliases: Alias[];
}

/**
 * Where a compressed row keeps a register field of its base row: `r7`, `r2` five bits there; `p7`, `p2` three bits for
 * registers 8 to 15; `!` for "never zero"; a number for a fixed register.
 */
type Place = 'r7' | 'r7!' | 'r2' | 'r2!' | 'p7' | 'p2' | number;

export interface CompressedForm {
  name: string;
  match: number;
  mask: number;
  base: Form;
  operands: readonly string[];
  places: Partial<Record<RegisterField, Place>>;
  layout: Layout;
  layoutName: LayoutName;
  /** a value that the register in `r7` may not have */
  exceptRegister: number;
  /** only for encoding: its bits are decoded as another row */
  encodeOnly: boolean;
}

export interface Alias {
  name: string;
  base: Form;
  operands: readonly string[];
  /** fields with fixed values */
  fixed: Partial<Fields>;
  /** rs2 is a copy of rs1 (`fmv.s` is `fsgnj.s` with one source) */
  sameSources: boolean;
}

export const FORMS: Form[] = [];
export const COMPRESSED: CompressedForm[] = [];
export const ALIASES: Alias[] = [];
const BY_NAME = new Map<string, Form>();

/** The base row called `name`; a name that is no row is a bug of the caller. */
export function form(name: string): Form {
  const found = BY_NAME.get(name);
  if (!found) throw new Error(`no instruction form ${name}`);
  return found;
}

const FIELD_OF: Record<string, RegisterField> = {
  rd: 'rd', rs1: 'rs1', rs2: 'rs2', fd: 'rd', fs1: 'rs1', fs2: 'rs2', fs3: 'rs3',
  'imm(rs1)': 'rs1', '(rs1)': 'rs1', zimm: 'rs1',
};
const FIELD_PLACE: Record<RegisterField, number> = { rd: 7, rs1: 15, rs2: 20, rs3: 27 };

/** The bits that a layout occupies. */
function layoutMask(name: LayoutName): number {
  let mask = 0;
  for (const [at, , count] of LAYOUTS[name].pieces) mask |= (2 ** count - 1) << at;
  return mask;
}

/** The register field that an operand names, or undefined. */
export function operandField(operand: string): RegisterField | undefined {
  return FIELD_OF[operand];
}

function operandList(operands: string): string[] {
  return operands === '' ? [] : operands.split(' ');
}

function base(name: string, match: number, operands = '', layoutName: LayoutName = 'none'): Form {
  const list = operandList(operands);
  const registers = list
    .filter((operand) => FIELD_OF[operand] && operand !== 'zimm')
    .map((operand) => ({ field: FIELD_OF[operand]!, isFloat: operand.startsWith('f') }));
  let variable = layoutMask(layoutName);
  for (const operand of list) {
    if (FIELD_OF[operand]) variable |= 31 << FIELD_PLACE[FIELD_OF[operand]!];
    if (operand === 'rm') variable |= 7 << 12;
  }
  const made: Form = {
    index: FORMS.length, name, match: match >>> 0, mask: ~variable >>> 0, operands: list, registers,
    layout: LAYOUTS[layoutName], layoutName, commutative: false, shorter: [], aliases: [],
  };
  FORMS.push(made);
  BY_NAME.set(name, made);
  return made;
}

/** Rows that differ only in name and fixed bits. */
function bases(rows: Record<string, number>, operands: string, layoutName: LayoutName = 'none'): void {
  for (const name of Object.keys(rows)) base(name, rows[name]!, operands, layoutName);
}

function compressed(
  name: string, match: number, baseName: string, places: CompressedForm['places'], operands: string,
  layoutName: LayoutName = 'none', exceptRegister = -1, encodeOnly = false,
): void {
  let variable = layoutMask(layoutName);
  for (const place of Object.values(places)) {
    if (typeof place === 'number') continue;
    variable |= (place.startsWith('r') ? 31 : 7) << (place.charCodeAt(1) - 48);
  }
  const row: CompressedForm = {
    name, match, mask: ~variable & 0xffff, base: form(baseName), operands: operandList(operands), places,
    layout: LAYOUTS[layoutName], layoutName, exceptRegister, encodeOnly,
  };
  COMPRESSED.push(row);
  row.base.shorter.push(row);
}

/** `printed`: the disassembler prefers it to the base row's own name. */
function alias(name: string, baseName: string, operands: string, fixed: Partial<Fields> = {}, printed = true): Alias {
  const row: Alias = { name, base: form(baseName), operands: operandList(operands), fixed, sameSources: false };
  ALIASES.push(row);
  if (printed) row.base.aliases.push(row);
  return row;
}

// ---- RV64I (volume I, chapters 2 and 5) ----

base('lui', 0x00000037, 'rd imm', 'U');
base('auipc', 0x00000017, 'rd imm', 'U');
base('jal', 0x0000006f, 'rd label', 'J');
base('jalr', 0x00000067, 'rd imm(rs1)', 'I');
bases({
  beq: 0x00000063, bne: 0x00001063, blt: 0x00004063, bge: 0x00005063, bltu: 0x00006063, bgeu: 0x00007063,
}, 'rs1 rs2 label', 'B');
bases({
  lb: 0x00000003, lh: 0x00001003, lw: 0x00002003, ld: 0x00003003, lbu: 0x00004003, lhu: 0x00005003, lwu: 0x00006003,
}, 'rd imm(rs1)', 'I');
bases({ sb: 0x00000023, sh: 0x00001023, sw: 0x00002023, sd: 0x00003023 }, 'rs2 imm(rs1)', 'S');
bases({
  addi: 0x00000013, slti: 0x00002013, sltiu: 0x00003013, xori: 0x00004013, ori: 0x00006013, andi: 0x00007013,
  addiw: 0x0000001b,
}, 'rd rs1 imm', 'I');
bases({ slli: 0x00001013, srli: 0x00005013, srai: 0x40005013 }, 'rd rs1 imm', 'shift6');
bases({ slliw: 0x0000101b, srliw: 0x0000501b, sraiw: 0x4000501b }, 'rd rs1 imm', 'shift5');
bases({
  add: 0x00000033, sub: 0x40000033, sll: 0x00001033, slt: 0x00002033, sltu: 0x00003033, xor: 0x00004033,
  srl: 0x00005033, sra: 0x40005033, or: 0x00006033, and: 0x00007033,
  addw: 0x0000003b, subw: 0x4000003b, sllw: 0x0000103b, srlw: 0x0000503b, sraw: 0x4000503b,
}, 'rd rs1 rs2');
base('fence', 0x0000000f, 'pred succ', 'fence');
base('fence.tso', 0x8330000f);
base('fence.i', 0x0000100f);
base('ecall', 0x00000073);
base('ebreak', 0x00100073);

// ---- M (chapter 7) ----

bases({
  mul: 0x02000033, mulh: 0x02001033, mulhsu: 0x02002033, mulhu: 0x02003033,
  div: 0x02004033, divu: 0x02005033, rem: 0x02006033, remu: 0x02007033,
  mulw: 0x0200003b, divw: 0x0200403b, divuw: 0x0200503b, remw: 0x0200603b, remuw: 0x0200703b,
}, 'rd rs1 rs2');

// ---- A (chapter 8): each in four memory orders ----

const AMO_NAMES: Record<string, number> = {
  amoadd: 0x00000000, amoswap: 0x08000000, amoxor: 0x20000000, amoor: 0x40000000, amoand: 0x60000000,
  amomin: 0x80000000, amomax: 0xa0000000, amominu: 0xc0000000, amomaxu: 0xe0000000, sc: 0x18000000,
};
for (const [width, opcode] of [['.w', 0x0000202f], ['.d', 0x0000302f]] as const) {
  for (const [order, bits] of [['', 0], ['.aq', 0x04000000], ['.rl', 0x02000000], ['.aqrl', 0x06000000]] as const) {
    base(`lr${width}${order}`, 0x10000000 + opcode + bits, 'rd (rs1)');
    for (const name of Object.keys(AMO_NAMES)) {
      base(`${name}${width}${order}`, AMO_NAMES[name]! + opcode + bits, 'rd rs2 (rs1)');
    }
  }
}

// ---- F and D (chapters 11 and 12) ----

base('flw', 0x00002007, 'fd imm(rs1)', 'I');
base('fld', 0x00003007, 'fd imm(rs1)', 'I');
base('fsw', 0x00002027, 'fs2 imm(rs1)', 'S');
base('fsd', 0x00003027, 'fs2 imm(rs1)', 'S');
for (const [suffix, bits] of [['.s', 0], ['.d', 0x02000000]] as const) {
  const rows = (table: Record<string, number>, operands: string): void => {
    for (const name of Object.keys(table)) base(name + suffix, table[name]! + bits, operands);
  };
  rows({ fmadd: 0x43, fmsub: 0x47, fnmsub: 0x4b, fnmadd: 0x4f }, 'fd fs1 fs2 fs3 rm');
  rows({ fadd: 0x00000053, fsub: 0x08000053, fmul: 0x10000053, fdiv: 0x18000053 }, 'fd fs1 fs2 rm');
  rows({ fsqrt: 0x58000053 }, 'fd fs1 rm');
  rows({
    fsgnj: 0x20000053, fsgnjn: 0x20001053, fsgnjx: 0x20002053, fmin: 0x28000053, fmax: 0x28001053,
  }, 'fd fs1 fs2');
  rows({ feq: 0xa0002053, flt: 0xa0001053, fle: 0xa0000053 }, 'rd fs1 fs2');
  rows({ 'fcvt.w': 0xc0000053, 'fcvt.wu': 0xc0100053, 'fcvt.l': 0xc0200053, 'fcvt.lu': 0xc0300053 }, 'rd fs1 rm');
  rows({ fclass: 0xe0001053 }, 'rd fs1');
}
bases({
  'fcvt.s.w': 0xd0000053, 'fcvt.s.wu': 0xd0100053, 'fcvt.s.l': 0xd0200053, 'fcvt.s.lu': 0xd0300053,
}, 'fd rs1 rm');
bases({ 'fcvt.d.l': 0xd2200053, 'fcvt.d.lu': 0xd2300053 }, 'fd rs1 rm');
// Exact conversions: no rounding mode, the field is 0.
bases({ 'fcvt.d.w': 0xd2000053, 'fcvt.d.wu': 0xd2100053 }, 'fd rs1');
base('fcvt.d.s', 0x42000053, 'fd fs1');
base('fcvt.s.d', 0x40100053, 'fd fs1 rm');
bases({ 'fmv.x.w': 0xe0000053, 'fmv.x.d': 0xe2000053 }, 'rd fs1');
bases({ 'fmv.w.x': 0xf0000053, 'fmv.d.x': 0xf2000053 }, 'fd rs1');

// ---- Zicsr (chapter 9) and the privileged instructions (volume II) ----

base('unimp', 0xc0001073);
bases({ csrrw: 0x00001073, csrrs: 0x00002073, csrrc: 0x00003073 }, 'rd csr rs1', 'csr');
bases({ csrrwi: 0x00005073, csrrsi: 0x00006073, csrrci: 0x00007073 }, 'rd csr zimm', 'csr');
base('sret', 0x10200073);
base('mret', 0x30200073);
base('wfi', 0x10500073);
bases({ 'sfence.vma': 0x12000073, 'hfence.vvma': 0x22000073, 'hfence.gvma': 0x62000073 }, 'rs1 rs2');

for (const name of ['add', 'and', 'or', 'xor', 'addw']) form(name).commutative = true;

/** The branch row of the opposite condition. */
export const INVERSE: ReadonlyMap<Form, Form> = new Map(
  [['beq', 'bne'], ['blt', 'bge'], ['bltu', 'bgeu']].flatMap(([one, other]) => [
    [form(one!), form(other!)], [form(other!), form(one!)],
  ] as [Form, Form][]),
);

// ---- C (chapter 16), RV64 with D: the order of rows of one base is the order of preference ----

compressed('c.nop', 0x0001, 'addi', { rd: 0, rs1: 0 }, '');
compressed('c.addi', 0x0001, 'addi', { rd: 'r7!', rs1: 'r7!' }, 'rd imm', 'CInonZero');
compressed('c.addi4spn', 0x0000, 'addi', { rd: 'p2', rs1: 2 }, 'rd rs1 imm', 'CIW');
compressed('c.addi16sp', 0x6101, 'addi', { rd: 2, rs1: 2 }, 'rd imm', 'CIstack');
compressed('c.li', 0x4001, 'addi', { rd: 'r7!', rs1: 0 }, 'rd imm', 'CI');
compressed('c.mv', 0x8002, 'addi', { rd: 'r7!', rs1: 'r2!' }, 'rd rs1');
compressed('c.addiw', 0x2001, 'addiw', { rd: 'r7!', rs1: 'r7!' }, 'rd imm', 'CI');
compressed('c.lui', 0x6001, 'lui', { rd: 'r7!' }, 'rd imm', 'CInonZero', 2);
compressed('c.fld', 0x2000, 'fld', { rd: 'p2', rs1: 'p7' }, 'fd imm(rs1)', 'CL8');
compressed('c.lw', 0x4000, 'lw', { rd: 'p2', rs1: 'p7' }, 'rd imm(rs1)', 'CL4');
compressed('c.ld', 0x6000, 'ld', { rd: 'p2', rs1: 'p7' }, 'rd imm(rs1)', 'CL8');
compressed('c.fsd', 0xa000, 'fsd', { rs2: 'p2', rs1: 'p7' }, 'fs2 imm(rs1)', 'CL8');
compressed('c.sw', 0xc000, 'sw', { rs2: 'p2', rs1: 'p7' }, 'rs2 imm(rs1)', 'CL4');
compressed('c.sd', 0xe000, 'sd', { rs2: 'p2', rs1: 'p7' }, 'rs2 imm(rs1)', 'CL8');
compressed('c.fldsp', 0x2002, 'fld', { rd: 'r7', rs1: 2 }, 'fd imm(rs1)', 'CIload8');
compressed('c.lwsp', 0x4002, 'lw', { rd: 'r7!', rs1: 2 }, 'rd imm(rs1)', 'CIload4');
compressed('c.ldsp', 0x6002, 'ld', { rd: 'r7!', rs1: 2 }, 'rd imm(rs1)', 'CIload8');
compressed('c.fsdsp', 0xa002, 'fsd', { rs2: 'r2', rs1: 2 }, 'fs2 imm(rs1)', 'CSS8');
compressed('c.swsp', 0xc002, 'sw', { rs2: 'r2', rs1: 2 }, 'rs2 imm(rs1)', 'CSS4');
compressed('c.sdsp', 0xe002, 'sd', { rs2: 'r2', rs1: 2 }, 'rs2 imm(rs1)', 'CSS8');
compressed('c.srli', 0x8001, 'srli', { rd: 'p7', rs1: 'p7' }, 'rd imm', 'CIshift');
compressed('c.srai', 0x8401, 'srai', { rd: 'p7', rs1: 'p7' }, 'rd imm', 'CIshift');
compressed('c.andi', 0x8801, 'andi', { rd: 'p7', rs1: 'p7' }, 'rd imm', 'CI');
compressed('c.slli', 0x0002, 'slli', { rd: 'r7!', rs1: 'r7!' }, 'rd imm', 'CIshift');
compressed('c.sub', 0x8c01, 'sub', { rd: 'p7', rs1: 'p7', rs2: 'p2' }, 'rd rs2');
compressed('c.xor', 0x8c21, 'xor', { rd: 'p7', rs1: 'p7', rs2: 'p2' }, 'rd rs2');
compressed('c.or', 0x8c41, 'or', { rd: 'p7', rs1: 'p7', rs2: 'p2' }, 'rd rs2');
compressed('c.and', 0x8c61, 'and', { rd: 'p7', rs1: 'p7', rs2: 'p2' }, 'rd rs2');
compressed('c.subw', 0x9c01, 'subw', { rd: 'p7', rs1: 'p7', rs2: 'p2' }, 'rd rs2');
compressed('c.addw', 0x9c21, 'addw', { rd: 'p7', rs1: 'p7', rs2: 'p2' }, 'rd rs2');
compressed('c.add', 0x9002, 'add', { rd: 'r7!', rs1: 'r7!', rs2: 'r2!' }, 'rd rs2');
compressed('c.mv', 0x8002, 'add', { rd: 'r7!', rs1: 0, rs2: 'r2!' }, 'rd rs2', 'none', -1, true);
compressed('c.j', 0xa001, 'jal', { rd: 0 }, 'label', 'CJ');
compressed('c.beqz', 0xc001, 'beq', { rs1: 'p7', rs2: 0 }, 'rs1 label', 'CB');
compressed('c.bnez', 0xe001, 'bne', { rs1: 'p7', rs2: 0 }, 'rs1 label', 'CB');
compressed('c.jr', 0x8002, 'jalr', { rd: 0, rs1: 'r7!' }, 'rs1');
compressed('c.jalr', 0x9002, 'jalr', { rd: 1, rs1: 'r7!' }, 'rs1');
compressed('c.ebreak', 0x9002, 'ebreak', {}, '');
compressed('c.unimp', 0x0000, 'unimp', {}, '');

// ---- Aliases (assembly programmer's handbook); of one base the first that matches is printed ----

alias('nop', 'addi', '', { rd: 0, rs1: 0, imm: 0 });
alias('li', 'addi', 'rd imm', { rs1: 0 });
alias('mv', 'addi', 'rd rs1', { imm: 0 });
alias('not', 'xori', 'rd rs1', { imm: -1 });
alias('neg', 'sub', 'rd rs2', { rs1: 0 });
alias('negw', 'subw', 'rd rs2', { rs1: 0 });
alias('sext.w', 'addiw', 'rd rs1', { imm: 0 });
alias('zext.b', 'andi', 'rd rs1', { imm: 255 });
alias('seqz', 'sltiu', 'rd rs1', { imm: 1 });
alias('snez', 'sltu', 'rd rs2', { rs1: 0 });
alias('sltz', 'slt', 'rd rs1', { rs2: 0 });
alias('sgtz', 'slt', 'rd rs2', { rs1: 0 });
alias('sgt', 'slt', 'rd rs2 rs1', {}, false);
alias('sgtu', 'sltu', 'rd rs2 rs1', {}, false);
alias('beqz', 'beq', 'rs1 label', { rs2: 0 });
alias('bnez', 'bne', 'rs1 label', { rs2: 0 });
alias('bltz', 'blt', 'rs1 label', { rs2: 0 });
alias('bgtz', 'blt', 'rs2 label', { rs1: 0 });
alias('bgez', 'bge', 'rs1 label', { rs2: 0 });
alias('blez', 'bge', 'rs2 label', { rs1: 0 });
alias('bgt', 'blt', 'rs2 rs1 label', {}, false);
alias('ble', 'bge', 'rs2 rs1 label', {}, false);
alias('bgtu', 'bltu', 'rs2 rs1 label', {}, false);
alias('bleu', 'bgeu', 'rs2 rs1 label', {}, false);
alias('j', 'jal', 'label', { rd: 0 });
alias('jal', 'jal', 'label', { rd: 1 });
alias('ret', 'jalr', '', { rd: 0, rs1: 1, imm: 0 });
alias('jr', 'jalr', 'rs1', { rd: 0, imm: 0 });
alias('jr', 'jalr', 'imm(rs1)', { rd: 0 });
alias('jalr', 'jalr', 'rs1', { rd: 1, imm: 0 });
alias('jalr', 'jalr', 'imm(rs1)', { rd: 1 });
alias('jalr', 'jalr', 'rd rs1', { imm: 0 });
alias('jalr', 'jalr', 'rd rs1 imm', {}, false);
alias('jr', 'jalr', 'rs1 imm', { rd: 0 }, false);
for (const [name, number] of [['cycle', 0xc00], ['time', 0xc01], ['instret', 0xc02]] as const) {
  alias(`rd${name}`, 'csrrs', 'rd', { rs1: 0, imm: number });
}
for (const [name, number] of [['csr', 3], ['rm', 2], ['flags', 1]] as const) {
  alias(`fr${name}`, 'csrrs', 'rd', { rs1: 0, imm: number });
  alias(`fs${name}`, 'csrrw', 'rs1', { rd: 0, imm: number });
  alias(`fs${name}`, 'csrrw', 'rd rs1', { imm: number });
}
alias('csrr', 'csrrs', 'rd csr', { rs1: 0 });
alias('csrw', 'csrrw', 'csr rs1', { rd: 0 });
alias('csrs', 'csrrs', 'csr rs1', { rd: 0 });
alias('csrc', 'csrrc', 'csr rs1', { rd: 0 });
alias('csrwi', 'csrrwi', 'csr zimm', { rd: 0 });
alias('csrsi', 'csrrsi', 'csr zimm', { rd: 0 });
alias('csrci', 'csrrci', 'csr zimm', { rd: 0 });
alias('csrw', 'csrrwi', 'csr zimm', { rd: 0 }, false);
alias('csrs', 'csrrsi', 'csr zimm', { rd: 0 }, false);
alias('csrc', 'csrrci', 'csr zimm', { rd: 0 }, false);
for (const suffix of ['.s', '.d']) {
  alias(`fmv${suffix}`, `fsgnj${suffix}`, 'fd fs1').sameSources = true;
  alias(`fneg${suffix}`, `fsgnjn${suffix}`, 'fd fs1').sameSources = true;
  alias(`fabs${suffix}`, `fsgnjx${suffix}`, 'fd fs1').sameSources = true;
  alias(`fgt${suffix}`, `flt${suffix}`, 'rd fs2 fs1', {}, false);
  alias(`fge${suffix}`, `fle${suffix}`, 'rd fs2 fs1', {}, false);
}
alias('fmv.x.s', 'fmv.x.w', 'rd fs1', {}, false);
alias('fmv.s.x', 'fmv.w.x', 'fd rs1', {}, false);
alias('fence', 'fence', '', { imm: 0xff });
alias('pause', 'fence', '', { imm: 0x10 });
for (const fence of ['sfence.vma', 'hfence.vvma', 'hfence.gvma']) {
  alias(fence, fence, '', { rs1: 0, rs2: 0 });
  alias(fence, fence, 'rs1', { rs2: 0 });
}
// Register mnemonics with a constant: the immediate form is meant.
for (const name of ['add', 'and', 'or', 'xor', 'sll', 'srl', 'sra', 'slt', 'addw', 'sllw', 'srlw', 'sraw']) {
  alias(name, name.endsWith('w') ? `${name.slice(0, -1)}iw` : `${name}i`, 'rd rs1 imm', {}, false);
}
alias('sltu', 'sltiu', 'rd rs1 imm', {}, false);
