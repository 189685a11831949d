/** Types: `u32`, `process.Process`, `*T`, `?T`, `!T`, `[N]T`, `[]T`, `fn(T, U): V`. */
import type { TypeNode } from './ast.ts';
import type { TokenReader } from './token-reader.ts';
import { Token } from './tokens.ts';

/** A type. Where none stands that is reported, and a name without text comes back. */
export function parseType(reader: TokenReader): TypeNode {
  const { start } = reader;
  if (!reader.enter()) return missing(reader);
  const type = typeAt(reader);
  reader.leave();
  type.span = reader.from(start);
  return type;
}

export function isMissing(type: TypeNode): boolean {
  return type.kind === 'named' && type.name.text === '';
}

function missing(reader: TokenReader): TypeNode {
  const span = reader.here();
  return { kind: 'named', module: null, name: { text: '', span }, span };
}

/** The type without its span, which `parseType` sets. */
function typeAt(reader: TokenReader): TypeNode {
  const { span } = reader;
  switch (reader.kind) {
    case Token.Star: {
      reader.advance();
      const to = parseType(reader);
      reader.raise(reader.height);
      return { kind: 'pointer', to, span };
    }
    case Token.Question: {
      reader.advance();
      const of = parseType(reader);
      reader.raise(reader.height);
      return { kind: 'optional', of, span };
    }
    case Token.Bang: {
      reader.advance();
      reader.height = 0;
      const of = startsType(reader.kind) ? parseType(reader) : null;
      reader.raise(reader.height);
      return { kind: 'result', of, span };
    }
    case Token.LeftBracket: return arrayOrSlice(reader);
    case Token.Fn: return functionType(reader);
    case Token.Name: {
      reader.height = 1;
      const name = reader.expectName();
      if (reader.peek(0) !== Token.Dot) return { kind: 'named', module: null, name, span };
      reader.advance();
      return { kind: 'named', module: name, name: reader.expectName('the name of a type'), span };
    }
    default:
      reader.fail('a type');
      return missing(reader);
  }
}

function arrayOrSlice(reader: TokenReader): TypeNode {
  const { span, index } = reader;
  reader.advance();
  if (reader.accept(Token.RightBracket)) {
    const of = parseType(reader);
    reader.raise(reader.height);
    return { kind: 'slice', of, span };
  }
  const count = reader.grammar.expression(reader);
  const countHeight = reader.height;
  reader.expectClose(Token.RightBracket, index);
  const of = parseType(reader);
  reader.raise(Math.max(countHeight, reader.height));
  return { kind: 'array', count, of, span };
}

function functionType(reader: TokenReader): TypeNode {
  const { span } = reader;
  reader.advance();
  const params: TypeNode[] = [];
  const opener = reader.index;
  let height = 0;
  reader.expect(Token.LeftParen);
  while (!reader.panicking && reader.kind !== Token.RightParen) {
    // A parameter may have a name, for the reader.
    if (reader.kind === Token.Name && reader.peek(1) === Token.Colon) {
      reader.advance();
      reader.advance();
    }
    params.push(parseType(reader));
    height = Math.max(height, reader.height);
    if (!reader.accept(Token.Comma)) break;
  }
  reader.expectClose(Token.RightParen, opener);
  let result: TypeNode | null = null;
  if (reader.kind === Token.Colon && startsType(reader.peek(1))) {
    reader.advance();
    result = parseType(reader);
    height = Math.max(height, reader.height);
  }
  reader.raise(height);
  return { kind: 'function', params, result, span };
}

function startsType(kind: Token): boolean {
  return kind === Token.Name || kind === Token.Star || kind === Token.Question || kind === Token.Bang ||
    kind === Token.LeftBracket || kind === Token.Fn;
}
