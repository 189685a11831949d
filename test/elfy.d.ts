/** The ELF reader that the tests judge our files with; it brings no types. */
declare module 'elfy' {
  interface Elf {
    class: string;
    endian: string;
    machine: string;
    entry: number;
    body: {
      programs: { type: string; vaddr: number; filesz: number; memsz: number }[];
      sections: { name: string; data: Buffer }[];
    };
  }
  const elfy: { parse(bytes: Buffer): Elf };
  export default elfy;
}
