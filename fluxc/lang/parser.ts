/**
 * From a FLUX.MD document to the syntax tree of its module.
 *
 * In: the document's text. Out: a `ModuleNode`, always: what is broken is reported and left out, and the rest stands.
 */
import type { Source } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import { readDocument } from '../document/document.ts';
import type { ModuleNode, Name } from './ast.ts';
import { DeclarationContext } from './declaration-context.ts';
import { declareSection, isDeclarationKeyword } from './declarations.ts';
import type { Host } from './host.ts';

export const DOCUMENT_SUFFIX = '.flux.md';

/** Parses a document. A document that does not name its module gets the name that its path says. */
export function parseModule(source: Source, diagnostics: Diagnostics, host: Host): ModuleNode {
  const document = readDocument(source, isDeclarationKeyword, diagnostics);
  const { entries } = document.frontMatter;
  const named = entries.get('module');
  let name = moduleOfPath(source.path);
  if (named) {
    if (isModuleName(named.value)) name = named.value;
    else diagnostics.report('FX0110', named.span, named.value);
  }
  const uses: Name[] = [];
  for (const item of entries.get('uses')?.items ?? []) {
    if (!isModuleName(item.text)) diagnostics.report('FX0110', item.span, item.text);
    else if (uses.some((known) => known.text === item.text)) diagnostics.report('FX0115', item.span, item.text);
    else uses.push(item);
  }
  const settings: ModuleNode['settings'] = new Map();
  for (const [key, entry] of entries) {
    if (key !== 'module' && key !== 'uses') settings.set(key, { value: entry.value, span: entry.span });
  }
  const context = new DeclarationContext(source, diagnostics, host, name);
  for (const section of document.sections) declareSection(context, section);
  const { decls, systemCalls, instructionSets } = context;
  return { name, path: source.path, uses, decls, systemCalls, instructionSets, settings };
}

/** `hal/device/pl011.flux.md` → `hal.device.pl011` */
export function moduleOfPath(path: string): string {
  const stem = path.endsWith(DOCUMENT_SUFFIX) ? path.slice(0, -DOCUMENT_SUFFIX.length) : path;
  return stem.split('/').filter((part) => part !== '' && part !== '.' && part !== '..').join('.');
}

/** Words of letters, digits and `_` with dots between. */
export function isModuleName(text: string): boolean {
  let isStart = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
    const isDigit = code >= 48 && code <= 57;
    if (isStart ? !isLetter : !isLetter && !isDigit && code !== 46) return false;
    isStart = code === 46;
  }
  return !isStart && text.length < 200;
}
