/** Parsing for tests: a document or a piece of code in, its tree and what was reported out. */
import { Sources } from '../../fluxc/base/source.ts';
import { Diagnostics } from '../../fluxc/diagnostics/diagnostic.ts';
import type { Decl, Expr, ModuleNode, Stmt } from '../../fluxc/lang/ast.ts';
import type { Evaluation, Host } from '../../fluxc/lang/host.ts';
import { parseModule } from '../../fluxc/lang/parser.ts';

export interface Parsed {
  module: ModuleNode;
  sources: Sources;
  diagnostics: Diagnostics;
  /** `FX0210 3:7` for each diagnostic, in the order of the document */
  reports: string[];
}

/** A fence with its language. */
export function fence(language: string, code: string): string {
  return `\`\`\`${language}\n${code}\n\`\`\`\n`;
}

export function parseDocument(text: string, evaluate?: (code: string) => Evaluation,
  path = 'test/doc.flux.md'): Parsed {
  const host: Host = {
    read: () => null,
    evaluate: evaluate ?? (() => ({ ok: false, error: 'no build blocks here', line: 0, column: 0 })),
  };
  const sources = new Sources();
  const diagnostics = new Diagnostics();
  const module = parseModule(sources.add(path, text), diagnostics, host);
  const reports =
    [...diagnostics.list].sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0)).map(({ code, span }) => {
    const place = span && sources.place(span.start);
    return place ? `${code} ${place.line}:${place.column}` : code;
  });
  return { module, sources, diagnostics, reports };
}

/** The statements of a body; throws if anything is reported. */
export function statements(code: string): Stmt[] {
  const parsed = parseDocument(`## fn f()\n\n${fence('flux', code)}`);
  if (parsed.reports.length > 0) throw new Error(parsed.diagnostics.list.map((one) => one.message).join('\n'));
  const [decl] = parsed.module.decls;
  return decl?.kind === 'fn' && decl.body ? decl.body.statements : [];
}

export function expression(code: string): Expr {
  const [statement] = statements(`x = ${code}`);
  if (statement?.kind !== 'assign') throw new Error(`no expression: ${code}`);
  return statement.value;
}

/** What is reported about a body; lines count from the first line of the code. */
export function reportsOf(code: string): string[] {
  return parseDocument(`## fn f()\n${fence('flux', code)}`).reports.map((report) => {
    const [, rule, line, column] = /^(\S+) (\d+):(\d+)$/.exec(report)!;
    return `${rule} ${Number(line) - 2}:${column}`;
  });
}

export function declarations(text: string, evaluate?: (code: string) => Evaluation): Decl[] {
  const parsed = parseDocument(text, evaluate);
  if (parsed.reports.length > 0) throw new Error(parsed.diagnostics.list.map((one) => one.message).join('\n'));
  return parsed.module.decls;
}
