/**
 * What a `syscalls` heading declares: the way from the trap to the handler, as Flux code made from the rows.
 *
 * The code is text that is parsed and checked like any other. Each of its tokens has its place at the cell that it was
 * made from, so what the checker finds wrong is reported there, and a trap names the row.
 *
 * - `dispatch(process)` finds the row of the number in the process's frame, does what the row says, and puts the answer
 *   into the frame if the process still runs. Numbers without a row answer `.invalid`.
 * - `name_of(number)` is the name of a call, empty if there is none.
 */
import type { Span } from '../base/source.ts';
import type { Diagnostics } from '../diagnostics/diagnostic.ts';
import type { CodeText } from '../document/text.ts';
import type { SystemCall, SystemCallHandle } from './ast.ts';
import type { DeclarationContext } from './declaration-context.ts';
import { parseFreeDeclarations } from './parser-declarations.ts';
import { readText } from './read-code.ts';

/** Adds the declarations. `heading`: the place of what belongs to no row. */
export function declareDispatch(
  context: DeclarationContext, calls: readonly SystemCall[], heading: Span, isPublic: boolean,
): void {
  const rows = new PlacedText();
  for (const call of calls) writeRow(rows, call);
  rows.glue(`fn ${ABSENT_CALL}(caller: *Process): !u64 { return .unavailable }\n`, heading);
  parse(context, rows, false);
  const entry = new PlacedText();
  writeDispatch(entry, calls, heading);
  writeNames(entry, calls, heading);
  parse(context, entry, isPublic);
}

/** The function that answers for a row which is not in the image. */
export const ABSENT_CALL = 'absent';

/** The function of a row. */
export function rowSymbol({ name }: SystemCall): string {
  return `call_${name.text.toLowerCase()}`;
}

function parse(context: DeclarationContext, text: PlacedText, isPublic: boolean): void {
  parseFreeDeclarations(context, text.reader(context.diagnostics), isPublic);
}

/** Code made of pieces, each at a place of the document. */
class PlacedText {
  private text = '';
  private readonly places: number[] = [];

  /** The first character of the piece stands at the start of the span, the last one at its end. */
  add(piece: string, at: Span): this {
    for (let i = 0; i < piece.length; i++) {
      this.places.push(i === piece.length - 1 ? Math.max(at.start, at.end - 1) : Math.min(at.start + i, at.end - 1));
    }
    this.text += piece;
    return this;
  }

  /** A piece that nothing can be wrong with: all of it is at the start of the span. */
  glue(piece: string, { start }: Span): this {
    return this.add(piece, { start, end: start + 1 });
  }

  reader(diagnostics: Diagnostics) {
    const places = Int32Array.from([...this.places, this.places[this.places.length - 1] ?? 0]);
    const code: CodeText = { text: this.text, from: 0, to: this.text.length, places, base: 0 };
    return readText(code, diagnostics);
  }
}

/**
 * The function of one row, and the handler as a constant of the type that the row wants: a handler of another type is
 * reported at its cell.
 */
function writeRow(out: PlacedText, call: SystemCall): void {
  const { span, handler, capability, handles } = call;
  const name = call.name.text.toLowerCase();
  if (handler.length > 0) {
    const types = registersOf(call).map((handle) => (!handle ? 'u64' : handle.isOptional ? '?*Handle' : '*Handle'));
    out.glue(`const handle_${name}: fn(${['*Process', ...types].join(', ')}): !u64 = `, handler[0]!.span);
    handler.forEach((part, index) => out.glue(index === 0 ? '' : '.', part.span).add(part.text, part.span));
    out.glue('\n', span);
  }
  // A call that asks for nothing is done on the spot; the others keep their registers and their stack to themselves.
  if (capability || call.arguments.length > 0) out.glue('@noinline\n', span);
  out.glue(`fn ${rowSymbol(call)}(caller: *Process): !u64 {\n`, span);
  if (capability) {
    out.glue('if caller.authority & interface.', capability.span).add(capability.text, capability.span);
    out.glue(' == 0 { return .denied }\n', { start: capability.span.end - 1, end: capability.span.end });
  }
  for (const handle of handles) writeHandle(out, handle);
  if (handler.length > 0) {
    const values = registersOf(call).map((handle, register) => (handle ? `handle_${register}` : argument(register)));
    out.glue(`return handle_${name}(${['caller', ...values].join(', ')})\n}\n`, span);
  } else out.glue('return .unavailable\n}\n', span);
}

/** Of each register of the arguments: the handle that it names, or null. */
function registersOf(call: SystemCall): (SystemCallHandle | null)[] {
  const registers: (SystemCallHandle | null)[] = [];
  for (const { register, type } of call.arguments) {
    registers.push(call.handles.find((handle) => handle.register === register) ?? null);
    if (type === '[]u8') registers.push(null);
  }
  return registers;
}

function argument(register: number): string {
  return `caller.frame.argument(${register})`;
}

/** Finds the handle with its rights, and sees to it that it is of a kind that the row takes. */
function writeHandle(out: PlacedText, handle: SystemCallHandle): void {
  const { register, objects, rights, isOptional, name } = handle;
  const variable = `handle_${register}`;
  const at = name.span;
  if (isOptional) {
    out.glue(`var ${variable}: ?*Handle = null\nif ${argument(register)} != 0 {\nlet found = `, at);
  } else out.glue(`let ${variable} = `, at);
  out.glue(`try handle.find(caller, ${argument(register)}, .`, at);
  const [first] = objects;
  const isOne = objects.length === 1 && first!.text !== 'any';
  out.add(isOne ? first!.text : 'nothing', first!.span).glue(', ', at);
  if (rights.length === 0) out.glue('0', at);
  rights.forEach((right, index) => {
    out.glue(index === 0 ? 'interface.' : ' | interface.', right.span).add(right.text, right.span);
  });
  out.glue(')\n', at);
  if (objects.length > 1) {
    out.glue('if ', at);
    objects.forEach((object, index) => {
      out.glue(`${index === 0 ? '' : ' && '}${isOptional ? 'found' : variable}.object != .`, object.span);
      out.add(object.text, object.span);
    });
    out.glue(' { return .invalid }\n', at);
  }
  if (isOptional) out.glue(`${variable} = found\n}\n`, at);
}

function writeDispatch(out: PlacedText, calls: readonly SystemCall[], heading: Span): void {
  out.glue('fn ', heading).add('dispatch', heading);
  out.glue('(caller: *Process) {\nlet answer: !u64 = match caller.frame.number() {\n', heading);
  for (const call of calls) out.glue(`${call.number} => ${rowSymbol(call)}(caller),\n`, call.span);
  out.glue('_ => .invalid,\n}\n', heading);
  out.glue('if sched.runs(caller) { caller.frame.set_result(answer.error as i32, answer or 0) }\n}\n', heading);
}

function writeNames(out: PlacedText, calls: readonly SystemCall[], heading: Span): void {
  out.glue('fn ', heading).add('name_of', heading).glue('(number: u64): []u8 {\nreturn match number {\n', heading);
  for (const { number, name, span } of calls) out.glue(`${number} => "${name.text}",\n`, span);
  out.glue('_ => "",\n}\n}\n', heading);
}
