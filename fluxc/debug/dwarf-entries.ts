/**
 * The entries of `.debug_info` (DIEs) and the abbreviations that say which attributes each has.
 *
 * An abbreviation is made when the first entry of its shape is written. References to types are filled in at the end,
 * because types may name each other in circles.
 *
 * Source: DWARF 5, sections 2.2, 7.5 and 7.20 to 7.22.
 */
import { DwarfBytes } from './dwarf-bytes.ts';

export const enum Tag {
  ArrayType = 0x01, EnumerationType = 0x04, FormalParameter = 0x05, LexicalBlock = 0x0b, Member = 0x0d, PointerType = 0x0f,
  CompileUnit = 0x11, StructureType = 0x13, SubroutineType = 0x15, InlinedSubroutine = 0x1d, SubrangeType = 0x21, BaseType = 0x24,
  Enumerator = 0x28, Subprogram = 0x2e, Variable = 0x34,
}
export const enum Attribute {
  Location = 0x02, Name = 0x03, ByteSize = 0x0b, StmtList = 0x10, LowPc = 0x11, HighPc = 0x12, Language = 0x13, CompDir = 0x1b,
  ConstValue = 0x1c, Inline = 0x20, Producer = 0x25, Prototyped = 0x27, AbstractOrigin = 0x31, Count = 0x37, DataMemberLocation = 0x38,
  DeclFile = 0x3a, DeclLine = 0x3b, Encoding = 0x3e, External = 0x3f, FrameBase = 0x40, Type = 0x49, Ranges = 0x55,
  CallColumn = 0x57, CallFile = 0x58, CallLine = 0x59,
}
export const enum Form {
  Addr = 0x01, Data2 = 0x05, Data8 = 0x07, String = 0x08, Data1 = 0x0b, Sdata = 0x0d, Udata = 0x0f, Ref4 = 0x13, SecOffset = 0x17,
  Exprloc = 0x18, FlagPresent = 0x19,
}

/** What a reference leads to: a key that `define` gives a place. */
export type Key = string;

export type Value = number | bigint | string | DwarfBytes | null;
export type AttributeValue = readonly [attribute: Attribute, form: Form, value: Value];

export class Entries {
  private readonly abbreviations = new DwarfBytes();
  private readonly codes = new Map<string, number>();
  private readonly places = new Map<Key, number>();
  private readonly references: { at: number; key: Key }[] = [];

  /** `start`: where `out` begins in its unit. */
  constructor(private readonly out: DwarfBytes, private readonly start: number) {}

  /** The next entry is what references to `key` lead to. */
  define(key: Key): void {
    this.places.set(key, this.out.length + this.start);
  }

  /** Writes an entry; with children, they follow, then `end`. */
  entry(tag: Tag, attributes: readonly AttributeValue[], hasChildren = false): void {
    this.out.unsigned(this.code(tag, attributes, hasChildren));
    for (const [, form, value] of attributes) this.value(form, value);
  }

  end(): void {
    this.out.u8(0);
  }

  /** The abbreviations, once all entries are written; fills the references in. */
  finish(): Uint8Array {
    for (const { at, key } of this.references) {
      const place = this.places.get(key);
      if (place === undefined) throw new Error(`no entry for ${key}`);
      this.out.patch32(at, place);
    }
    return this.abbreviations.u8(0).take();
  }

  private code(tag: Tag, attributes: readonly AttributeValue[], hasChildren: boolean): number {
    let shape = `${tag} ${hasChildren}`;
    for (const [attribute, form] of attributes) shape += ` ${attribute}:${form}`;
    const known = this.codes.get(shape);
    if (known !== undefined) return known;
    const code = this.codes.size + 1;
    this.codes.set(shape, code);
    this.abbreviations.unsigned(code).unsigned(tag).u8(hasChildren ? 1 : 0);
    for (const [attribute, form] of attributes) this.abbreviations.unsigned(attribute).unsigned(form);
    this.abbreviations.u8(0).u8(0);
    return code;
  }

  private value(form: Form, value: Value): void {
    const { out } = this;
    switch (form) {
      case Form.Addr: case Form.Data8: out.u64(value as number); return;
      case Form.Data1: out.u8(value as number); return;
      case Form.Data2: out.u16(value as number); return;
      case Form.SecOffset: out.u32(value as number); return;
      case Form.Udata: out.unsigned(value as number); return;
      case Form.Sdata: out.signedBig(value as bigint); return;
      case Form.String: out.text(value as string); return;
      case Form.FlagPresent: return;
      case Form.Ref4:
        this.references.push({ at: out.length, key: value as Key });
        out.u32(0);
        return;
      case Form.Exprloc: {
        const bytes = value as DwarfBytes;
        out.unsigned(bytes.length).append(bytes);
        return;
      }
    }
  }
}
