/**
 * Names and numbers of the control and status registers (RISC-V ISA manual, volume II, section 2.2, and the extensions
 * Sstc, Smstateen, Sscofpmf and H): user, supervisor, hypervisor and machine level.
 */
const SINGLE: Record<string, number> = {
  fflags: 0x001, frm: 0x002, fcsr: 0x003,
  cycle: 0xc00, time: 0xc01, instret: 0xc02,
  sstatus: 0x100, sie: 0x104, stvec: 0x105, scounteren: 0x106, senvcfg: 0x10a,
  sscratch: 0x140, sepc: 0x141, scause: 0x142, stval: 0x143, sip: 0x144, stimecmp: 0x14d, satp: 0x180,
  scountovf: 0xda0, scontext: 0x5a8,
  hstatus: 0x600, hedeleg: 0x602, hideleg: 0x603, hie: 0x604, htimedelta: 0x605, hcounteren: 0x606, hgeie: 0x607,
  henvcfg: 0x60a, htval: 0x643, hip: 0x644, hvip: 0x645, htinst: 0x64a, hgatp: 0x680, hgeip: 0xe12,
  vsstatus: 0x200, vsie: 0x204, vstvec: 0x205, vsscratch: 0x240, vsepc: 0x241, vscause: 0x242, vstval: 0x243,
  vsip: 0x244, vstimecmp: 0x24d, vsatp: 0x280,
  mvendorid: 0xf11, marchid: 0xf12, mimpid: 0xf13, mhartid: 0xf14, mconfigptr: 0xf15,
  mstatus: 0x300, misa: 0x301, medeleg: 0x302, mideleg: 0x303, mie: 0x304, mtvec: 0x305, mcounteren: 0x306,
  menvcfg: 0x30a, mcountinhibit: 0x320, mscratch: 0x340, mepc: 0x341, mcause: 0x342, mtval: 0x343, mip: 0x344,
  mtinst: 0x34a, mtval2: 0x34b, mseccfg: 0x747, mcycle: 0xb00, minstret: 0xb02,
  tselect: 0x7a0, tdata1: 0x7a1, tdata2: 0x7a2, tdata3: 0x7a3, mcontext: 0x7a8, dcsr: 0x7b0, dpc: 0x7b1,
  dscratch0: 0x7b2, dscratch1: 0x7b3,
};

const BY_NAME = new Map<string, number>(Object.entries(SINGLE));
/** RV64 has the even `pmpcfg` registers only. */
for (let i = 0; i < 16; i += 2) BY_NAME.set(`pmpcfg${i}`, 0x3a0 + i);
for (let i = 0; i < 64; i++) BY_NAME.set(`pmpaddr${i}`, 0x3b0 + i);
for (let i = 0; i < 4; i++) BY_NAME.set(`sstateen${i}`, 0x10c + i).set(`mstateen${i}`, 0x30c + i);
for (let i = 3; i < 32; i++) {
  BY_NAME.set(`hpmcounter${i}`, 0xc00 + i).set(`mhpmcounter${i}`, 0xb00 + i).set(`mhpmevent${i}`, 0x320 + i);
}

const BY_NUMBER = new Map<number, string>();
for (const [name, number] of BY_NAME) BY_NUMBER.set(number, name);

export const CSR_NAMES: readonly string[] = [...BY_NAME.keys()];

/** The number of the register called `name`, or -1. */
export function csrByName(name: string): number {
  return BY_NAME.get(name) ?? -1;
}

export function csrName(number: number): string | undefined {
  return BY_NUMBER.get(number);
}
