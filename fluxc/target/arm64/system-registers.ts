/**
 * Names of the system space: registers of `mrs` and `msr`, fields of `msr` (immediate), operations of `ic`, `dc`, `at`
 * and `tlbi`, limits of the barriers (Arm ARM, sections C5.3 to C5.5 and D17). What has no name here is written
 * generically: `s3_0_c12_c12_5`, or `sys #0, c7, c5, #0`.
 */

/** A system register as FIR and the machine code number it: op0, op1, CRn, CRm, op2 packed into 16 bits. */
export function packSystemRegister(op0: number, op1: number, crn: number, crm: number, op2: number): number {
  return (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;
}

type RegisterRow = readonly [name: string, op0: number, op1: number, crn: number, crm: number, op2: number];

export const SYSTEM_REGISTERS: readonly RegisterRow[] = [
  ['midr_el1', 3, 0, 0, 0, 0],
  ['mpidr_el1', 3, 0, 0, 0, 5],
  ['revidr_el1', 3, 0, 0, 0, 6],
  ['id_pfr0_el1', 3, 0, 0, 1, 0],
  ['id_aa64pfr0_el1', 3, 0, 0, 4, 0],
  ['id_aa64pfr1_el1', 3, 0, 0, 4, 1],
  ['id_aa64dfr0_el1', 3, 0, 0, 5, 0],
  ['id_aa64isar0_el1', 3, 0, 0, 6, 0],
  ['id_aa64isar1_el1', 3, 0, 0, 6, 1],
  ['id_aa64mmfr0_el1', 3, 0, 0, 7, 0],
  ['id_aa64mmfr1_el1', 3, 0, 0, 7, 1],
  ['id_aa64mmfr2_el1', 3, 0, 0, 7, 2],
  ['sctlr_el1', 3, 0, 1, 0, 0],
  ['actlr_el1', 3, 0, 1, 0, 1],
  ['cpacr_el1', 3, 0, 1, 0, 2],
  ['ttbr0_el1', 3, 0, 2, 0, 0],
  ['ttbr1_el1', 3, 0, 2, 0, 1],
  ['tcr_el1', 3, 0, 2, 0, 2],
  ['spsr_el1', 3, 0, 4, 0, 0],
  ['elr_el1', 3, 0, 4, 0, 1],
  ['sp_el0', 3, 0, 4, 1, 0],
  ['spsel', 3, 0, 4, 2, 0],
  ['currentel', 3, 0, 4, 2, 2],
  ['daif', 3, 3, 4, 2, 1],
  ['nzcv', 3, 3, 4, 2, 0],
  ['fpcr', 3, 3, 4, 4, 0],
  ['fpsr', 3, 3, 4, 4, 1],
  ['pan', 3, 0, 4, 2, 3],
  ['uao', 3, 0, 4, 2, 4],
  ['afsr0_el1', 3, 0, 5, 1, 0],
  ['afsr1_el1', 3, 0, 5, 1, 1],
  ['esr_el1', 3, 0, 5, 2, 0],
  ['far_el1', 3, 0, 6, 0, 0],
  ['par_el1', 3, 0, 7, 4, 0],
  ['mair_el1', 3, 0, 10, 2, 0],
  ['amair_el1', 3, 0, 10, 3, 0],
  ['vbar_el1', 3, 0, 12, 0, 0],
  ['rvbar_el1', 3, 0, 12, 0, 1],
  ['isr_el1', 3, 0, 12, 1, 0],
  ['contextidr_el1', 3, 0, 13, 0, 1],
  ['tpidr_el0', 3, 3, 13, 0, 2],
  ['tpidrro_el0', 3, 3, 13, 0, 3],
  ['tpidr_el1', 3, 0, 13, 0, 4],
  ['cntkctl_el1', 3, 0, 14, 1, 0],
  ['csselr_el1', 3, 2, 0, 0, 0],
  ['ccsidr_el1', 3, 1, 0, 0, 0],
  ['clidr_el1', 3, 1, 0, 0, 1],
  ['ctr_el0', 3, 3, 0, 0, 1],
  ['dczid_el0', 3, 3, 0, 0, 7],
  ['mdscr_el1', 2, 0, 0, 2, 2],
  ['oslar_el1', 2, 0, 1, 0, 4],
  ['oslsr_el1', 2, 0, 1, 1, 4],
  ['osdlr_el1', 2, 0, 1, 3, 4],
  ['dbgbvr0_el1', 2, 0, 0, 0, 4],
  ['dbgbcr0_el1', 2, 0, 0, 0, 5],
  ['dbgwvr0_el1', 2, 0, 0, 0, 6],
  ['dbgwcr0_el1', 2, 0, 0, 0, 7],
  ['mdccsr_el0', 2, 3, 0, 1, 0],
  ['pmcr_el0', 3, 3, 9, 12, 0],
  ['pmcntenset_el0', 3, 3, 9, 12, 1],
  ['pmcntenclr_el0', 3, 3, 9, 12, 2],
  ['pmovsclr_el0', 3, 3, 9, 12, 3],
  ['pmccntr_el0', 3, 3, 9, 13, 0],
  ['pmuserenr_el0', 3, 3, 9, 14, 0],
  ['pmccfiltr_el0', 3, 3, 14, 15, 7],
  ['pmintenset_el1', 3, 0, 9, 14, 1],
  ['pmintenclr_el1', 3, 0, 9, 14, 2],
  ['cntfrq_el0', 3, 3, 14, 0, 0],
  ['cntpct_el0', 3, 3, 14, 0, 1],
  ['cntvct_el0', 3, 3, 14, 0, 2],
  ['cntp_tval_el0', 3, 3, 14, 2, 0],
  ['cntp_ctl_el0', 3, 3, 14, 2, 1],
  ['cntp_cval_el0', 3, 3, 14, 2, 2],
  ['cntv_tval_el0', 3, 3, 14, 3, 0],
  ['cntv_ctl_el0', 3, 3, 14, 3, 1],
  ['cntv_cval_el0', 3, 3, 14, 3, 2],
  ['vpidr_el2', 3, 4, 0, 0, 0],
  ['vmpidr_el2', 3, 4, 0, 0, 5],
  ['sctlr_el2', 3, 4, 1, 0, 0],
  ['actlr_el2', 3, 4, 1, 0, 1],
  ['hcr_el2', 3, 4, 1, 1, 0],
  ['mdcr_el2', 3, 4, 1, 1, 1],
  ['cptr_el2', 3, 4, 1, 1, 2],
  ['hstr_el2', 3, 4, 1, 1, 3],
  ['hacr_el2', 3, 4, 1, 1, 7],
  ['ttbr0_el2', 3, 4, 2, 0, 0],
  ['tcr_el2', 3, 4, 2, 0, 2],
  ['vttbr_el2', 3, 4, 2, 1, 0],
  ['vtcr_el2', 3, 4, 2, 1, 2],
  ['spsr_el2', 3, 4, 4, 0, 0],
  ['elr_el2', 3, 4, 4, 0, 1],
  ['sp_el1', 3, 4, 4, 1, 0],
  ['esr_el2', 3, 4, 5, 2, 0],
  ['far_el2', 3, 4, 6, 0, 0],
  ['hpfar_el2', 3, 4, 6, 0, 4],
  ['mair_el2', 3, 4, 10, 2, 0],
  ['vbar_el2', 3, 4, 12, 0, 0],
  ['tpidr_el2', 3, 4, 13, 0, 2],
  ['cnthctl_el2', 3, 4, 14, 1, 0],
  ['cntvoff_el2', 3, 4, 14, 0, 3],
  ['cnthp_tval_el2', 3, 4, 14, 2, 0],
  ['cnthp_ctl_el2', 3, 4, 14, 2, 1],
  ['cnthp_cval_el2', 3, 4, 14, 2, 2],
  ['sctlr_el3', 3, 6, 1, 0, 0],
  ['scr_el3', 3, 6, 1, 1, 0],
  ['cptr_el3', 3, 6, 1, 1, 2],
  ['mdcr_el3', 3, 6, 1, 3, 1],
  ['spsr_el3', 3, 6, 4, 0, 0],
  ['elr_el3', 3, 6, 4, 0, 1],
  ['sp_el2', 3, 6, 4, 1, 0],
  ['esr_el3', 3, 6, 5, 2, 0],
  ['far_el3', 3, 6, 6, 0, 0],
  ['vbar_el3', 3, 6, 12, 0, 0],
  ['tpidr_el3', 3, 6, 13, 0, 2],
  ['ttbr0_el3', 3, 6, 2, 0, 0],
  ['tcr_el3', 3, 6, 2, 0, 2],
  ['mair_el3', 3, 6, 10, 2, 0],
  ['cntps_ctl_el1', 3, 7, 14, 2, 1],
  ['cntps_tval_el1', 3, 7, 14, 2, 0],
  ['cntps_cval_el1', 3, 7, 14, 2, 2],
  ['icc_pmr_el1', 3, 0, 4, 6, 0],
  ['icc_iar0_el1', 3, 0, 12, 8, 0],
  ['icc_iar1_el1', 3, 0, 12, 12, 0],
  ['icc_eoir0_el1', 3, 0, 12, 8, 1],
  ['icc_eoir1_el1', 3, 0, 12, 12, 1],
  ['icc_hppir0_el1', 3, 0, 12, 8, 2],
  ['icc_hppir1_el1', 3, 0, 12, 12, 2],
  ['icc_bpr0_el1', 3, 0, 12, 8, 3],
  ['icc_bpr1_el1', 3, 0, 12, 12, 3],
  ['icc_dir_el1', 3, 0, 12, 11, 1],
  ['icc_rpr_el1', 3, 0, 12, 11, 3],
  ['icc_sgi1r_el1', 3, 0, 12, 11, 5],
  ['icc_asgi1r_el1', 3, 0, 12, 11, 6],
  ['icc_sgi0r_el1', 3, 0, 12, 11, 7],
  ['icc_ctlr_el1', 3, 0, 12, 12, 4],
  ['icc_sre_el1', 3, 0, 12, 12, 5],
  ['icc_igrpen0_el1', 3, 0, 12, 12, 6],
  ['icc_igrpen1_el1', 3, 0, 12, 12, 7],
  ['icc_ap0r0_el1', 3, 0, 12, 8, 4],
  ['icc_ap1r0_el1', 3, 0, 12, 9, 0],
  ['icc_sre_el2', 3, 4, 12, 9, 5],
  ['icc_ctlr_el3', 3, 6, 12, 12, 4],
  ['icc_sre_el3', 3, 6, 12, 12, 5],
  ['icc_igrpen1_el3', 3, 6, 12, 12, 7],
];

/** Fields that `msr name, #imm` sets: op1, op2 and the greatest constant (Arm ARM, C6.2 `MSR (immediate)`). */
export const STATE_FIELDS: readonly (readonly [name: string, op1: number, op2: number, most: 1 | 15])[] = [
  ['uao', 0, 3, 1],
  ['pan', 0, 4, 1],
  ['spsel', 0, 5, 1],
  ['dit', 3, 2, 1],
  ['daifset', 3, 6, 15],
  ['daifclr', 3, 7, 15],
];

type OperationRow = readonly [
  mnemonic: string, name: string, op1: number, crn: number, crm: number, op2: number, takesRegister: boolean,
];

/** Cache, address translation and TLB maintenance: aliases of `sys`. */
export const SYSTEM_OPERATIONS: readonly OperationRow[] = [
  ['ic', 'ialluis', 0, 7, 1, 0, false],
  ['ic', 'iallu', 0, 7, 5, 0, false],
  ['ic', 'ivau', 3, 7, 5, 1, true],
  ['dc', 'zva', 3, 7, 4, 1, true],
  ['dc', 'ivac', 0, 7, 6, 1, true],
  ['dc', 'isw', 0, 7, 6, 2, true],
  ['dc', 'cvac', 3, 7, 10, 1, true],
  ['dc', 'csw', 0, 7, 10, 2, true],
  ['dc', 'cvau', 3, 7, 11, 1, true],
  ['dc', 'civac', 3, 7, 14, 1, true],
  ['dc', 'cisw', 0, 7, 14, 2, true],
  ['at', 's1e1r', 0, 7, 8, 0, true],
  ['at', 's1e1w', 0, 7, 8, 1, true],
  ['at', 's1e0r', 0, 7, 8, 2, true],
  ['at', 's1e0w', 0, 7, 8, 3, true],
  ['at', 's1e2r', 4, 7, 8, 0, true],
  ['at', 's1e2w', 4, 7, 8, 1, true],
  ['at', 's12e1r', 4, 7, 8, 4, true],
  ['at', 's12e1w', 4, 7, 8, 5, true],
  ['at', 's12e0r', 4, 7, 8, 6, true],
  ['at', 's12e0w', 4, 7, 8, 7, true],
  ['at', 's1e3r', 6, 7, 8, 0, true],
  ['at', 's1e3w', 6, 7, 8, 1, true],
  ['tlbi', 'vmalle1is', 0, 8, 3, 0, false],
  ['tlbi', 'vae1is', 0, 8, 3, 1, true],
  ['tlbi', 'aside1is', 0, 8, 3, 2, true],
  ['tlbi', 'vaae1is', 0, 8, 3, 3, true],
  ['tlbi', 'vale1is', 0, 8, 3, 5, true],
  ['tlbi', 'vaale1is', 0, 8, 3, 7, true],
  ['tlbi', 'vmalle1', 0, 8, 7, 0, false],
  ['tlbi', 'vae1', 0, 8, 7, 1, true],
  ['tlbi', 'aside1', 0, 8, 7, 2, true],
  ['tlbi', 'vaae1', 0, 8, 7, 3, true],
  ['tlbi', 'vale1', 0, 8, 7, 5, true],
  ['tlbi', 'vaale1', 0, 8, 7, 7, true],
  ['tlbi', 'ipas2e1is', 4, 8, 0, 1, true],
  ['tlbi', 'ipas2le1is', 4, 8, 0, 5, true],
  ['tlbi', 'alle2is', 4, 8, 3, 0, false],
  ['tlbi', 'vae2is', 4, 8, 3, 1, true],
  ['tlbi', 'alle1is', 4, 8, 3, 4, false],
  ['tlbi', 'vale2is', 4, 8, 3, 5, true],
  ['tlbi', 'vmalls12e1is', 4, 8, 3, 6, false],
  ['tlbi', 'ipas2e1', 4, 8, 4, 1, true],
  ['tlbi', 'ipas2le1', 4, 8, 4, 5, true],
  ['tlbi', 'alle2', 4, 8, 7, 0, false],
  ['tlbi', 'vae2', 4, 8, 7, 1, true],
  ['tlbi', 'alle1', 4, 8, 7, 4, false],
  ['tlbi', 'vale2', 4, 8, 7, 5, true],
  ['tlbi', 'vmalls12e1', 4, 8, 7, 6, false],
  ['tlbi', 'alle3is', 6, 8, 3, 0, false],
  ['tlbi', 'vae3is', 6, 8, 3, 1, true],
  ['tlbi', 'vale3is', 6, 8, 3, 5, true],
  ['tlbi', 'alle3', 6, 8, 7, 0, false],
  ['tlbi', 'vae3', 6, 8, 7, 1, true],
  ['tlbi', 'vale3', 6, 8, 7, 5, true],
];

/** What `dsb` and `dmb` wait for, by CRm; empty where the number has no name. */
export const BARRIER_LIMITS = [
  '', 'oshld', 'oshst', 'osh', '', 'nshld', 'nshst', 'nsh', '', 'ishld', 'ishst', 'ish', '', 'ld', 'st', 'sy',
] as const;

const registerByName = new Map<string, number>();
const registerByNumber = new Map<number, string>();
for (const [name, op0, op1, crn, crm, op2] of SYSTEM_REGISTERS) {
  const packed = packSystemRegister(op0, op1, crn, crm, op2);
  registerByName.set(name, packed);
  registerByNumber.set(packed, name);
}

const GENERIC_NAME = /s([23])_([0-7])_c(1[0-5]|[0-9])_c(1[0-5]|[0-9])_([0-7])$/y;

/** The packed number of a system register by its name or its generic name, in either case; -1 if it is neither. */
export function findSystemRegister(text: string): number {
  const name = text.toLowerCase();
  const known = registerByName.get(name);
  if (known !== undefined) return known;
  GENERIC_NAME.lastIndex = 0;
  const parts = GENERIC_NAME.exec(name);
  if (!parts) return -1;
  const [op0, op1, crn, crm, op2] = parts.slice(1).map(Number) as [number, number, number, number, number];
  return packSystemRegister(op0, op1, crn, crm, op2);
}

export function systemRegisterName(packed: number): string {
  const known = registerByNumber.get(packed);
  if (known !== undefined) return known;
  return `s${packed >> 14}_${(packed >> 11) & 7}_c${(packed >> 7) & 15}_c${(packed >> 3) & 15}_${packed & 7}`;
}
