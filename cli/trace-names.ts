/** What the numbers of a trace are called: the enums and the table of calls of the very documents that the guest was built from. */
import type { Compilation } from '../fluxc/compile.ts';
import type { Sources } from '../fluxc/base/source.ts';
import { lineAt } from '../fluxc/link/link.ts';
import type { TraceNames } from './timeline.ts';

export function traceNames({ documents, programs }: Compilation, sources: Sources): TraceNames {
  const members = (module: string, name: string): Map<number, string> => {
    const decls = documents.find((node) => node.name === module)?.decls ?? [];
    const names = new Map<number, string>();
    let next = 0;
    for (const decl of decls) {
      if (decl.kind !== 'enum' || decl.name.text !== name) continue;
      for (const member of decl.members) {
        if (member.value?.kind === 'int') next = member.value.low;
        names.set(next++, member.name.text);
      }
    }
    return names;
  };
  const calls = documents.find((node) => node.name === 'kernel.system_calls')?.systemCalls ?? [];
  return {
    event: members('kernel.events', 'Event'),
    kind: members('kernel.interface', 'Kind'),
    reason: members('kernel.interface', 'Reason'),
    waiting: members('kernel.objects', 'Waiting'),
    stop: members('kernel.sched', 'Stop'),
    because: members('kernel.sched', 'Because'),
    call: new Map(calls.map(({ number, name }) => [number, name.text])),
    programs: programs.map(({ name }) => name),
    place: (program, address) => {
      const at = Number(address);
      const symbol = programs[program]?.linked.symbols.find((one) => at >= one.address && at < one.address + one.size);
      const place = symbol && sources.place(lineAt(symbol.lines, at - symbol.address));
      return place ? `${place.path}:${place.line}` : null;
    },
  };
}
