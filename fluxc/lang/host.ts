/**
 * What the compiler asks of the program around it: texts of documents, and the value of `js build` blocks.
 *
 * Both must be functions of their argument alone, so that the same sources give the same bytes.
 */

/**
 * The value of a build block as JSON. A BigInt is `{"$bigint": "123"}`; a number that is not finite, a function and
 * whatever else has no value in JSON is `{"$invalid": "what it is"}`.
 */
export type Evaluation =
  | { ok: true; json: string }
  /** `line` and `column` count from 1 in the code; 0 if there is no place */
  | { ok: false; error: string; line: number; column: number };

export interface Host {
  /** The text of the document at `path` (relative, with forward slashes), or null if there is none. */
  read(path: string): string | null;
  /** The bytes of the file at `path` (likewise), or null if there is none: bytecode that agents name. A host may have no such files. */
  readBytes?(path: string): Uint8Array | null;
  /** Evaluates a build block in a sealed interpreter. */
  evaluate(code: string): Evaluation;
}
