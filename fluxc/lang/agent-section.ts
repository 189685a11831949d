/**
 * `## agent name`: from its section to a declaration.
 *
 * Under the heading stands a key list (`agent-keys.ts`); the code stands in blocks under the plain headings `init`,
 * `loop` and `on kind(name: *Message)`. Further headings and lists are for the reader.
 */
import type { Part, Section } from '../document/document.ts';
import type { Fence } from '../document/fence.ts';
import { inlineCode } from '../document/text.ts';
import { defaultOptions, isAgentKey, keyNames, quoted, readOptions } from './agent-keys.ts';
import type { AgentCode, AgentHandler, AgentOptions, Block } from './ast.ts';
import type { DeclarationContext } from './declaration-context.ts';
import { keyItems, readKeyLine } from './key-list.ts';
import { parseBody } from './parser-statements.ts';
import { parseType } from './parser-types.ts';
import { readBlock, readHeading } from './read-code.ts';
import { Token } from './tokens.ts';

const HANDLER = /^on\s+\w+\s*(\(.*)?$/;
const HANDLER_FORM = '`on kind(message: *Message)`';
const CODE = '`### init`, `### loop` or `### on tell(message: *Message)`';

/** `form`: how the heading is written, for messages. */
export function declareAgent(context: DeclarationContext, section: Section, form: string): void {
  const { span } = section.heading!;
  const heading = readHeading(context.source, span, context.diagnostics, form);
  heading.advance();
  const name = heading.expectName('the name of the agent');
  heading.expectEnd();
  const options = defaultOptions();
  const lines = keyItems(section.parts[0]!).map((item) => readKeyLine(context, item, quoted(keyNames('agent'))));
  readOptions(context, lines.filter((line) => line !== null), 'agent', options);
  context.refuse(section, CODE, ({ language }) => language === 'flux');
  const code = readCode(context, section, name.text, options.bytecode !== null);
  if (heading.panicking) return;
  context.add({ kind: 'agent', name, isPublic: section.level <= 2, span, options, code });
}

/** The keys of a test: null if it has none and so runs in the kernel. Any other list is for the reader. */
export function testOptions(context: DeclarationContext, section: Section): AgentOptions | null {
  const items = keyItems(section.parts[0]!);
  const isKey = (text: string) => text === 'in' || isAgentKey(text);
  if (!items.some(({ lines: [line] }) => line && isKey(keyOf(context.text(line))))) return null;
  const lines = items.map((item) => readKeyLine(context, item, quoted(keyNames('test')))).filter((line) => line !== null);
  const place = lines.find(({ key }) => key.text === 'in');
  const others = lines.filter((line) => line !== place);
  const where = place?.values.map((value) => value.map(({ text }) => text).join(' ')).join(', ');
  if (place && where !== 'agent') {
    context.diagnostics.report('FX0904', place.span, 'in', 'the word `agent`', where!, 'in', 'agent');
  } else if (!place && others.length > 0) context.diagnostics.report('FX0907', others[0]!.span);
  const options = { ...defaultOptions(), starts: false };
  readOptions(context, others, 'test', options);
  return options;
}

function keyOf(line: string): string {
  return line.slice(0, Math.max(0, line.indexOf(':'))).trim();
}

/** The blocks under the headings that have a meaning here, each once; others are refused. */
function readCode(context: DeclarationContext, section: Section, name: string, hasBytecode: boolean): AgentCode {
  const code: AgentCode = { init: null, loop: null, handlers: [] };
  const errors = context.diagnostics.list.length;
  for (const part of section.parts) {
    const title = part === section.parts[0] ? '' : headingText(context, part);
    const kind = title === 'init' || title === 'loop' ? title : HANDLER.test(title) ? 'on' : null;
    if (kind === null) {
      refuseCode(context, part);
      continue;
    }
    const fence = theBlock(context, part);
    // What only starts like a handler may be for the reader.
    if (!fence && kind === 'on') continue;
    if (kind === 'on') readHandler(context, part, fence!, code.handlers, name);
    else if (code[kind]) context.diagnostics.report('FX0912', part.heading!.span, name, `\`### ${kind}\``);
    else if (fence) code[kind] = block(context, fence);
    else if (context.diagnostics.list.length === errors) {
      context.diagnostics.report('FX0120', part.heading!.span, title, 'code', 'a block ```flux');
    }
  }
  const isEmpty = !code.init && !code.loop && code.handlers.length === 0;
  if (hasBytecode && !isEmpty) context.diagnostics.report('FX0924', section.heading!.span, name);
  if (isEmpty && !hasBytecode && name !== '' && context.diagnostics.list.length === errors) {
    context.diagnostics.report('FX0910', section.heading!.span, name);
  }
  return code;
}

function headingText({ source }: DeclarationContext, part: Part): string {
  const code = inlineCode(source, part.heading!.span, 'heading');
  return code.text.slice(code.from, code.to).trim();
}

/** Blocks of compiled languages belong under the headings of an agent's code. */
function refuseCode(context: DeclarationContext, part: Part): void {
  for (const fence of part.fences) {
    if (fence.language !== 'flux') continue;
    context.diagnostics.report('FX0122', fence.head, 'flux', context.text(part.heading!.span), CODE);
  }
}

/** The one `flux` block of a part. Steps in words in its place, and further blocks, are reported. */
function theBlock(context: DeclarationContext, part: Part): Fence | null {
  const title = context.text(part.heading!.span);
  const [fence, ...others] = part.fences.filter(({ language }) => language === 'flux');
  for (const other of others) context.diagnostics.report('FX0121', other.head, title, 'block');
  const step = fence ? undefined : part.items.find(({ isOrdered, lines }) => isOrdered && lines.length > 0);
  if (step) context.diagnostics.report('FX0911', step.lines[0]!);
  return fence ?? null;
}

function block(context: DeclarationContext, fence: Fence): Block {
  return parseBody(readBlock(context.source, fence.content, context.diagnostics));
}

/** `on kind(name: *Message)`; the parameter may be left out. */
function readHandler(
  context: DeclarationContext, part: Part, fence: Fence, handlers: AgentHandler[], agent: string,
): void {
  const { span } = part.heading!;
  const reader = readHeading(context.source, span, context.diagnostics, HANDLER_FORM);
  reader.advance();
  const kind = reader.expectWord();
  let param: AgentHandler['param'] = null;
  const opener = reader.index;
  if (!reader.panicking && reader.accept(Token.LeftParen)) {
    if (reader.kind !== Token.RightParen) {
      const name = reader.expectName('the name of the message');
      reader.expect(Token.Colon, '`:` and the type');
      param = { name, type: parseType(reader) };
    }
    reader.expectClose(Token.RightParen, opener);
  }
  reader.expectEnd();
  const body = block(context, fence);
  if (reader.panicking) return;
  if (handlers.some((known) => known.kind.text === kind.text)) {
    context.diagnostics.report('FX0912', kind.span, agent, `\`### on ${kind.text}\``);
  } else handlers.push({ kind, param, body, span });
}
