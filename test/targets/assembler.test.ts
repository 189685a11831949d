/** What the assemblers of all targets share: repetitions, alignment, constants, labels, and their mistakes. */
import { describe, expect, test } from 'vitest';
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import { Module } from '../../fluxc/fir/module.ts';
import { MACHINES } from './machines.ts';

describe.each(MACHINES)('$target.name', ({ target }) => {
  function bytes(text: string): number[] {
    const diagnostics = new Diagnostics();
    const atom = target.assemble(text, 1, new Module('test'), diagnostics);
    expect(diagnostics.list).toEqual([]);
    return [...atom!.bytes];
  }

  /** `line:column code` of each diagnostic. */
  function complaints(text: string): string[] {
    const sources = new Sources();
    const source = sources.add('block.md', text);
    const diagnostics = new Diagnostics();
    expect(target.assemble(text, source.base, new Module('test'), diagnostics)).toBe(null);
    return diagnostics.list.map(({ span, code }) => {
      const { line, column } = sources.place(span!.start)!;
      return `${line}:${column} ${code}`;
    });
  }

  test('data, space and repetitions', () => {
    expect(bytes('.byte 1, -1, end - start\nstart: .ascii "a\\n"\nend: .asciz ""')).toEqual([1, 255, 2, 97, 10, 0]);
    expect(bytes('.rept 2\n.byte 1\n.rept 2\n.byte 2\n.endr\n.endr')).toEqual([1, 2, 2, 1, 2, 2]);
    expect(bytes('.zero 2\n.skip 2, 7\n.quad 1 << 40')).toEqual([0, 0, 7, 7, 0, 0, 0, 0, 0, 1, 0, 0]);
    expect(bytes('.byte 5\n.balign 4, 9\n.p2align 2\n.balign 0')).toEqual([5, 9, 9, 9]);
  });

  test('`.interrupted` says where the registers of interrupted code are, and nothing to the machine', () => {
    const register = target.registers.names[19]! || target.registers.names[3]!;
    const text = `.byte 1, 2, 3, 4\n.interrupted ${register}, a.b.Frame\n.byte 5, 6, 7, 8\n.interrupted`;
    const atom = target.assemble(text, 1, new Module('test'), new Diagnostics())!;
    expect([...atom.bytes]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(atom.interrupted).toEqual([4, 0, 8, -1]);
    expect(atom.interruptions).toEqual([{ register: target.registers.names.indexOf(register), type: 'a.b.Frame' }]);
    expect(complaints('.interrupted nowhere, a.b')).toEqual(['1:14 FX0502']);
    expect(complaints(`.interrupted ${register}`)).toHaveLength(1);
  });

  test('the caller of a leaf is known, that of others not', () => {
    const frames = (text: string) => target.assemble(text, 1, new Module('test'), new Diagnostics())!.frames;
    expect(frames('nop\nret')).toEqual([]);
    expect(frames(target.name === 'x86_64' ? 'call elsewhere\nret' : target.name === 'arm64' ? 'bl elsewhere\nret' : 'call elsewhere\nret')).toBeUndefined();
    expect(frames('.interrupted\nnop')).toBeUndefined();
  });

  test('a name that is set further down is no symbol', () => {
    const module = new Module('test');
    const atom = target.assemble('.byte late\n.set late, 3', 1, module, new Diagnostics())!;
    expect([...atom.bytes]).toEqual([3]);
    expect(module.symbols).toEqual([]);
  });

  test('mistakes', () => {
    expect(complaints('.rept 3\n.byte 300')).toEqual(['1:1 FX0514', '2:7 FX0502']);
    expect(complaints('.endr\n.rept many\n.endr')).toEqual(['1:1 FX0514', '2:7 FX0502']);
    expect(complaints('a: .byte 1\na: .section .data\n.global b')).toEqual(['2:1 FX0504', '2:4 FX0503', '3:9 FX0505']);
    expect(complaints('.balign 3\n.p2align 17\n.zero -1\n.byte 1 2\n.ascii 5')).toEqual([
      '1:9 FX0502', '2:10 FX0502', '3:7 FX0502', '4:9 FX0502', '5:8 FX0502',
    ]);
  });

  test('a size that depends on itself', () => {
    expect(complaints('a: .zero b - a + 1\nb: .byte 0')).toEqual(['2:4 FX0506']);
  });
});
