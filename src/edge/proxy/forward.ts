/**
 * Forwarding: a request goes to the nearest usable origin server, and to the next one where that fails and the request
 * may be sent again.
 *
 * May be sent again: anything that certainly never left (the connection was refused), and requests whose repetition
 * changes nothing (RFC 9110 §9.2.2) as long as no byte of their body was used up and no byte of an answer reached the client.
 */
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Exchange } from '../exchange.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { type RequestBody, requestBody } from './body.ts';
import { orderOriginServers } from './choose.ts';
import { originRequestHeaders } from './headers.ts';
import type { OriginServer } from './origin-server.ts';

const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** A request to switch protocols, and what becomes of the connection where an origin server does. */
export interface UpgradeRequest {
  readonly protocol: string;
  readonly onUpgrade: (rawHeaders: readonly (Buffer | string)[], socket: Duplex) => void;
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
    this.#send(this.#order[this.#next++] as OriginServer);
  }

  #send(originServer: OriginServer): void {
    const exchange = this.#exchange;
    if (originServer === this.#trial) originServer.health.beginTrial(exchange.context.clock.now());
    exchange.originServer = originServer.url;
    const attempt = new Attempt(exchange, originServer, this);
    this.#current = attempt;
    const options: Dispatcher.DispatchOptions & { servername: string } = {
      path: originServer.basePath === '' ? exchange.target : originServer.basePath + exchange.target,
      method: exchange.request.method as Dispatcher.HttpMethod,
      headers: this.#headers,
      body: this.#body === undefined ? null : this.#body.stream(),
      upgrade: this.#upgrade === undefined ? null : this.#upgrade.protocol,
      servername: originServer.servername,
    };
    attempt.client.dispatch(options, attempt);
  }

  completed(attempt: Attempt): void {
    attempt.originServer.health.succeeded();
    this.#letGo(attempt);
  }

  upgraded(attempt: Attempt, rawHeaders: readonly (Buffer | string)[], socket: Duplex): void {
    attempt.originServer.health.succeeded();
    this.#letGo(attempt);
    if (this.#upgrade === undefined) socket.destroy();
    else this.#upgrade.onUpgrade(rawHeaders, socket);
  }

  failed(attempt: Attempt, error: Error & { code?: string }, sent: boolean): void {
    const exchange = this.#exchange;
    this.#letGo(attempt);
    if (exchange.finished) return;
    const { context } = exchange;
    const failure = failureWord(error, sent);
    // A body that the client did not send to its end is no fault of the origin server.
    if (exchange.hasBody && exchange.request.destroyed && !exchange.request.complete) {
      exchange.cut('client-gone');
      return;
    }
    if (attempt.headed) {
      attempt.originServer.health.failed(context.clock.now());
      exchange.cut(failure);
      return;
    }
    const again = !sent || (idempotentMethods.has(exchange.request.method ?? '') && this.#body?.started !== true);
    // A kept-alive connection that the origin server closed just as it was used: not yet a failure of the server.
    if (again && sent && error.code === 'UND_ERR_SOCKET' && !this.#repeated) {
      this.#repeated = true;
      this.#send(attempt.originServer);
      return;
    }
    attempt.originServer.health.failed(context.clock.now());
    context.log.debug(
      { id: exchange.id, originServer: attempt.originServer.url, failure, err: error },
      'an attempt failed',
    );
    const next = again ? this.#order[this.#next++] : undefined;
    if (next !== undefined) {
      exchange.counts.failovers++;
      this.#send(next);
      return;
    }
    const timedOut = failure === 'origin-timeout' || failure === 'origin-connect-timeout';
    exchange.fail(timedOut ? 504 : 502, { failure });
  }

  /** Whatever the attempt still does has nobody to do it for. */
  #abandon(): void {
    const attempt = this.#current;
    if (attempt === undefined) return;
    this.#current = undefined;
    attempt.cancel();
    // Not released: it may still be connecting, with this request in its queue.
    void attempt.client.destroy();
  }

  #letGo(attempt: Attempt): void {
    if (this.#current === attempt) {
      this.#current = undefined;
      attempt.originServer.release(attempt.client);
    }
  }
}

/** `ERR_INVALID_CHAR`: Node refuses to send such a header on. The lengths: a head that tells two of them. */
const garbageCodes: ReadonlySet<string> = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'ERR_INVALID_CHAR',
]);

/** A short stable word for the log, by the error's code. */
function failureWord(error: Error & { code?: string }, sent: boolean): string {
  const code = error.code ?? '';
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || (!sent && code === 'ETIMEDOUT')) return 'origin-connect-timeout';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' || code === 'ETIMEDOUT')
    return 'origin-timeout';
  if (!sent) return code === 'ECONNREFUSED' ? 'origin-refused' : 'origin-unreachable';
  return error.name === 'HTTPParserError' || garbageCodes.has(code) ? 'origin-garbage' : 'origin-closed';
}
