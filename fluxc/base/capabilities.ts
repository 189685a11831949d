/** Capabilities by their bits, as `kernel.interface` has them: which system calls a process may make at all. */
export const CAPABILITIES = [
  'SPAWN', 'COMMUNICATE', 'COMPILE', 'IO_READ', 'IO_WRITE', 'MEMORY', 'HARDWARE', 'NETWORK', 'FILESYSTEM', 'DEBUG', 'SUPERVISE',
] as const;
