/**
 * A graph as one binary file, for the next time: reading half a million links as text takes a second, this a few
 * milliseconds, as its arrays are used where they were read.
 *
 * Layout, little-endian: magic `NCASGRPH`, version u32, ASes u32, provider links u32, lateral links u32 (each once), SHA-256
 * of all that follows, then u32 arrays: ASNs, then start and list of providers, customers, laterals.
 */
import { createHash } from 'node:crypto';
import { fail } from '../../base/problem.ts';
import type { Adjacency, AsGraph } from './as-graph.ts';

const magic = 'NCASGRPH';
const version = 1;
const headerBytes = 8 + 4 * 4 + 32;

export function isGraphFile(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && new TextDecoder('latin1').decode(bytes.subarray(0, 8)) === magic;
}

export function encodeGraph(graph: AsGraph): Uint8Array {
  const arrays = arraysOf(graph);
  const bytes = new Uint8Array(headerBytes + arrays.reduce((sum, array) => sum + array.byteLength, 0));
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(magic));
  const laterals = graph.laterals.list.length / 2;
  for (const [index, value] of [version, graph.asns.length, graph.providers.list.length, laterals].entries()) {
    view.setUint32(8 + index * 4, value, true);
  }
  let at = headerBytes;
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += array.byteLength;
  }
  bytes.set(createHash('sha256').update(bytes.subarray(headerBytes)).digest(), 24);
  return bytes;
}

/** The graph of a file's bytes. Problem: `internet.graph-file`, where they are damaged, cut or of another version. */
export function decodeGraph(bytes: Uint8Array, file: string): AsGraph {
  const damaged = (what: string): never =>
    fail({ code: 'internet.graph-file', what, where: file, fix: 'make it again: nearcast internet convert' });
  if (!isGraphFile(bytes) || bytes.length < headerBytes) damaged('this is no graph file, or only its beginning');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [found, ases, providers, laterals] = [8, 12, 16, 20].map((at) => view.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
  ];
  if (found !== version) damaged(`the graph file has version ${found}; this program reads version ${version}`);
  const expected = headerBytes + 4 * (ases + 3 * (ases + 1) + 2 * providers + 2 * laterals);
  if (bytes.length !== expected) damaged(`the graph file has ${bytes.length} bytes; its header promises ${expected}`);
  const digest = createHash('sha256').update(bytes.subarray(headerBytes)).digest();
  if (!digest.equals(bytes.subarray(24, headerBytes))) damaged('the graph file is damaged: its checksum differs');

  // Arrays of four-byte numbers must lie at a multiple of four; a buffer that was read whole does.
  const aligned = (bytes.byteOffset + headerBytes) % 4 === 0 ? bytes : bytes.slice();
  let at = aligned.byteOffset + headerBytes;
  const take = (length: number): Uint32Array => {
    const array = new Uint32Array(aligned.buffer, at, length);
    at += length * 4;
    return array;
  };
  const adjacency = (links: number): Adjacency => ({ start: take(ases + 1), list: take(links) });
  return {
    asns: take(ases),
    providers: adjacency(providers),
    customers: adjacency(providers),
    laterals: adjacency(laterals * 2),
    links: providers + laterals,
  };
}

function arraysOf({ asns, providers, customers, laterals }: AsGraph): Uint32Array[] {
  return [asns, ...[providers, customers, laterals].flatMap(({ start, list }) => [start, list])];
}
