/**
 * Routes as lines, exactly those that `bgpdump -m` prints (version 1.6.2), to the byte.
 *
 * Why to the byte: scripts of twenty years read them. What is odd in them is kept, and said where it stands:
 *
 *   TABLE_DUMP2|time|B|peer|peer AS|prefix|AS path|origin|next hop|local preference|MED|communities|AG or NAG|aggregator|
 *
 * The AS path and all behind it (the *tail*) are made once for all prefixes that share them.
 */
import { mrtType } from '../decode/numbers.ts';
import type { PeerView, RouteSink, RouteView } from '../decode/route.ts';
import { writeIpv6 } from './address-text.ts';
import { tailRoom, writeTail } from './tail.ts';
import { ascii, TextWriter } from './text-writer.ts';

const bar = 124;
const newline = 10;
const slash = 47;

/** Of all but the tail: kind, time, peer, prefix, path identifier. */
const headRoom = 256;

export class LineSink implements RouteSink {
  readonly #text: TextWriter;
  readonly #tail = new TextWriter();
  #tailSerial = -1;
  /** `TABLE_DUMP2|1700000000|B|` of the line before. */
  readonly #head = new TextWriter();
  #headTime = -1;
  #headKind: Uint8Array | undefined;
  /** `10.0.0.1|64500|` of each peer of an index table. */
  readonly #peers = new WeakMap<PeerView, Uint8Array>();

  /** `write` is handed blocks of lines, which are then its own. */
  constructor(write: (block: Uint8Array) => void) {
    this.#text = new TextWriter(write);
  }

  flush(): void {
    this.#text.flush();
  }

  rib(view: RouteView): void {
    if (view.safi !== 1) return; // `bgpdump` prints none of the multicast tables
    const text = this.#text;
    text.room(headRoom + tailRoom(view.attributes));
    const { type } = view.record;
    this.#begin(view, type === mrtType.tableDump ? labels.tableDump : view.pathId < 0 ? labels.rib : labels.ribAddPath);
    if (view.peerIndex >= 0) text.put(this.#indexPeer(view.peer));
    else writePeer(text, view.peer);
    writePrefix(text, view);
    text.byte(bar);
    if (view.pathId >= 0) {
      text.number(view.pathId);
      text.byte(bar);
    }
    writeTail(text, view, false);
  }

  announce(view: RouteView): void {
    const text = this.#text;
    const tail = this.#tail;
    const signed = view.multiprotocol && view.family === 4;
    if (this.#tailSerial !== view.attributesSerial) {
      this.#tailSerial = view.attributesSerial;
      tail.length = 0;
      tail.room(tailRoom(view.attributes));
      writeTail(tail, view, signed);
    }
    text.room(headRoom + tail.length);
    this.#begin(view, labels.announce[messageKind(view)] as Uint8Array);
    writePeer(text, peerOf(view));
    writePrefix(text, view);
    text.byte(bar);
    if (view.pathId >= 0) {
      text.number(view.pathId);
      text.byte(bar);
    }
    text.put(tail.bytes, 0, tail.length);
  }

  withdraw(view: RouteView): void {
    const text = this.#text;
    text.room(headRoom);
    this.#begin(view, labels.withdraw[messageKind(view)] as Uint8Array);
    const peer = peerOf(view);
    if (view.family === 6 && peer.family === 4 && messageKind(view) % 4 === local) {
      // `bgpdump` takes the IPv4 address for the first bytes of an IPv6 address here.
      writeIpv6(text, peer.bytes, peer.at, 4);
      text.byte(bar);
      text.number(peer.asn);
      text.byte(bar);
    } else {
      writePeer(text, peer);
    }
    writePrefix(text, view);
    if (view.pathId >= 0) {
      text.byte(bar);
      text.number(view.pathId);
    }
    text.byte(newline);
  }

  state(view: RouteView): void {
    const text = this.#text;
    text.room(headRoom);
    this.#begin(view, view.record.microseconds < 0 ? labels.state : labels.stateEt);
    writePeer(text, view.peer);
    text.number(view.oldState);
    text.byte(bar);
    text.number(view.newState);
    text.byte(newline);
  }

  /** `label` holds a bar where the time goes: `BGP4MP|` and `|A|`, joined. */
  #begin({ record }: RouteView, label: Uint8Array): void {
    const head = this.#head;
    if (label !== this.#headKind || record.time !== this.#headTime || record.microseconds >= 0) {
      this.#headKind = label;
      this.#headTime = record.time;
      const middle = label.indexOf(bar) + 1;
      head.length = 0;
      head.room(headRoom);
      head.put(label, 0, middle);
      head.number(record.time);
      if (record.microseconds >= 0) {
        head.byte(46);
        head.padded(record.microseconds, 6);
      }
      head.put(label, middle);
    }
    this.#text.put(head.bytes, 0, head.length);
  }

  #indexPeer(peer: PeerView): Uint8Array {
    let piece = this.#peers.get(peer);
    if (piece === undefined) {
      const text = new TextWriter();
      text.room(headRoom);
      writePeer(text, peer);
      piece = text.bytes.slice(0, text.length);
      this.#peers.set(peer, piece);
    }
    return piece;
  }
}

const messageNames = [
  'BGP4MP',
  'BGP4MP_LOCAL',
  'BGP4MP_AP',
  'BGP4MP_AP',
  'BGP4MP_ET',
  'BGP4MP_ET_LOCAL',
  'BGP4MP_ET_AP',
  'BGP4MP_ET_AP',
];
const local = 1;

const labels = {
  tableDump: ascii('TABLE_DUMP||B|'),
  rib: ascii('TABLE_DUMP2||B|'),
  ribAddPath: ascii('TABLE_DUMP2_AP||B|'),
  state: ascii('BGP4MP||STATE|'),
  stateEt: ascii('BGP4MP_ET||STATE|'),
  announce: messageNames.map((name) => ascii(`${name}||A|`)),
  withdraw: messageNames.map((name) => ascii(`${name}||W|`)),
} as const;

/** The place in `messageNames`: 1 sent by the collector, 2 with add-path, 4 with microseconds. */
function messageKind({ record, pathId }: RouteView): number {
  const { subtype } = record;
  const sent = subtype === 6 || subtype === 7 || subtype === 10 || subtype === 11;
  return (sent ? local : 0) + (pathId >= 0 ? 2 : 0) + (record.microseconds >= 0 ? 4 : 0);
}

/** With add-path, `bgpdump` names a message of the collector's own after the collector, without it after the peer. */
function peerOf(view: RouteView): PeerView {
  const { subtype } = view.record;
  return subtype === 10 || subtype === 11 ? view.local : view.peer;
}

function writePeer(text: TextWriter, { family, bytes, at, asn }: PeerView): void {
  if (family === 4) text.ipv4(bytes, at);
  else writeIpv6(text, bytes, at);
  text.byte(bar);
  text.number(asn);
  text.byte(bar);
}

const padded = new Uint8Array(4);

function writePrefix(
  text: TextWriter,
  { record: { bytes }, family, prefixAt, prefixBits, prefixBytes }: RouteView,
): void {
  if (family === 6) {
    writeIpv6(text, bytes, prefixAt, prefixBytes);
  } else {
    for (let index = 0; index < 4; index++)
      padded[index] = index < prefixBytes ? (bytes[prefixAt + index] as number) : 0;
    text.ipv4(padded, 0);
  }
  text.byte(slash);
  text.number(prefixBits);
}
