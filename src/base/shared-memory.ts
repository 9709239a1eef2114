/*
 * References to shared memory from the time when pitot was loaded. Hardening code deletes the globals
 * `SharedArrayBuffer` and `Atomics` to keep high-resolution timers from untrusted code. pitot keeps working.
 */

export const atomics: typeof Atomics = globalThis.Atomics;

const SharedMemory: SharedArrayBufferConstructor = globalThis.SharedArrayBuffer;

/** Whether both globals still existed when pitot was loaded. */
export const hasSharedMemory = atomics !== undefined && SharedMemory !== undefined;

/** New memory, filled with zeros. */
export function allocateShared(bytes: number): SharedArrayBuffer {
  return new SharedMemory(bytes);
}

/** New int32 cells, filled with zeros. */
export function allocateCells(length: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(allocateShared(length * Int32Array.BYTES_PER_ELEMENT));
}
