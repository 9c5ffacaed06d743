/**
 * The part of the WebAssembly interface that we use, with types: those of the language's libraries come only with a
 * browser's.
 */
import type { MemoryShape } from './assembler.ts';

export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
}

interface WasmHost {
  readonly Memory: new (shape: MemoryShape) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: { nearcast: { memory: WasmMemory } },
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

const host = (): WasmHost => (globalThis as unknown as { WebAssembly: WasmHost }).WebAssembly;

export function createMemory(shape: MemoryShape): WasmMemory {
  return new (host().Memory)(shape);
}

/** A function of a module: numbers in, nothing out. */
export type Kernel = (...values: number[]) => void;

/** Compiles and links a module that does all its work in `memory`. */
export function instantiate(bytes: Uint8Array<ArrayBuffer>, memory: WasmMemory): Readonly<Record<string, Kernel>> {
  const module = new (host().Module)(bytes);
  return new (host().Instance)(module, { nearcast: { memory } }).exports as Readonly<Record<string, Kernel>>;
}
