/** MRT for tests: a whole stream printed in one go, and records made by hand. */
import type { MrtFault } from '../bgp/mrt/decode/framer.ts';
import { MrtReader } from '../bgp/mrt/decode/reader.ts';
import type { RouteFilter } from '../bgp/mrt/decode/route.ts';
import { JsonSink } from '../bgp/mrt/json/json-sink.ts';
import { LineSink } from '../bgp/mrt/lines/line-sink.ts';

export interface Printed {
  readonly lines: string[];
  readonly faults: MrtFault[];
}

export interface PrintRequest {
  readonly filter?: RouteFilter;
  /** Bytes a chunk; without it all at once. */
  readonly chunkBytes?: number;
}

export function linesOf(stream: Uint8Array, request: PrintRequest = {}): Printed {
  const blocks: Uint8Array[] = [];
  const sink = new LineSink((block) => blocks.push(block));
  const faults = read(stream, sink, request);
  sink.flush();
  return { lines: split(Buffer.concat(blocks).toString('latin1')), faults };
}

export function jsonOf(
  stream: Uint8Array,
  request: PrintRequest = {},
): { readonly objects: Record<string, unknown>[]; readonly faults: MrtFault[] } {
  let text = '';
  const sink = new JsonSink((lines) => {
    text += lines;
  });
  const faults = read(stream, sink, request);
  sink.flush();
  return { objects: split(text).map((line) => JSON.parse(line) as Record<string, unknown>), faults };
}

function read(stream: Uint8Array, sink: LineSink | JsonSink, { filter, chunkBytes }: PrintRequest): MrtFault[] {
  const faults: MrtFault[] = [];
  const reader = new MrtReader({ sink, fault: (fault) => faults.push(fault), ...(filter && { filter }) });
  const step = chunkBytes ?? Math.max(1, stream.length);
  // Each chunk in the same memory, as a file is read: nothing may point into the one before.
  const memory = new Uint8Array(step);
  for (let at = 0; at < stream.length; at += step) {
    const chunk = stream.subarray(at, at + step);
    memory.set(chunk);
    reader.push(memory.subarray(0, chunk.length));
  }
  reader.end();
  return faults;
}

function split(text: string): string[] {
  return text === '' ? [] : text.trimEnd().split('\n');
}

/** A record with any header: `type` and `subtype` as numbers. */
export function rawRecord(type: number, subtype: number, body: Uint8Array, time = 1_700_000_000): Uint8Array {
  const header = Buffer.alloc(12);
  header.writeUInt32BE(time, 0);
  header.writeUInt16BE(type, 4);
  header.writeUInt16BE(subtype, 6);
  header.writeUInt32BE(body.length, 8);
  return Buffer.concat([header, body]);
}
