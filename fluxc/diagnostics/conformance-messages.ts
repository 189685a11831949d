/** Messages FX118x: suites of conformance vectors. */
import { messages } from './message.ts';

export const CONFORMANCE_MESSAGES = messages({
  FX1180: {
    text: '`{}` is no suite: {}',
    hint: 'a suite is JSON: a list of vectors, or an object with `vectors`',
    example: 'fluxos vm conformance package.json',
  },
  FX1181: {
    text: 'vector `{}` of `{}`: {}',
    hint: '`docs/conformance.md` says what a vector holds',
    example: '[{ "name": "half", "bytecode": "5", "expected_stack": [] }]',
  },
  FX1182: {
    text: 'the vectors did not all run on {}: {}',
    hint: null,
    example: 'fluxos vm conformance --target riscv64 --timeout 1 large.json',
  },
});
