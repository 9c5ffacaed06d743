/** An RTR cache on loopback that does as a test says: its own small server over the codec, with what it was asked kept. */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { decodePdu, encodePdu } from '../rpki/pdu/codec.ts';
import { PduFramer } from '../rpki/pdu/framer.ts';
import type { Intervals, PayloadPdu, Pdu, RtrVersion } from '../rpki/pdu/types.ts';

export interface FakeCacheOptions {
  readonly highestVersion?: RtrVersion;
  readonly sessionId?: number;
  readonly serial?: number;
  readonly intervals?: Intervals;
  readonly port?: number;
}

const key = (pdu: PayloadPdu): string => Buffer.from(encodePdu(2, { ...pdu, announce: true })).toString('hex');

export class FakeCache {
  readonly #server: net.Server;
  readonly #sockets = new Map<net.Socket, RtrVersion | undefined>();
  readonly #options: FakeCacheOptions;
  #sessionId: number;
  #serial: number;
  #payload: readonly PayloadPdu[] = [];
  /** By the serial that it leads away from. */
  readonly #changes = new Map<number, readonly PayloadPdu[]>();
  /** All that routers have sent, as `v2 reset-query`. */
  readonly heard: string[] = [];
  /** Replaces the answer to queries: bytes, or nothing. */
  answer: ((version: RtrVersion, pdu: Pdu) => readonly Uint8Array[] | undefined) | undefined;

  private constructor(options: FakeCacheOptions) {
    this.#options = options;
    this.#sessionId = options.sessionId ?? 1;
    this.#serial = options.serial ?? 1;
    this.#server = net.createServer((socket) => this.#accept(socket));
  }

  static async start(options: FakeCacheOptions = {}): Promise<FakeCache> {
    const cache = new FakeCache(options);
    cache.#server.listen({ host: '127.0.0.1', port: options.port ?? 0 });
    await once(cache.#server, 'listening');
    return cache;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Announces this and withdraws what it had else; routers are told with the next `notify`. */
  set(payload: readonly PayloadPdu[]): void {
    const before = new Set(this.#payload.map(key));
    const after = new Set(payload.map(key));
    const gone = this.#payload.filter((pdu) => !after.has(key(pdu)));
    const withdrawn = gone.map((pdu): PayloadPdu => {
      return pdu.type === 'aspa' ? { ...pdu, announce: false, providers: [] } : { ...pdu, announce: false };
    });
    const next = (this.#serial + 1) >>> 0;
    this.#changes.set(this.#serial, [...withdrawn, ...payload.filter((pdu) => !before.has(key(pdu)))]);
    this.#payload = payload;
    this.#serial = next;
  }

  notify(): void {
    for (const [socket, version] of this.#sockets) {
      if (version === undefined) continue;
      socket.write(encodePdu(version, { type: 'serial-notify', sessionId: this.#sessionId, serial: this.#serial }));
    }
  }

  /** Forgets its history and takes another session ID, as a cache that was started anew. */
  restart(sessionId: number): void {
    this.#sessionId = sessionId;
    this.#changes.clear();
    this.hangUp();
  }

  hangUp(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.hangUp();
    await closed;
  }

  #accept(socket: net.Socket): void {
    this.#sockets.set(socket, undefined);
    const framer = new PduFramer();
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (bytes) => {
      framer.push(bytes, (pdu) => {
        const decoded = decodePdu(pdu);
        if (decoded.ok) this.#hear(socket, decoded.version, decoded.pdu);
        return true;
      });
    });
  }

  #hear(socket: net.Socket, version: RtrVersion, pdu: Pdu): void {
    this.heard.push(`v${version} ${pdu.type}${pdu.type === 'error-report' ? ` ${pdu.code}` : ''}`);
    if (pdu.type === 'error-report') return;
    const own = this.answer?.(version, pdu);
    if (own !== undefined) {
      for (const bytes of own) socket.write(bytes);
      return;
    }
    const { highestVersion = 2 } = this.#options;
    if (version > highestVersion) {
      const report: Pdu = { type: 'error-report', code: 4, pdu: encodePdu(version, pdu), text: 'too new' };
      socket.end(encodePdu(highestVersion, report));
      return;
    }
    this.#sockets.set(socket, version);
    for (const each of this.#answerTo(pdu)) {
      if (each.type !== 'aspa' || version === 2) socket.write(encodePdu(version, each));
    }
  }

  #answerTo(query: Pdu): readonly Pdu[] {
    const { intervals } = this.#options;
    const begin: Pdu = { type: 'cache-response', sessionId: this.#sessionId };
    const end: Pdu = {
      type: 'end-of-data',
      sessionId: this.#sessionId,
      serial: this.#serial,
      ...(intervals === undefined ? {} : { intervals }),
    };
    if (query.type === 'reset-query') return [begin, ...this.#payload, end];
    if (query.type !== 'serial-query' || query.sessionId !== this.#sessionId) return [{ type: 'cache-reset' }];
    const changes: PayloadPdu[] = [];
    for (let serial = query.serial; serial !== this.#serial; serial = (serial + 1) >>> 0) {
      const step = this.#changes.get(serial);
      if (step === undefined) return [{ type: 'cache-reset' }];
      changes.push(...step);
    }
    return [begin, ...changes, end];
  }
}
