/** Operands that say where: labels of branches and addresses, and memory operands in brackets. */
import { ABSOLUTE } from '../assembly/scanner.ts';
import type { Item } from './items.ts';
import { field, fieldMask, type Operand, signedField } from './operand.ts';
import { isInteger } from './operand-reader.ts';
import { registerName } from './operand-registers.ts';
import { EXTEND_NAMES } from './operand-shifts.ts';
import { loadStoreLow12, Relocation } from './relocations.ts';

export function label(position: number, bits: number, kind: Relocation): Operand {
  return {
    mask: fieldMask(position, bits),
    encode(reader, word) {
      const item = reader.take();
      const distance = reader.distance(item, kind, bits + 2);
      if (distance === null) return word;
      if (distance & 3) return reader.fail(item, 'a label at a multiple of 4 bytes', true);
      return word | (((distance >> 2) << position) & fieldMask(position, bits));
    },
    decode: (word, address) => `0x${(address + 4 * signedField(word, position, bits)).toString(16)}`,
  };
}

/** The target of `adr` or, with `page`, of `adrp`. */
export function address(page: boolean): Operand {
  return {
    mask: fieldMask(29, 2) | fieldMask(5, 19),
    encode(reader, word) {
      const item = reader.take();
      if (page) {
        const value = item?.kind === 'name' ? reader.around.resolve(item.name)
          : item?.kind === 'value' && !item.hash && !item.part ? item.value : null;
        if (!value || value.base === ABSOLUTE) return reader.fail(item, 'a label or symbol');
        reader.relocation = { kind: Relocation.AdrPage21, value };
        return word;
      }
      const distance = reader.distance(item, Relocation.Adr21, 21);
      return distance === null ? word : word | ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5);
    },
    decode(word, at) {
      const distance = (signedField(word, 5, 19) << 2) | field(word, 29, 2);
      const target = page ? Math.floor(at / 4096) * 4096 + distance * 4096 : at + distance;
      return target < 0 ? null : `0x${target.toString(16)}`;
    },
  };
}

function base(word: number): string {
  return registerName('x', field(word, 5, 5), true);
}

const BASE_EXPECTED = 'a base register x0 to x30 or sp';

/** `[Xn|SP{, #offset}]`: the offset in units of `unit` bytes in `bits` bits at `position`. */
export function memory(
  position: number, bits: number, unit: number, signed: boolean, write: '' | 'pre' | 'post',
): Operand {
  const high = (signed ? 2 ** (bits - 1) : 2 ** bits) - 1;
  const low = signed ? -high - 1 : 0;
  return {
    mask: fieldMask(5, 5) | fieldMask(position, bits),
    encode(reader, word) {
      const item = reader.memory(write === 'pre');
      if (!item) return word;
      const parts = item.items;
      const encoded = word | (reader.register(parts[0] ?? null, 'x', true, BASE_EXPECTED) << 5);
      let offset: Item | null = parts[1] ?? null;
      if (write === 'post') {
        if (offset) return reader.fail(offset, '`]`');
        offset = reader.take();
      } else if (parts.length > 2) return reader.fail(parts[2]!, '`]`');
      if (!offset && write !== '') return reader.fail(null, 'an offset');
      if (!offset) return encoded;
      const place = signed ? null : reader.low12(offset);
      if (place) {
        reader.relocation = { kind: loadStoreLow12(unit), value: place };
        return encoded;
      }
      const value = reader.integer(offset, low * unit, high * unit, unit);
      return encoded | (((value / unit) << position) & fieldMask(position, bits));
    },
    decode(word) {
      const offset = unit * (signed ? signedField(word, position, bits) : field(word, position, bits));
      if (write === 'post') return `[${base(word)}], #${offset}`;
      if (write === 'pre') return `[${base(word)}, #${offset}]!`;
      return offset ? `[${base(word)}, #${offset}]` : `[${base(word)}]`;
    },
  };
}

/** `[Xn|SP]`, also written with `#0`. */
export const baseOnly: Operand = {
  mask: fieldMask(5, 5),
  encode(reader, word) {
    const item = reader.memory(false);
    if (!item) return word;
    if (item.items.length > 2) return reader.fail(item.items[2]!, '`]`');
    if (item.items.length > 1) reader.integer(item.items[1] ?? null, 0, 0);
    return word | (reader.register(item.items[0]!, 'x', true, BASE_EXPECTED) << 5);
  },
  decode: (word) => `[${base(word)}]`,
};

/** `[Xn|SP, Rm{, extend {#amount}}]` for an access of `bytes` bytes: option in bits 13-15, shifted or not in bit 12. */
export function indexed(bytes: number): Operand {
  const amount = 31 - Math.clz32(bytes);
  return {
    mask: fieldMask(5, 5) | fieldMask(16, 5) | fieldMask(12, 4),
    encode(reader, word) {
      const item = reader.memory(false);
      if (!item) return word;
      const [first, index, shift, more] = item.items;
      const encoded = word | (reader.register(first!, 'x', true, BASE_EXPECTED) << 5);
      if (index?.kind !== 'register' || !isInteger(index)) return reader.fail(index ?? item, 'an index register');
      const wide = index.letter === 'x';
      const number = reader.register(index, index.letter, false, 'an index register');
      if (more) return reader.fail(more, '`]`');
      if (shift && shift.kind !== 'shift') return reader.fail(shift, 'a shift or an extension');
      const names = wide ? ['lsl', 'sxtx'] : ['uxtw', 'sxtw'];
      if (!wide && !shift) return reader.fail(item, 'uxtw or sxtw behind the index register');
      if (shift && !names.includes(shift.name)) return reader.fail(shift, names.join(' or '));
      const option = !shift || shift.name === 'lsl' ? 3 : EXTEND_NAMES.indexOf(shift.name);
      if (shift?.name === 'lsl' && shift.amount === null) return reader.fail(shift, 'an amount behind lsl', true);
      const by = shift?.amount ?? null;
      if (by !== null && by !== 0n && by !== BigInt(amount)) {
        return reader.fail(shift!, amount ? `an amount of 0 or ${amount}` : 'an amount of 0', true);
      }
      // Bytes are never shifted: there bit 12 says whether an amount was written.
      const scaled = by !== null && (bytes === 1 || by !== 0n);
      return encoded | (number << 16) | (option << 13) | (scaled ? 1 << 12 : 0);
    },
    decode(word) {
      const option = field(word, 13, 3);
      if ((option & 2) === 0) return null;
      const index = registerName(option & 1 ? 'x' : 'w', field(word, 16, 5));
      const scaled = field(word, 12, 1) === 1;
      if (option === 3 && !scaled) return `[${base(word)}, ${index}]`;
      const name = option === 3 ? 'lsl' : EXTEND_NAMES[option]!;
      return `[${base(word)}, ${index}, ${name}${scaled ? ` #${amount}` : ''}]`;
    },
  };
}
