/**
 * Routes as JSON, one object a line, under our own names: what the file says, without the oddities of `bgpdump`.
 *
 *   {"type":"rib","time":1700000000,"peer":{"address":"10.0.0.1","asn":64500},"prefix":"192.0.2.0/24","attributes":{…}}
 *
 * `type` is `rib`, `announce`, `withdraw` or `state`. Addresses are as RFC 5952 writes them, bits behind a prefix's length zero.
 */
import type { RouteSink, RouteView } from '../decode/route.ts';
import { attributesJson } from './attributes.ts';
import { type MrtHead, ribHead, routeHead, stateHead } from './entry.ts';

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
    this.#add(ribHead(view), this.#attributesOf(view));
  }

  announce(view: RouteView): void {
    this.#add(routeHead('announce', view), this.#attributesOf(view));
  }

  withdraw(view: RouteView): void {
    this.#add(routeHead('withdraw', view));
  }

  state(view: RouteView): void {
    this.#add(stateHead(view));
  }

  /** Made once for all prefixes that share them. */
  #attributesOf(view: RouteView): string {
    if (this.#serial !== view.attributesSerial) {
      this.#serial = view.attributesSerial;
      this.#attributes = JSON.stringify(attributesJson(view));
    }
    return this.#attributes;
  }

  #add(fields: MrtHead, attributes?: string): void {
    const text = JSON.stringify(fields);
    const line = attributes === undefined ? `${text}\n` : `${text.slice(0, -1)},"attributes":${attributes}}\n`;
    this.#lines.push(line);
    this.#characters += line.length;
    if (this.#characters >= blockCharacters) this.flush();
  }
}
