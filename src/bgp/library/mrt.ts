/**
 * MRT files for the library: one plain object for each route, withdrawal and state change, in the file's order.
 *
 * Why an object each, where the commands do without: a program wants values that it may keep. Reading a dump this way costs a
 * few times what printing it does; memory stays bounded, since the file is read as it is asked for.
 */
import { unpackedChunks } from '../../base/unpacked-chunks.ts';
import { MrtReader } from '../mrt/decode/reader.ts';
import type { RouteSink, RouteView } from '../mrt/decode/route.ts';
import { attributesJson } from '../mrt/json/attributes.ts';
import { type RibHead, type RouteHead, ribHead, routeHead, type StateHead, stateHead } from '../mrt/json/entry.ts';

/** The attributes of a route under our own names, with addresses and communities as text; routes may share the object. */
export type MrtAttributes = Readonly<Record<string, unknown>>;

/** `rib`: of a dump. `announce`, `withdraw`: of a recorded UPDATE. `state`: a session changed its state. */
export type MrtEntry =
  | (RibHead & { readonly attributes: MrtAttributes })
  | (RouteHead<'announce'> & { readonly attributes: MrtAttributes })
  | RouteHead<'withdraw'>
  | StateHead;

export interface MrtOptions {
  /** Called for each record, or entry of one, that is damaged: where in the unpacked file, and what. The rest is read. */
  readonly onFault?: (fault: { readonly offset: number; readonly what: string }) => void;
}

/**
 * Reads a file: plain, gzip or bzip2; `-` is standard input. Throws a `ProblemError` (`file.unreadable`) where it cannot be
 * opened, and an `Error` where it cannot be unpacked to its end, both after all entries before that.
 */
export async function* readMrt(path: string, { onFault = () => {} }: MrtOptions = {}): AsyncGenerator<MrtEntry> {
  const sink = new EntrySink();
  const reader = new MrtReader({ sink, fault: onFault });
  for await (const chunk of unpackedChunks(path, { stdin: process.stdin })) {
    reader.push(chunk);
    yield* sink.take();
  }
  reader.end();
  yield* sink.take();
}

/** Gathers what one chunk of the file holds. */
class EntrySink implements RouteSink {
  #entries: MrtEntry[] = [];
  #attributes: MrtAttributes = {};
  #serial = -1;

  rib(view: RouteView): void {
    this.#entries.push({ ...ribHead(view), attributes: this.#attributesOf(view) });
  }

  announce(view: RouteView): void {
    this.#entries.push({ ...routeHead('announce', view), attributes: this.#attributesOf(view) });
  }

  withdraw(view: RouteView): void {
    this.#entries.push(routeHead('withdraw', view));
  }

  state(view: RouteView): void {
    this.#entries.push(stateHead(view));
  }

  take(): readonly MrtEntry[] {
    const entries = this.#entries;
    this.#entries = [];
    return entries;
  }

  #attributesOf(view: RouteView): MrtAttributes {
    if (this.#serial !== view.attributesSerial) {
      this.#serial = view.attributesSerial;
      this.#attributes = attributesJson(view);
    }
    return this.#attributes;
  }
}
