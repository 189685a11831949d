/** What the FIR interpreter says of random programs holds after the passes, and for the C back end under GCC. */
import { testAgreement } from './agreement.ts';

testAgreement({
  'passes-0': [250, 1],
  'passes-1': [250, 1001],
  'passes-2': [1000, 1],
  'passes-2-wrap': [250, 5001],
  'c-O0': [150, 1],
  'c-O2': [450, 1],
  'c-sanitized': [40, 9001],
});
