import { makeCard } from '/work/main/images/card.ts'; import { flatten } from '/work/main/images/disk.ts'; import { GptType } from '/work/main/images/gpt.ts';
import { it, expect } from 'vitest';
import { writeFileSync } from 'node:fs';
import { HOST, readable } from '/work/main/test/host.ts';
import { compile } from '/work/main/fluxc/compile.ts';
import { makeEfi, makeBios, linkLoader } from '/work/main/fluxc/loaders.ts';
it('x', () => {
  const result = compile(HOST, { main: 'examples/hello.flux.md', board: 'pc' });
  expect(readable(result)).toBe('');
  const board = { ...result.output!.board, boot: { ...result.output!.board.boot, efi: 'hal.boot.efi', bios: 'hal.boot.bios' } };
  const bytes = makeEfi({ host: HOST, board, sources: result.sources, diagnostics: result.diagnostics }, result.output!.image);
  expect(readable(result)).toBe('');
  const bios = makeBios({ host: HOST, board, sources: result.sources, diagnostics: result.diagnostics });
  expect(readable(result)).toBe('');
  console.log(bios!.sector.length, bios!.stage2.length);
  const files = [{ path: 'EFI/BOOT/BOOTX64.EFI', bytes: bytes! }, { path: 'KERNEL.ELF', bytes: result.output!.image }];
  writeFileSync('/tmp/h9/disk.img', flatten(makeCard({ table: 'gpt', name: 'x pc', files, slotType: GptType.EfiSystem, bootCode: bios!.sector, stage2: bios!.stage2 })));
  writeFileSync('/tmp/h9/BOOTX64.EFI', bytes!);
});
