/** What the FIR interpreter says of random programs holds for WebAssembly under V8. */
import { testAgreement } from './agreement.ts';

testAgreement({
  'wasm32-0': [500, 60_001],
  'wasm32-2': [1500, 60_001],
});
