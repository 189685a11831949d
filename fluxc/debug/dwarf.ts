/**
 * DWARF 5 for an image: what a debugger needs to show documents instead of addresses.
 *
 * One compilation unit holds the whole image. Functions have the names of their declarations, so `break kernel.sched.pick` and
 * `break kernel/sched.flux.md:42` both work.
 *
 * Source: DWARF 5, chapters 2, 3 and 7.
 */
import type { Sources } from '../base/source.ts';
import type { LinkedImage } from '../link/link.ts';
import type { Unwinding } from '../target/machine/target.ts';
import { DwarfBytes } from './dwarf-bytes.ts';
import { writeFrames } from './dwarf-frame.ts';
import { DocumentTable, writeLines } from './dwarf-line.ts';

export interface DebugSection {
  name: string;
  bytes: Uint8Array;
}

const enum Tag { CompileUnit = 0x11, Subprogram = 0x2e }
const enum Attribute {
  Name = 0x03, StmtList = 0x10, LowPc = 0x11, HighPc = 0x12, Language = 0x13, CompDir = 0x1b, Producer = 0x25,
  DeclFile = 0x3a, DeclLine = 0x3b, External = 0x3f, FrameBase = 0x40,
}
const enum Form { Addr = 0x01, Data8 = 0x07, String = 0x08, Udata = 0x0f, SecOffset = 0x17, Exprloc = 0x18, FlagPresent = 0x19, Data2 = 0x05 }

/** What stands nearest to Flux among the languages that debuggers know: its expressions are C's. */
const LANGUAGE_C11 = 0x1d;
const UNIT_COMPILE = 1;
const CALL_FRAME_CFA = 0x9c;

const UNIT = 1;
const FUNCTION = 2;
/** A function that comes from no document. */
const NAMELESS_PLACE = 3;

/** The sections to put into the ELF. `main`: the root document; `folder`: where documents' paths start, for the debugger. */
export function writeDwarf(
  image: LinkedImage, sources: Sources, main: string, folder: string, unwinding: Unwinding,
): DebugSection[] {
  const documents = new DocumentTable(main);
  const functions = image.symbols.filter(({ section, size }) => section === '.text' && size > 0);
  const information = new DwarfBytes();
  information.sized((unit) => {
    unit.u16(5).u8(UNIT_COMPILE).u8(8).u32(0);
    unit.unsigned(UNIT).text('fluxos').u16(LANGUAGE_C11).text(main).text(folder).u32(0);
    const start = functions[0]?.address ?? 0;
    const last = functions[functions.length - 1];
    unit.u64(start).u64(last ? last.address + last.size - start : 0);
    for (const { name, address, size, loc } of functions) {
      const place = sources.place(loc);
      unit.unsigned(place ? FUNCTION : NAMELESS_PLACE).text(name).u64(address).u64(size);
      unit.unsigned(1).u8(CALL_FRAME_CFA);
      if (place) unit.unsigned(documents.number(place.path)).unsigned(place.line);
    }
    unit.u8(0);
  });
  return [
    { name: '.debug_abbrev', bytes: abbreviations() },
    { name: '.debug_info', bytes: information.take() },
    // Behind the information, which numbers documents as well: the table lists all of them.
    { name: '.debug_line', bytes: writeLines(functions, sources, documents, folder) },
    { name: '.debug_frame', bytes: writeFrames(functions, unwinding) },
  ];
}

function abbreviations(): Uint8Array {
  const out = new DwarfBytes();
  const declare = (code: number, tag: Tag, hasChildren: boolean, attributes: readonly [Attribute, Form][]) => {
    out.unsigned(code).unsigned(tag).u8(hasChildren ? 1 : 0);
    for (const [attribute, form] of attributes) out.unsigned(attribute).unsigned(form);
    out.u8(0).u8(0);
  };
  declare(UNIT, Tag.CompileUnit, true, [
    [Attribute.Producer, Form.String], [Attribute.Language, Form.Data2], [Attribute.Name, Form.String],
    [Attribute.CompDir, Form.String], [Attribute.StmtList, Form.SecOffset], [Attribute.LowPc, Form.Addr], [Attribute.HighPc, Form.Data8],
  ]);
  const common: [Attribute, Form][] = [
    [Attribute.Name, Form.String], [Attribute.LowPc, Form.Addr], [Attribute.HighPc, Form.Data8], [Attribute.External, Form.FlagPresent],
    [Attribute.FrameBase, Form.Exprloc],
  ];
  declare(FUNCTION, Tag.Subprogram, false, [...common, [Attribute.DeclFile, Form.Udata], [Attribute.DeclLine, Form.Udata]]);
  declare(NAMELESS_PLACE, Tag.Subprogram, false, common);
  return out.u8(0).take();
}
