/** UTF-8 without `TextEncoder`, which QuickJS does not have. */

/** The bytes of `text`. A lone surrogate becomes U+FFFD, as the encoding standard says. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code >= 0xd800 && code <= 0xdfff) {
      const low = code < 0xdc00 && i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i++;
      } else code = 0xfffd;
    }
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return Uint8Array.from(bytes);
}

/** The text of UTF-8 bytes. What is no UTF-8 becomes U+FFFD, one for each byte that begins nothing. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i]!;
    const more = first < 0x80 ? 0 : first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : -1;
    let code = more <= 0 ? first : first & (0x3f >> more);
    let length = 1;
    while (length <= more && (bytes[i + length]! & 0xc0) === 0x80) code = (code << 6) | (bytes[i + length++]! & 63);
    const least = [0, 0x80, 0x800, 0x10000][Math.max(more, 0)]!;
    const isSound = more >= 0 && length === more + 1 && code >= least && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    text += isSound ? String.fromCodePoint(code) : '\ufffd';
    i += isSound ? length : 1;
  }
  return text;
}
