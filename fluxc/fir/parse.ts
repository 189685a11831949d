/**
 * Reads the text form of FIR (`docs/fir.md` has the grammar): a module from a text that `print.ts` or a person wrote.
 *
 * Anything wrong becomes a diagnostic, at most one an instruction, and reading goes on with the next line. The result
 * has its values, blocks and symbols resolved; whether types and dominance hold is for `verify.ts` to say.
 */
import type { Source } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { type Attributes, Func } from './function.ts';
import { Kind } from './lexer.ts';
import type { DataReference, Module } from './module.ts';
import { FunctionReader } from './parse-function.ts';
import { symbolName } from './print.ts';

/** The module that `source` describes, or null if it has errors. */
export function parseModule(source: Source, diagnostics: Diagnostics): Module | null {
  const before = diagnostics.list.length;
  const module = new ModuleReader(source, diagnostics).module();
  return diagnostics.list.length === before ? module : null;
}

class ModuleReader extends FunctionReader {
  module(): Module {
    this.declareSymbols();
    this.at = 0;
    this.skipLines();
    if (this.acceptWord('module')) {
      this.into.name = this.take(Kind.String, 'the module\'s name in quotes')?.text ?? '';
      this.endLine();
    }
    for (this.skipLines(); this.token.kind !== Kind.End; this.skipLines()) {
      if (this.acceptWord('external')) this.external();
      else if (this.acceptWord('data')) this.data();
      else if (this.acceptWord('asm')) this.assembly();
      else if (this.acceptWord('fn')) this.function();
      else {
        this.expected('`external`, `data`, `asm` or `fn`');
        this.advance();
      }
      this.endLine();
    }
    return this.into;
  }

  /** Gives every declared symbol its index, in the order of the text, before anything refers to it. */
  private declareSymbols(): void {
    let lineStart = true;
    let inside = false;
    for (; this.token.kind !== Kind.End; this.advance()) {
      if (this.isMark('{')) inside = true;
      else if (this.isMark('}')) inside = false;
      const name = this.tokens[this.at + 1]!;
      if (lineStart && !inside && name.kind === Kind.Symbol && this.isDeclaration()) {
        if (this.into.find(name.text) !== undefined) this.error('FX0407', name, symbolName(name.text));
        this.into.symbol(name.text);
        this.broken = false;
      }
      lineStart = this.token.kind === Kind.Line;
    }
  }

  private isDeclaration(): boolean {
    return this.isWord('external') || this.isWord('data') || this.isWord('asm') || this.isWord('fn');
  }

  private declaredName(): string {
    return this.take(Kind.Symbol, 'a symbol (`@name`)')?.text ?? '';
  }

  /** `[root, naked, section "…"]`; those about functions go to `attributes`. */
  private attributes(name: string, attributes: Attributes | null): void {
    if (!this.acceptMark('[')) return;
    const symbol = this.into.symbols[this.into.symbol(name)]!;
    do {
      if (this.acceptWord('root')) symbol.root = true;
      else if (this.acceptWord('section')) {
        symbol.section = this.take(Kind.String, 'a section name in quotes')?.text ?? '';
      } else if (attributes && this.acceptWord('inline')) attributes.inline = 'always';
      else if (attributes && this.acceptWord('noinline')) attributes.inline = 'never';
      else if (attributes && this.acceptWord('interrupt')) attributes.interrupt = true;
      else if (attributes && this.acceptWord('naked')) attributes.naked = true;
      else this.expected('an attribute');
    } while (this.acceptMark(','));
    this.mark(']');
  }

  private external(): void {
    const name = this.declaredName();
    this.attributes(name, null);
    const loc = this.loc();
    if (!this.broken) this.into.symbols[this.into.symbol(name)]!.loc = loc;
  }

  private data(): void {
    const nameToken = this.token;
    const name = this.declaredName();
    this.attributes(name, null);
    const loc = this.loc();
    const writable = this.acceptWord('writable');
    this.word('size');
    const size = this.integer(0, 2 ** 31 - 1, 'a size in bytes');
    this.word('align');
    const align = this.integer(1, 2 ** 30, 'an alignment in bytes');
    let bytes: Uint8Array | null = null;
    if (this.acceptMark('=')) {
      const content = this.strings();
      if (content.length > size) this.error('FX0411', nameToken, content.length, size);
      bytes = new Uint8Array(this.broken ? 0 : content.length);
      for (let i = 0; i < bytes.length; i++) {
        if (content.charCodeAt(i) > 255) this.error('FX0408', nameToken, content[i]!, 'a byte');
        bytes[i] = content.charCodeAt(i);
      }
    }
    const references: DataReference[] = [];
    if (this.acceptMark('[')) {
      do {
        const offset = this.integer(0, Math.max(0, size - 8), 'the offset of 8 bytes in the object');
        this.mark(':');
        references.push({ offset, symbol: this.symbol(), addend: this.offset() });
      } while (this.acceptMark(','));
      this.mark(']');
    }
    if (!this.broken) this.into.defineData(name, { bytes, size, align, writable, references }, loc);
  }

  private assembly(): void {
    const name = this.declaredName();
    this.attributes(name, null);
    const loc = this.loc();
    this.mark('=');
    const textLoc = this.loc();
    const text = this.strings();
    if (!this.broken) this.into.defineAssembly(name, { text, loc: textLoc }, loc);
  }

  private function(): void {
    const name = this.declaredName();
    const signature = this.signature();
    const attributes: Attributes = { inline: 'auto', interrupt: false, naked: false };
    this.attributes(name, attributes);
    const loc = this.loc();
    const loc0 = this.loc();
    this.mark('{');
    if (this.broken) return this.skipBody();
    this.endLine();
    this.f = new Func(name, signature, loc0);
    this.f.attributes = attributes;
    if (this.body()) this.into.defineFunction(name, this.f, loc);
  }

  /** Passes over a body whose header was wrong. */
  private skipBody(): void {
    while (!this.isMark('}') && this.token.kind !== Kind.End) this.advance();
    if (this.isMark('}')) this.advance();
  }
}
