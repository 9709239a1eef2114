/*
 * Shared memory, as it was when pitot was loaded. Hardening code deletes the globals `SharedArrayBuffer` and `Atomics`
 * to take high-resolution timers from what it runs; pitot goes on without them.
 */

export const atomics: typeof Atomics = globalThis.Atomics;

const SharedMemory: SharedArrayBufferConstructor = globalThis.SharedArrayBuffer;

/** Whether code that was loaded before pitot left it what it needs. */
export const hasSharedMemory = atomics !== undefined && SharedMemory !== undefined;

/** New memory, all zeros. */
export function allocateShared(bytes: number): SharedArrayBuffer {
  return new SharedMemory(bytes);
}

/** New int32 cells, all zeros. */
export function allocateCells(length: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(allocateShared(length * Int32Array.BYTES_PER_ELEMENT));
}
