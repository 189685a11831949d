/** What the tests use of V8's WebAssembly: TypeScript has it in its library for browsers only. */
declare namespace WebAssembly {
  type Exports = Record<string, unknown>;

  class Module {
    constructor(bytes: Uint8Array);
  }

  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Exports;
  }

  class Global {
    value: unknown;
  }

  class Memory {
    readonly buffer: ArrayBuffer;
  }

  class RuntimeError extends Error {}

  function validate(bytes: Uint8Array): boolean;
}
