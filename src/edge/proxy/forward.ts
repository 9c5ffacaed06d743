/**
 * Forwarding: a request goes to the nearest usable origin server, and to the next one where that fails and the request
 * may be sent again.
 *
 * May be sent again: anything that certainly never left (the connection was refused), and requests whose repetition
 * changes nothing (RFC 9110 §9.2.2) as long as no byte of their body was used up and no byte of an answer reached the client.
 *
 * Why not wait until the first has failed: an origin server that takes requests and says nothing would cost each user half a minute.
 * So a request that only reads is sent to a second one when the first is silent for long, once, and the first answer counts:
 * what is merely slow is not cut short.
 */
import type { Socket } from 'node:net';
import type { Exchange } from '../exchange.ts';
import type { OriginConnection, OriginFailure } from '../origin/connection.ts';
import type { ResponseHead } from '../origin/response-head.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { type RequestBody, requestBody } from './body.ts';
import { orderOriginServers } from './choose.ts';
import { originRequestHeaders } from './headers.ts';
import type { OriginServer } from './origin-server.ts';

const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** They only read (RFC 9110 §9.2.1), so that two servers may work on one at once. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A request to switch protocols, and what becomes of the connection where an origin server does. */
export interface UpgradeRequest {
  readonly protocol: string;
  readonly onUpgrade: (head: ResponseHead, socket: Socket) => void;
}

export function forward(exchange: Exchange, originServers: readonly OriginServer[], upgrade?: UpgradeRequest): void {
  const forwarding = new Forwarding(exchange, originServers, upgrade);
  forwarding.start();
}

class Forwarding implements AttemptOwner {
  readonly #exchange: Exchange;
  readonly #upgrade: UpgradeRequest | undefined;
  readonly #order: readonly OriginServer[];
  #trial: OriginServer | undefined;
  #headers: string[] = [];
  #body: RequestBody | undefined;
  #next = 0;
  #repeated = false;
  #current: Attempt | undefined;
  /** A second one beside it, since the first is silent. */
  #second: Attempt | undefined;
  #hadSecond = false;

  constructor(exchange: Exchange, originServers: readonly OriginServer[], upgrade: UpgradeRequest | undefined) {
    this.#exchange = exchange;
    this.#upgrade = upgrade;
    const { context } = exchange;
    const { order, trial } = orderOriginServers(originServers, context.clock.now(), context.limits.originAttempts);
    this.#order = order;
    this.#trial = trial;
  }

  start(): void {
    const exchange = this.#exchange;
    const headers = originRequestHeaders(exchange.request.rawHeaders, {
      method: exchange.request.method ?? '',
      authority: exchange.authority,
      httpMinor: exchange.request.httpVersionMinor,
      requestId: exchange.id,
      clientAddress: exchange.client.address,
      forwardedFor: exchange.client.forwardedFor,
      bodyBytes: exchange.bodyBytes,
      hasBody: exchange.hasBody,
    });
    if (headers === 'loop') {
      exchange.fail(508, { failure: 'loop' });
      return;
    }
    this.#headers = headers;
    if (exchange.hasBody) {
      this.#body = requestBody(exchange, (status, failure) => {
        this.#abandon();
        exchange.response.shouldKeepAlive = false;
        exchange.fail(status, { failure });
      });
    }
    exchange.onFinished = () => this.#abandon();
    const first = this.#order[this.#next++] as OriginServer;
    this.#send(first, first.acquire(), 'first');
  }

  #send(originServer: OriginServer, connection: OriginConnection, as: 'first' | 'second'): void {
    const exchange = this.#exchange;
    if (originServer === this.#trial) originServer.health.beginTrial(exchange.context.clock.now());
    exchange.originServer = originServer.url;
    const attempt = new Attempt(exchange, originServer, connection, this);
    if (as === 'first') this.#current = attempt;
    else this.#second = attempt;
    const request = {
      method: exchange.request.method ?? '',
      path: originServer.basePath === '' ? exchange.target : originServer.basePath + exchange.target,
      headers: this.#headers,
      upgrade: this.#upgrade === undefined ? '' : this.#upgrade.protocol,
    };
    const body = this.#body === undefined ? undefined : { stream: this.#body.stream(), bytes: exchange.bodyBytes };
    connection.send(request, body, attempt);
  }

  silent(attempt: Attempt): void {
    const exchange = this.#exchange;
    const { context, request } = exchange;
    const next = this.#order[this.#next];
    if (attempt !== this.#current || this.#hadSecond || exchange.finished || this.#upgrade !== undefined) return;
    if (next?.health.usability(context.clock.now()) !== 'usable' || !safeMethods.has(request.method ?? '')) return;
    this.#next++;
    this.#hadSecond = true;
    exchange.counts.hedges++;
    this.#send(next, next.acquire(), 'second');
  }

  answered(attempt: Attempt): void {
    const asFirst = attempt === this.#current;
    const loser = asFirst ? this.#second : this.#current;
    this.#current = attempt;
    this.#second = undefined;
    if (loser === undefined) return;
    const exchange = this.#exchange;
    exchange.originServer = attempt.originServer.url;
    loser.cancel();
    // The one that was asked later was given less time; and one that answers others is well, and slow at this.
    if (!asFirst && loser.mute) loser.originServer.health.failed(exchange.context.clock.now());
  }

  completed(attempt: Attempt): void {
    attempt.originServer.health.succeeded();
    this.#current = undefined;
    attempt.originServer.release(attempt.connection);
  }

  upgraded(attempt: Attempt, head: ResponseHead, socket: Socket): void {
    attempt.originServer.health.succeeded();
    this.#current = undefined;
    if (this.#upgrade === undefined) socket.destroy();
    else this.#upgrade.onUpgrade(head, socket);
  }

  failed(attempt: Attempt, { kind, sent, why, bug }: OriginFailure): void {
    const exchange = this.#exchange;
    const other = attempt === this.#current ? this.#second : this.#current;
    this.#current = other;
    this.#second = undefined;
    if (exchange.finished) return;
    const { context } = exchange;
    const facts = { id: exchange.id, originServer: attempt.originServer.url, failure: kind, why };
    if (bug !== undefined) context.log.error({ ...facts, err: bug }, 'an answer failed inside the edge');
    else context.log.debug(facts, 'an attempt failed');
    if (other !== undefined) {
      // The client hears of this one only if the other fails, too.
      if (kind !== 'closed') attempt.originServer.health.failed(context.clock.now());
      exchange.originServer = other.originServer.url;
      return;
    }
    if (kind === 'unsendable') {
      exchange.fail(400, { failure: kind });
      return;
    }
    // A body that the client did not send to its end is no fault of the origin server.
    if (exchange.hasBody && exchange.request.destroyed && !exchange.request.complete) {
      exchange.cut('client-gone');
      return;
    }
    const failure = `origin-${kind}`;
    if (attempt.headed) {
      attempt.originServer.health.failed(context.clock.now());
      exchange.breakOff(failure);
      return;
    }
    const again = !sent || (idempotentMethods.has(exchange.request.method ?? '') && this.#body?.started !== true);
    // A kept-alive connection that the origin server closed just as it was used: not yet a failure of the server. The
    // repetition has a connection of its own, lest it meet another that is about to close.
    if (again && sent && kind === 'closed' && !this.#repeated) {
      this.#repeated = true;
      this.#send(attempt.originServer, attempt.originServer.connect(), 'first');
      return;
    }
    attempt.originServer.health.failed(context.clock.now());
    const next = again ? this.#order[this.#next++] : undefined;
    if (next !== undefined) {
      exchange.counts.failovers++;
      this.#send(next, next.acquire(), 'first');
      return;
    }
    exchange.fail(kind === 'timeout' || kind === 'connect-timeout' ? 504 : 502, { failure });
  }

  /** Whatever the attempts still do has nobody to do it for. */
  #abandon(): void {
    const attempts = [this.#current, this.#second];
    this.#current = undefined;
    this.#second = undefined;
    for (const attempt of attempts) attempt?.cancel();
  }
}
