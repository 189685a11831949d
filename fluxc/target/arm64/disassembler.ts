/**
 * From an instruction word to text in the syntax that the assembler takes: the first form of the table that fits, with
 * the aliases and the number formats of GNU objdump. Branch targets are absolute addresses.
 */
import type { Disassembled } from '../machine/target.ts';
import { candidatesFor } from './forms.ts';

/** Reads the word at `offset`. What is no instruction here, or a cut-off word, becomes data. */
export function disassemble(bytes: Uint8Array, offset: number, address: number): Disassembled {
  if (offset + 4 > bytes.length) {
    const rest = Array.from(bytes.subarray(offset), (byte) => `0x${byte.toString(16)}`);
    return { length: Math.max(1, rest.length), text: `.byte ${rest.join(', ')}` };
  }
  const word = bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24);
  const text = instructionText(word, address) ?? `.word 0x${(word >>> 0).toString(16).padStart(8, '0')}`;
  return { length: 4, text };
}

function instructionText(word: number, address: number): string | null {
  for (const form of candidatesFor(word)) {
    if (((word ^ form.word) & form.mask) !== 0) continue;
    const operands: string[] = [];
    let fits = true;
    for (const operand of form.operands) {
      const text = operand.decode(word, address);
      if (text === null) {
        fits = false;
        break;
      }
      if (text !== '') operands.push(text);
    }
    if (fits) return operands.length > 0 ? `${form.mnemonic} ${operands.join(', ')}` : form.mnemonic;
  }
  return null;
}
