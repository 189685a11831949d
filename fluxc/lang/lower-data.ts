/** Writes constants into the image: initial values of statics, constants that lie in memory, texts. */
import type { DataReference, Module } from '../fir/module.ts';
import { isZero } from './fold-constant.ts';
import type { ConstantValue, TypedExpr } from './typed-tree.ts';
import { fieldsOf, type FluxType, isPointerLike, layoutOf, payloadOffset, prune } from './types.ts';

export class DataWriter {
  /** symbol of each text, by its bytes as characters */
  private readonly texts = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  constructor(readonly module: Module) {}

  /** The symbol of an object that holds `bytes`; equal texts share one. It is named after `home`, its first user. */
  text(bytes: Uint8Array, home: string): string {
    let key = '';
    for (const byte of bytes) key += String.fromCharCode(byte);
    const known = this.texts.get(key);
    if (known !== undefined) return known;
    const name = this.fresh(`${home}.string`);
    this.texts.set(key, name);
    this.module.defineData(name, { bytes, size: bytes.length, align: 1, writable: false, references: [] }, 0);
    return name;
  }

  /** An unnamed constant of the module `home`. */
  constant(value: TypedExpr, home: string): string {
    const name = this.fresh(`${home}.constant`);
    this.define(name, value, value.type, { writable: false, align: 1, loc: 0, home });
    return name;
  }

  private fresh(stem: string): string {
    const number = this.counts.get(stem) ?? 0;
    this.counts.set(stem, number + 1);
    return `${stem}.${number}`;
  }

  /** Defines the object `name` of the type; `value` null is all zeros. */
  define(
    name: string, value: TypedExpr | null, type: FluxType,
    how: { writable: boolean; align: number; loc: number; home: string },
  ): void {
    const layout = layoutOf(type);
    const align = Math.max(layout.align, how.align);
    const references: DataReference[] = [];
    let bytes: Uint8Array | null = null;
    if (value && !isZero(value)) {
      const content = new Uint8Array(layout.size);
      this.write(content, references, 0, value as ConstantValue, how.home);
      bytes = content;
    }
    this.module.defineData(name, { bytes, size: layout.size, align, writable: how.writable, references }, how.loc);
  }

  private write(
    bytes: Uint8Array, references: DataReference[], offset: number, value: ConstantValue, home: string,
  ): void {
    const type = prune(value.type);
    const inner = (at: number, part: TypedExpr) => this.write(bytes, references, at, part as ConstantValue, home);
    const reference = (at: number, symbol: string, addend = 0) => {
      references.push({ offset: at, symbol: this.module.symbol(symbol), addend });
    };
    switch (value.kind) {
      case 'null': case 'zero': return;
      case 'int': return writeInteger(bytes, offset, layoutOf(type).size, value.value);
      case 'bool':
        bytes[offset] = value.value ? 1 : 0;
        return;
      case 'float': {
        const view = new DataView(bytes.buffer);
        if (type.kind === 'float' && type.bits === 32) view.setFloat32(offset, value.value, true);
        else view.setFloat64(offset, value.value, true);
        return;
      }
      case 'string':
        if (value.bytes.length > 0) reference(offset, this.text(value.bytes, home));
        return writeInteger(bytes, offset + 8, 8, BigInt(value.bytes.length));
      case 'function': return reference(offset, value.entity.symbol);
      case 'symbol': return reference(offset, value.symbol, value.offset);
      case 'struct': {
        if (type.kind !== 'struct') return;
        fieldsOf(type).forEach((field, index) => {
          const part = value.fields[index];
          if (part) inner(offset + field.offset, part);
        });
        return;
      }
      case 'array': {
        const size = type.kind === 'array' ? layoutOf(type.of).size : 0;
        value.items.forEach((item, index) => inner(offset + index * size, item));
        return;
      }
      case 'repeat': {
        const size = layoutOf(value.item.type).size;
        for (let index = 0; index < value.count; index++) inner(offset + index * size, value.item);
        return;
      }
      case 'some':
        if (type.kind !== 'optional') return;
        if (!isPointerLike(type.of)) bytes[offset] = 1;
        return inner(offset + payloadOffset(type), value.value);
      case 'ok':
        if (type.kind === 'result' && value.value) inner(offset + payloadOffset(type), value.value);
        return;
      case 'arraySlice': {
        const pointer = prune(value.pointer.type);
        const array = pointer.kind === 'pointer' ? prune(pointer.to) : pointer;
        inner(offset, value.pointer);
        return writeInteger(bytes, offset + 8, 8, BigInt(array.kind === 'array' ? array.count : 0));
      }
    }
  }
}

function writeInteger(bytes: Uint8Array, offset: number, size: number, value: bigint): void {
  let rest = BigInt.asUintN(64, value);
  for (let index = 0; index < size; index++) {
    bytes[offset + index] = Number(rest & 255n);
    rest >>= 8n;
  }
}
