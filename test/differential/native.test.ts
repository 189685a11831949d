/**
 * What the FIR interpreter says of random programs holds for native code: x86_64 run by Linux (by qemu-user elsewhere),
 * arm64 and riscv64 by qemu-user, without optimisation and with it, register allocations proven on some.
 */
import { testAgreement } from './agreement.ts';

testAgreement({
  'x86_64-checked': [60, 20_001],
  'x86_64-0': [200, 1],
  'x86_64-2': [1250, 1],
  'arm64-checked': [60, 20_101],
  'arm64-0': [200, 1],
  'arm64-2': [1000, 1],
  'riscv64-checked': [60, 20_131],
  'riscv64-0': [200, 1],
  'riscv64-2': [1000, 1],
});
