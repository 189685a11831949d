/**
 * What programs an image holds: from the agents of all documents to a list in which each knows the others by number.
 *
 * Every `## agent` of a loaded document becomes a program, in the order of the documents, and with them those that they
 * name, directly or through one another: an agent under a deeper heading is there for others alone. A build of the tests
 * has the agents that tests name, and behind them one program for each test in an agent. Names that lead nowhere are
 * reported here.
 */
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { AgentGrant, AgentOptions, Decl, ModuleNode, Name } from '../lang/ast.ts';
import { didYouMean, list } from '../lang/entities.ts';
import { listTests } from '../lang/tests.ts';

type AgentDecl = Extract<Decl, { kind: 'agent' }>;

/** A handle that a program starts with; `index` counts programs, topics or devices. */
export interface PlannedGrant {
  grant: AgentGrant;
  index: number;
}

export interface PlannedProgram {
  name: string;
  /** of its function */
  symbol: string;
  /** where it is declared */
  loc: number;
  /** path of its document */
  document: string;
  options: AgentOptions;
  grants: PlannedGrant[];
  /** number of the program that hears of its end; -1 for nobody */
  supervisor: number;
}

export interface ProgramPlan {
  programs: PlannedProgram[];
  /** so many are agents; behind them stand the tests */
  agents: number;
  topics: string[];
  /** does any of them have `on` handlers? */
  receives: boolean;
}

export interface PlanRequest {
  documents: readonly ModuleNode[];
  board: string;
  /** devices of the board that agents may have, by number */
  devices: readonly string[];
  /** devices that the kernel keeps */
  kernelDevices: readonly string[];
  tests: boolean;
}

/** Limits that kernel and agents agree on: constants of this document. */
const INTERFACE = 'kernel.interface';

interface Candidate {
  name: Name;
  symbol: string;
  document: string;
  options: AgentOptions;
}

export function planPrograms(request: PlanRequest, diagnostics: Diagnostics): ProgramPlan {
  const { documents } = request;
  const found: { decl: AgentDecl; symbol: string; document: string }[] = [];
  const byName = new Map<string, AgentDecl>();
  for (const node of documents) {
    for (const decl of node.decls) {
      if (decl.kind !== 'agent') continue;
      const other = byName.get(decl.name.text);
      if (other) {
        const diagnostic = diagnostics.report('FX0914', decl.name.span, decl.name.text);
        diagnostic.notes.push({ span: other.name.span, text: 'the first one' });
        continue;
      }
      byName.set(decl.name.text, decl);
      found.push({ decl, symbol: `${node.name}.${decl.name.text}`, document: node.path });
    }
  }
  const tests = request.tests ? testCandidates(documents) : [];
  const first = request.tests ? [] : found.filter(({ decl }) => decl.isPublic).map(({ decl }) => decl);
  const wanted = namedBy([...first, ...tests], byName);
  const agents = found.filter(({ decl }) => first.includes(decl) || wanted.has(decl));
  // Nothing starts by itself in a system that runs tests.
  const candidates = [...agents.map(({ decl, symbol, document }) => {
    return { name: decl.name, symbol, document, options: request.tests ? { ...decl.options, starts: false } : decl.options };
  }), ...tests];
  const numbers = new Map(agents.map(({ decl }, index) => [decl.name.text, index]));
  const planner = new Planner(request, numbers, diagnostics);
  const programs = candidates.map((candidate) => planner.program(candidate));
  planner.limit('TOPICS', planner.topics.length, 'topics', 'an image', candidates[0]?.name.span ?? null);
  const receives = agents.some(({ decl }) => decl.code.handlers.length > 0);
  return { programs, agents: agents.length, topics: planner.topics, receives };
}

function testCandidates(documents: readonly ModuleNode[]): Candidate[] {
  const tests = listTests(documents);
  return documents.flatMap((node) => {
    return node.decls.flatMap((decl) => {
      if (decl.kind !== 'test') return [];
      const symbol = `${node.name}.${decl.name.text}`;
      if (!decl.agent) return [];
      const text = `test ${tests.findIndex((test) => test.symbol === symbol)}`;
      return [{ name: { text, span: decl.name.span }, symbol, document: node.path, options: decl.agent }];
    });
  });
}

/** The agents that `others` name, and those that these name. */
function namedBy(
  others: readonly { options: AgentOptions }[], byName: ReadonlyMap<string, AgentDecl>,
): Set<AgentDecl> {
  const named = new Set<AgentDecl>();
  const queue: AgentOptions[] = others.map(({ options }) => options);
  for (let options = queue.pop(); options; options = queue.pop()) {
    const names = options.grants.filter(({ kind }) => kind === 'agent' || kind === 'program').map(({ name }) => name);
    for (const { text } of options.supervisor ? [...names, options.supervisor] : names) {
      const decl = byName.get(text);
      if (!decl || named.has(decl)) continue;
      named.add(decl);
      queue.push(decl.options);
    }
  }
  return named;
}

/** Turns names into numbers. */
class Planner {
  readonly topics: string[] = [];

  constructor(
    private readonly request: PlanRequest, private readonly numbers: ReadonlyMap<string, number>,
    private readonly diagnostics: Diagnostics,
  ) {}

  program({ name, symbol, document, options }: Candidate): PlannedProgram {
    const grants = options.grants.map((grant) => ({ grant, index: this.indexOf(grant, name.text) }));
    const first = this.constant('FIRST_HANDLE') ?? 0;
    this.limit('HANDLES', first + grants.length, 'handles', 'an agent', name.span);
    for (const { text, span } of [name, ...options.grants.map((grant) => grant.name)]) this.checkLength(text, span);
    const supervisor = options.supervisor ? this.agent(options.supervisor) : -1;
    return { name: name.text, symbol, loc: name.span.start, document, options, grants, supervisor };
  }

  private indexOf({ kind, name }: AgentGrant, self: string): number {
    switch (kind) {
      case 'agent':
        if (name.text === self) this.diagnostics.report('FX0917', name.span, name.text);
        return this.agent(name);
      case 'program': return this.agent(name);
      case 'device': return this.device(name);
      case 'topic': {
        if (!this.topics.includes(name.text)) this.topics.push(name.text);
        return this.topics.indexOf(name.text);
      }
    }
  }

  private agent({ text, span }: Name): number {
    const number = this.numbers.get(text);
    if (number !== undefined) return number;
    const hint = nearest(text, [...this.numbers.keys()], 'the agents of this image are', 'this image has no agents');
    this.diagnostics.report('FX0915', span, text, hint);
    return 0;
  }

  private device({ text, span }: Name): number {
    const { board, devices, kernelDevices } = this.request;
    const number = devices.indexOf(text);
    if (number >= 0) return number;
    const hint = kernelDevices.includes(text) ? 'this device is the kernel\'s own'
      : nearest(text, devices, 'it has', 'all of its devices are the kernel\'s own');
    this.diagnostics.report('FX0916', span, board, text, hint);
    return 0;
  }

  private checkLength(text: string, span: Name['span']): void {
    const most = this.constant('NAME');
    if (most !== null && text.length > most) this.diagnostics.report('FX0919', span, text, most);
  }

  /** Reports a number that is larger than the interface's constant `name` says. */
  limit(name: string, count: number, what: string, of: string, span: Name['span'] | null): void {
    const most = this.constant(name);
    if (most !== null && count > most) this.diagnostics.report('FX0918', span, count, what, most, of);
  }

  /** A number of the interface; null if its document is missing, which was reported. */
  private constant(name: string): number | null {
    return constantOf(this.request.documents, INTERFACE, name);
  }
}

/** The number that a document gives a name; null if there is no such document, which was reported. */
export function constantOf(documents: readonly ModuleNode[], module: string, name: string): number | null {
  const node = documents.find((document) => document.name === module);
  const decl = node?.decls.find((candidate) => candidate.kind === 'const' && candidate.name.text === name);
  return decl?.kind === 'const' && decl.value.kind === 'int' ? decl.value.low : null;
}

/** The name that was probably meant, or all there are. */
function nearest(name: string, known: readonly string[], introduction: string, none: string): string {
  return didYouMean(name, known, known.length === 0 ? none : `${introduction} ${list(known)}`);
}
