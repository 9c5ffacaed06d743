/**
 * An exchange: one request and its answer, from the head to the log line.
 *
 * Why one object: whoever answers (a site, a proxy, an error page) says what it did here, and the headers of every answer,
 * the log line and the counters come from one place.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { AccessLog } from './access-log.ts';
import { errorPage } from './error-page.ts';
import type { EdgeLimits } from './limits.ts';
import type { EdgeMetrics, ServiceCounts } from './metrics.ts';
import { type ConnectionFacts, connectionFacts } from './request/client-address.ts';
import type { RouteTable } from './routes.ts';

/** What a domain leads to. */
export interface Service {
  readonly name: string;
  handle(exchange: Exchange): void;
  /** Takes over a connection whose client asks for a WebSocket; absent: it is answered as an ordinary request. */
  handleWebSocket?(exchange: Exchange, client: { readonly socket: Socket; readonly head: Buffer }): void;
  /** Lets go of connections and files once nothing uses them. */
  close(): void;
}

/** All that a configuration means; replaced whole at a reload. */
export interface Serving {
  readonly pop: string;
  readonly healthPath: string;
  readonly configSha256: string;
  readonly draining: boolean;
  readonly routes: RouteTable<Service>;
  readonly services: ReadonlyMap<string, Service>;
}

export interface EdgeContext {
  serving: Serving;
  /** The edge is about to end: health says no, answers ask to close. */
  stopping: boolean;
  readonly limits: EdgeLimits;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: EdgeMetrics;
  readonly accessLog: AccessLog;
  readonly newRequestId: (sent: string | undefined) => string;
}

type ExchangeResponse = ServerResponse & { exchange?: Exchange };

function onResponseClose(this: ServerResponse): void {
  (this as ExchangeResponse).exchange?.finish();
}

export class Exchange {
  readonly context: EdgeContext;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly client: ConnectionFacts;
  readonly startedMs: number;
  /** The client waits for `100 Continue` before it sends its body. */
  readonly expectsContinue: boolean;

  id = '';
  /** The host as the client wrote it, with its port. */
  authority = '';
  /** The host in canonical spelling. */
  host = '';
  /** Path and query. */
  target = '';
  userAgent = '';
  hasBody = false;
  /** The declared length of the request's body; -1 where not told. */
  bodyBytes = -1;

  service = '';
  originServer = '';
  failure = '';
  status = 0;
  sentBytes = 0;
  finished = false;
  answered = false;
  counts: ServiceCounts;
  /** Called once when the exchange ends, however it does. */
  onFinished: (() => void) | undefined;

  #counted = false;

  constructor(context: EdgeContext, request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) {
    this.context = context;
    this.request = request;
    this.response = response;
    this.client = connectionFacts(request.socket);
    this.startedMs = context.clock.now();
    this.expectsContinue = expectsContinue;
    this.counts = context.metrics.service('');
    this.client.open++;
    this.client.taken++;
    this.client.newest = this;
    (response as ExchangeResponse).exchange = this;
    response.on('close', onResponseClose);
  }

  /** Counts it as a customer's request; the agent's health checks are not. */
  count(): void {
    const { metrics } = this.context;
    this.#counted = true;
    metrics.requests++;
    metrics.active++;
    if (!this.client.counted) {
      this.client.counted = true;
      metrics.connectionsTotal++;
    }
  }

  /** Writes the head; adds what every answer carries. `headers`: names and values in turn, and is added to. */
  head(status: number, headers: string[], reason?: string): void {
    const { context, response } = this;
    this.status = status;
    headers.push('x-request-id', this.id, 'x-nearcast-pop', context.serving.pop);
    if (
      context.serving.draining ||
      context.stopping ||
      this.client.closing ||
      this.client.taken >= context.limits.requestsPerConnection
    ) {
      response.shouldKeepAlive = false;
    }
    if (reason === undefined) response.writeHead(status, headers);
    else response.writeHead(status, reason, headers);
  }

  /** Answers with a whole body. */
  answer(status: number, headers: string[], body: Buffer | string): void {
    const bytes = body.length;
    if (status !== 204 && status !== 304) headers.push('content-length', String(bytes));
    const bodyUnread = this.hasBody && !this.request.complete;
    if (bodyUnread && (this.bodyBytes < 0 || this.bodyBytes > 65_536)) this.response.shouldKeepAlive = false;
    this.answered = true;
    this.head(status, headers);
    const send = this.request.method === 'HEAD' ? '' : body;
    if (status !== 304) this.sentBytes = send.length;
    if (bodyUnread && !this.expectsContinue) {
      this.response.write(send, 'latin1');
      this.endAfterBody();
    } else {
      this.response.end(send, 'latin1');
    }
  }

  /** Answers with a page of the edge's own. `failure`: a short word for the log. */
  fail(status: number, options: { why?: string; failure?: string; headers?: string[] } = {}): void {
    if (this.response.headersSent || this.finished) {
      this.cut(options.failure ?? 'late-failure');
      return;
    }
    if (options.failure !== undefined) this.failure = options.failure;
    const page = errorPage({
      status,
      why: options.why,
      accept: this.request.headers.accept,
      requestId: this.id,
      pop: this.context.serving.pop,
    });
    const headers = [
      'content-type',
      page.contentType,
      'cache-control',
      'no-store',
      'x-content-type-options',
      'nosniff',
    ];
    if (options.headers !== undefined) headers.push(...options.headers);
    this.answer(status, headers, page.body);
  }

  /** Ends the connection at once, so that the client sees that its answer is not whole. */
  cut(failure: string): void {
    if (this.finished) return;
    this.failure = failure;
    this.request.socket.destroy();
    // A response that never got its socket (an earlier one of the pipeline had it) hears nothing of the socket's end.
    this.finish();
  }

  /**
   * Ends an answer that cannot go on. What there is of it goes out first: what the client gets must not depend on whether its fault came
   * in one piece with it. The connection's end says that the answer is not whole.
   */
  breakOff(failure: string): void {
    if (this.finished) return;
    const { socket } = this.response;
    // An earlier answer of the pipeline still has the socket, or the client takes nothing: then nothing gets out.
    if (socket === null || socket.destroyed || socket.writableNeedDrain) {
      this.cut(failure);
      return;
    }
    this.failure = failure;
    this.response.flushHeaders();
    const { clock, limits } = this.context;
    socket.once(
      'close',
      clock.after(limits.lingerMs, () => socket.destroy()),
    );
    socket.destroySoon();
    this.finish();
  }

  /**
   * Ends the answer once the request's body has come in, or after a while: a connection closed with unread bytes resets,
   * and takes an answer along that the client has not yet read (RFC 9112 §9.6).
   */
  endAfterBody(): void {
    const { request, response, context } = this;
    const end = () => {
      cancel();
      request.off('end', end);
      request.off('close', end);
      if (!request.complete) response.shouldKeepAlive = false;
      response.end();
      if (!request.complete) request.socket?.destroySoon();
    };
    const cancel = context.clock.after(context.limits.lingerMs, end);
    request.on('end', end);
    request.on('close', end);
    request.resume();
  }

  /** The answer is through, or the client gone: counts and logs. */
  finish(): void {
    if (this.finished) return;
    this.finished = true;
    const { context, response, request } = this;
    const { metrics } = context;
    this.client.open--;
    if (!this.#counted) return;
    const durationMs = context.clock.now() - this.startedMs;
    metrics.active--;
    metrics.observe(durationMs);
    const answered = this.status !== 0;
    const statusClass = Math.floor(this.status / 100);
    this.counts.byClass[statusClass] = (this.counts.byClass[statusClass] ?? 0) + 1;
    this.counts.bytes += this.sentBytes;
    if (this.failure === '' && !response.writableFinished && this.status !== 101) this.failure = 'client-gone';
    const query = this.target.indexOf('?');
    context.accessLog.add({
      id: this.id,
      client: this.client.address,
      host: this.host,
      method: request.method ?? '',
      path: query < 0 ? this.target : this.target.slice(0, query),
      httpMinor: request.httpVersionMinor,
      // 499 as elsewhere in the field: the client left before it was answered.
      status: answered ? this.status : 499,
      bytes: this.sentBytes,
      durationMs,
      service: this.service,
      originServer: this.originServer,
      pop: context.serving.pop,
      userAgent: this.userAgent,
      failure: this.failure,
    });
    this.onFinished?.();
  }
}
