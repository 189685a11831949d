/** What the characters of assembly text are. */

export function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isNameStart(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || code === 46 || code === 36;
}

export function isNamePart(code: number): boolean {
  return isNameStart(code) || isDigit(code);
}

/** The code of the character behind a backslash, or -1. */
export function escapedCode(character: string): number {
  switch (character) {
    case 'n': return 10;
    case 't': return 9;
    case 'r': return 13;
    case '0': return 0;
    case 'b': return 8;
    case 'f': return 12;
    case '\\': return 92;
    case '"': return 34;
    case "'": return 39;
    default: return -1;
  }
}
