/**
 * Where things lie in the memory of the batch engine: the graph once, read by all threads, then the state of each thread.
 *
 * Why one memory: a kernel can only read its own memory, and a shared one spares each thread a copy of the graph.
 */
import { fail } from '../../../base/problem.ts';
import type { Adjacency, AsGraph } from '../../topology/as-graph.ts';
import { assembleModule, type MemoryShape } from '../wasm/assembler.ts';
import { createMemory, instantiate, type Kernel, type WasmMemory } from '../wasm/host.ts';
import { kernels, lanes, stateBytes } from './kernel.ts';

/** What a thread needs to join in: structured-cloneable. */
export interface BatchMemory {
  readonly memory: WasmMemory;
  readonly shape: MemoryShape;
  readonly ases: number;
  readonly providerLinks: number;
  /** Of both directions. */
  readonly lateralEnds: number;
  readonly threads: number;
  /** Bytes behind the states, for matrices that all threads read. */
  readonly extraBytes: number;
}

/** Byte addresses in the memory, for kernels, of what lies there. */
export interface GraphAddresses {
  readonly asns: number;
  readonly providerStarts: number;
  readonly providers: number;
  readonly customerStarts: number;
  readonly customers: number;
  readonly lateralStarts: number;
  readonly laterals: number;
  readonly end: number;
}

export interface ThreadAddresses {
  readonly state: number;
  readonly touched: number;
  readonly refuses: number;
  /** Lists of customers that the pass up hears, no more than there are provider links; behind them room for a list of ASes. */
  readonly work: number;
  readonly sums: number;
  /** Room for 16 doubles for each name of an entry point, and for none. */
  readonly table: number;
  readonly end: number;
}

const pageBytes = 65_536;
/** What 32-bit addresses reach. */
const mostPages = 65_536;
const aligned = (address: number): number => Math.ceil(address / 16) * 16;

type Sizes = Pick<BatchMemory, 'ases' | 'providerLinks' | 'lateralEnds'>;

export function graphAddresses({ ases, providerLinks, lateralEnds }: Sizes): GraphAddresses {
  let next = 0;
  const take = (count: number): number => {
    const address = next;
    next = aligned(next + count * 4);
    return address;
  };
  return {
    asns: take(ases),
    providerStarts: take(ases + 1),
    providers: take(providerLinks),
    customerStarts: take(ases + 1),
    customers: take(providerLinks),
    lateralStarts: take(ases + 1),
    laterals: take(lateralEnds),
    end: next,
  };
}

export function threadAddresses(sizes: Sizes, thread: number): ThreadAddresses {
  const { ases, providerLinks } = sizes;
  const parts = [ases * stateBytes, ases, ases * 2, (providerLinks + ases) * 4, lanes * 8, 256 * lanes * 8].map(
    aligned,
  );
  const whole = parts.reduce((sum, part) => sum + part, 0);
  let next = graphAddresses(sizes).end + thread * whole;
  const [state, touched, refuses, work, sums, table] = parts.map((part) => {
    next += part;
    return next - part;
  }) as [number, number, number, number, number, number];
  return { state, touched, refuses, work, sums, table, end: next };
}

/** Where the bytes begin that `extraBytes` asked for. */
export function extraAddress(memory: BatchMemory): number {
  return threadAddresses(memory, memory.threads - 1).end;
}

/** Copies the graph into a memory of its own. Problem: `internet.memory`. */
export function batchMemory(
  graph: AsGraph,
  { threads = 1, extraBytes = 0, shared = false }: { threads?: number; extraBytes?: number; shared?: boolean } = {},
): BatchMemory {
  const sizes = {
    ases: graph.asns.length,
    providerLinks: graph.providers.list.length,
    lateralEnds: graph.laterals.list.length,
  };
  const pages = Math.ceil((threadAddresses(sizes, threads - 1).end + extraBytes) / pageBytes);
  const shape: MemoryShape = { initial: pages, maximum: pages, shared };
  const memory = memoryOf(shape);
  const addresses = graphAddresses(sizes);
  const put = (array: Uint32Array, address: number): void =>
    new Uint32Array(memory.buffer, address, array.length).set(array);
  put(graph.asns, addresses.asns);
  put(graph.providers.start, addresses.providerStarts);
  put(graph.providers.list, addresses.providers);
  put(graph.customers.start, addresses.customerStarts);
  put(graph.customers.list, addresses.customers);
  put(graph.laterals.start, addresses.lateralStarts);
  put(graph.laterals.list, addresses.laterals);
  return { memory, shape, ...sizes, threads, extraBytes };
}

function memoryOf(shape: MemoryShape): WasmMemory {
  const megabytes = Math.ceil((shape.initial * pageBytes) / 2 ** 20);
  try {
    if (shape.initial <= mostPages) return createMemory(shape);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return fail({
    code: 'internet.memory',
    what: `the propagation engine would need ${megabytes} MB in one piece, which cannot be had`,
    fix: 'use fewer threads, fewer PoPs or a smaller topology; at most 4096 MB are possible',
  });
}

/** The graph as it lies in the memory, without a copy. */
export function graphIn(memory: BatchMemory): AsGraph {
  const { ases, providerLinks, lateralEnds } = memory;
  const addresses = graphAddresses(memory);
  const view = (address: number, length: number): Uint32Array => new Uint32Array(memory.memory.buffer, address, length);
  const adjacency = (starts: number, list: number, length: number): Adjacency => ({
    start: view(starts, ases + 1),
    list: view(list, length),
  });
  return {
    asns: view(addresses.asns, ases),
    providers: adjacency(addresses.providerStarts, addresses.providers, providerLinks),
    customers: adjacency(addresses.customerStarts, addresses.customers, providerLinks),
    laterals: adjacency(addresses.lateralStarts, addresses.laterals, lateralEnds),
    links: providerLinks + lateralEnds / 2,
  };
}

export function linkKernels(memory: BatchMemory): Readonly<Record<string, Kernel>> {
  return instantiate(assembleModule(kernels(), memory.shape), memory.memory);
}
