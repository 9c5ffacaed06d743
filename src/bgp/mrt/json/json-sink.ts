/**
 * Routes as JSON, one object a line, under our own names: what the file says, without the oddities of `bgpdump`.
 *
 *   {"type":"rib","time":1700000000,"peer":{"address":"10.0.0.1","asn":64500},"prefix":"192.0.2.0/24","attributes":{…}}
 *
 * `type` is `rib`, `announce`, `withdraw` or `state`. Addresses are as RFC 5952 writes them, bits behind a prefix's length zero.
 */
import { type Address, formatAddress } from '../../../ip/address.ts';
import { formatPrefix, prefixOf } from '../../../ip/prefix.ts';
import { bgp4mpKinds, mrtType } from '../decode/numbers.ts';
import type { PeerView, RouteSink, RouteView } from '../decode/route.ts';
import { attributesJson } from './attributes.ts';

const blockCharacters = 64 * 1024;

export class JsonSink implements RouteSink {
  readonly #write: (text: string) => void;
  #lines: string[] = [];
  #characters = 0;
  #attributes = '';
  #serial = -1;

  /** `write` is handed whole lines, many at a time. */
  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    this.#write(this.#lines.join(''));
    this.#lines = [];
    this.#characters = 0;
  }

  rib(view: RouteView): void {
    this.#add(
      { ...head('rib', view), ...routeOf(view), originatedTime: view.originatedTime },
      this.#attributesOf(view),
    );
  }

  announce(view: RouteView): void {
    this.#add({ ...head('announce', view), ...routeOf(view) }, this.#attributesOf(view));
  }

  withdraw(view: RouteView): void {
    this.#add({ ...head('withdraw', view), ...routeOf(view) });
  }

  state(view: RouteView): void {
    this.#add({ ...head('state', view), from: stateName(view.oldState), to: stateName(view.newState) });
  }

  /** Made once for all prefixes that share them. */
  #attributesOf(view: RouteView): string {
    if (this.#serial !== view.attributesSerial) {
      this.#serial = view.attributesSerial;
      this.#attributes = JSON.stringify(attributesJson(view));
    }
    return this.#attributes;
  }

  #add(fields: Record<string, unknown>, attributes?: string): void {
    const text = JSON.stringify(fields);
    const line = attributes === undefined ? `${text}\n` : `${text.slice(0, -1)},"attributes":${attributes}}\n`;
    this.#lines.push(line);
    this.#characters += line.length;
    if (this.#characters >= blockCharacters) this.flush();
  }
}

function head(type: string, view: RouteView): Record<string, unknown> {
  const { record } = view;
  const message = record.type === mrtType.bgp4mp || record.type === mrtType.bgp4mpEt;
  return {
    type,
    time: record.time,
    ...(record.microseconds < 0 ? {} : { microseconds: record.microseconds }),
    ...(message && bgp4mpKinds[record.subtype]?.local === true ? { sentByCollector: true } : {}),
    peer: endOf(view.peer),
    ...(message ? { local: endOf(view.local) } : {}),
  };
}

function endOf({ family, bytes, at, asn }: PeerView): { address: string; asn: number } {
  return { address: formatAddress({ family, bytes: bytes.subarray(at, at + (family === 4 ? 4 : 16)) }), asn };
}

const safiNames = ['', 'unicast', 'multicast', 'unicast-and-multicast'];

function routeOf(view: RouteView): Record<string, unknown> {
  const bytes = new Uint8Array(view.family === 4 ? 4 : 16);
  bytes.set(view.record.bytes.subarray(view.prefixAt, view.prefixAt + view.prefixBytes));
  const address: Address = { family: view.family, bytes };
  return {
    prefix: formatPrefix(prefixOf(address, view.prefixBits)),
    ...(view.safi === 1 ? {} : { safi: safiNames[view.safi] }),
    ...(view.pathId < 0 ? {} : { pathId: view.pathId }),
  };
}

/** RFC 6396 §4.4.1; 7 and 8 are Quagga's. */
const stateNames = [
  'unknown',
  'idle',
  'connect',
  'active',
  'opensent',
  'openconfirm',
  'established',
  'clearing',
  'deleted',
];

function stateName(state: number): string | number {
  return stateNames[state] ?? state;
}
