/**
 * Types for debuggers. Flux has some that C has not, and debuggers think in C: a slice is a struct of `pointer` and `length`, a `?T`
 * that is no pointer one of `present` and `value`, a `!T` one of `error` and `value`, registers are a struct that lies
 * at the device. Layout is what `lang/types.ts` says.
 */
import {
  type EnumType, fieldsOf, type FluxType, isPointerLike, layoutOf, membersOf, nameOf, payloadOffset, prune, type RegistersType,
  registersOf, U64,
} from '../lang/types.ts';
import { Attribute, type AttributeValue, type Entries, Form, type Key, Tag } from './dwarf-entries.ts';

const enum Encoding { Boolean = 0x02, Float = 0x04, Signed = 0x05, Unsigned = 0x07, UnsignedChar = 0x08 }

interface Member {
  name: string;
  type: FluxType;
  offset: number;
}

export class Types {
  /** those that somebody refers to, in the order of first reference */
  private readonly wanted: { key: Key; type: FluxType }[] = [];
  private readonly known = new Set<Key>();
  private readonly identities = new Map<object, number>();

  constructor(private readonly errors: EnumType | null) {}

  /** The attribute that says what type something has; none for what has no value. */
  attribute(type: FluxType): AttributeValue[] {
    const pruned = prune(type);
    if (pruned.kind === 'void' || pruned.kind === 'never') return [];
    return [[Attribute.Type, Form.Ref4, this.reference(pruned)]];
  }

  private reference(type: FluxType): Key {
    const pruned = prune(type);
    const key = this.keyOf(pruned);
    if (!this.known.has(key)) {
      this.known.add(key);
      this.wanted.push({ key, type: pruned });
    }
    return key;
  }

  /** Structs, enums and registers are themselves; all others are what they are made of. */
  private keyOf(type: FluxType): Key {
    const pruned = prune(type);
    switch (pruned.kind) {
      case 'struct': case 'enum': case 'registers': {
        const known = this.identities.get(pruned);
        if (known !== undefined) return `#${known}`;
        this.identities.set(pruned, this.identities.size);
        return `#${this.identities.size - 1}`;
      }
      case 'pointer': return `*${this.keyOf(pruned.to)}`;
      case 'optional': return `?${this.keyOf(pruned.of)}`;
      case 'result': return `!${this.keyOf(pruned.of)}`;
      case 'array': return `[${pruned.count}]${this.keyOf(pruned.of)}`;
      case 'slice': return `[]${this.keyOf(pruned.of)}`;
      case 'function': return `fn(${pruned.params.map((param) => this.keyOf(param)).join()}):${this.keyOf(pruned.result)}`;
      default: return nameOf(pruned);
    }
  }

  /** Writes all that were referred to, and all that these refer to. */
  write(entries: Entries): void {
    for (let i = 0; i < this.wanted.length; i++) {
      entries.define(this.wanted[i]!.key);
      this.writeOne(entries, this.wanted[i]!.type);
    }
  }

  private writeOne(entries: Entries, type: FluxType): void {
    const pruned = prune(type);
    switch (pruned.kind) {
      case 'int': {
        const encoding = pruned.signed ? Encoding.Signed : Encoding.Unsigned;
        return this.base(entries, pruned.name, pruned.bits / 8, pruned.name === 'u8' ? Encoding.UnsignedChar : encoding);
      }
      case 'float': return this.base(entries, pruned.name, pruned.bits / 8, Encoding.Float);
      case 'bool': return this.base(entries, 'bool', 1, Encoding.Boolean);
      case 'handle': return this.base(entries, pruned.name, 8, Encoding.Unsigned);
      case 'pointer': return this.pointer(entries, this.attribute(pruned.to));
      case 'optional':
        if (isPointerLike(pruned.of)) return this.writeOne(entries, pruned.of);
        return this.tagged(entries, pruned, { name: 'present', type: { kind: 'bool' }, offset: 0 });
      case 'result': return this.tagged(entries, pruned, { name: 'error', type: this.errorType(), offset: 0 });
      case 'array': {
        entries.entry(Tag.ArrayType, this.attribute(pruned.of), true);
        entries.entry(Tag.SubrangeType, [...this.attribute(U64), [Attribute.Count, Form.Udata, pruned.count]]);
        return entries.end();
      }
      case 'slice':
        return this.struct(entries, nameOf(pruned), 16, [
          { name: 'pointer', type: { kind: 'pointer', to: pruned.of }, offset: 0 }, { name: 'length', type: U64, offset: 8 },
        ]);
      case 'struct': return this.struct(entries, pruned.name, layoutOf(pruned).size, fieldsOf(pruned));
      case 'enum': {
        const size = layoutOf(pruned).size;
        entries.entry(Tag.EnumerationType, [
          [Attribute.Name, Form.String, pruned.name], [Attribute.ByteSize, Form.Udata, size], ...this.attribute(pruned.base),
        ], membersOf(pruned).size > 0);
        if (membersOf(pruned).size === 0) return;
        for (const [name, value] of membersOf(pruned)) {
          entries.entry(Tag.Enumerator, [[Attribute.Name, Form.String, name], [Attribute.ConstValue, Form.Sdata, value]]);
        }
        return entries.end();
      }
      case 'registers': return this.registers(entries, pruned);
      case 'function': {
        const key = `${this.keyOf(pruned)} itself`;
        this.pointer(entries, [[Attribute.Type, Form.Ref4, key]]);
        entries.define(key);
        entries.entry(Tag.SubroutineType, [[Attribute.Prototyped, Form.FlagPresent, null], ...this.attribute(pruned.result)], pruned.params.length > 0);
        if (pruned.params.length === 0) return;
        for (const param of pruned.params) entries.entry(Tag.FormalParameter, this.attribute(param));
        return entries.end();
      }
      default: return this.base(entries, nameOf(pruned), 8, Encoding.Unsigned);
    }
  }

  private errorType(): FluxType {
    return this.errors ?? { kind: 'int', name: 'i32', bits: 32, signed: true };
  }

  private base(entries: Entries, name: string, bytes: number, encoding: Encoding): void {
    entries.entry(Tag.BaseType, [
      [Attribute.Name, Form.String, name], [Attribute.ByteSize, Form.Udata, bytes], [Attribute.Encoding, Form.Data1, encoding],
    ]);
  }

  private pointer(entries: Entries, to: readonly AttributeValue[]): void {
    entries.entry(Tag.PointerType, [[Attribute.ByteSize, Form.Udata, 8], ...to]);
  }

  private tagged(entries: Entries, type: Extract<FluxType, { kind: 'optional' | 'result' }>, tag: Member): void {
    const hasValue = prune(type.of).kind !== 'void';
    const members = hasValue ? [tag, { name: 'value', type: type.of, offset: payloadOffset(type) }] : [tag];
    this.struct(entries, nameOf(type), layoutOf(type).size, members);
  }

  private struct(entries: Entries, name: string, size: number, members: readonly Member[]): void {
    entries.entry(Tag.StructureType, [[Attribute.Name, Form.String, name], [Attribute.ByteSize, Form.Udata, size]], members.length > 0);
    if (members.length === 0) return;
    for (const member of members) {
      entries.entry(Tag.Member, [
        [Attribute.Name, Form.String, member.name], ...this.attribute(member.type), [Attribute.DataMemberLocation, Form.Udata, member.offset],
      ]);
    }
    entries.end();
  }

  /** The reference to a block of registers. In memory they can be looked at, which for some devices is an action. */
  private registers(entries: Entries, type: RegistersType): void {
    const key = `${this.keyOf(type)} itself`;
    this.pointer(entries, [[Attribute.Type, Form.Ref4, key]]);
    entries.define(key);
    const all = type.space === 'memory' && type.stride > 0 ? [...registersOf(type).values()] : [];
    const members = all.map(({ name, offset, type: of, count }): Member => {
      const isSpread = count > 0 && type.stride > 1;
      return { name, type: count > 0 && !isSpread ? { kind: 'array', count, of } : of, offset: offset * type.stride };
    });
    const size = members.reduce((most, member) => Math.max(most, member.offset + layoutOf(member.type).size), 0);
    this.struct(entries, type.name, size, members);
  }
}
