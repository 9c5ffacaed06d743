/**
 * A request's way through the edge: admitted or refused, routed by its host, handed to its service.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { edgeHealthHost } from '../feed/edge-config.ts';
import { type EdgeContext, Exchange, type Service } from './exchange.ts';
import type { UpgradeSocket } from './proxy/upgrade.ts';
import { admit, admitAuthority, type Refusal } from './request/admission.ts';

/** Takes one request; never throws. */
export function handleRequest(
  context: EdgeContext,
  request: IncomingMessage,
  response: ServerResponse,
  expectsContinue = false,
): void {
  const exchange = new Exchange(context, request, response, expectsContinue);
  try {
    dispatch(exchange);
  } catch (error) {
    // A bug of ours in one request must not take the others along.
    context.log.error({ err: error, id: exchange.id }, 'a request failed inside the edge');
    exchange.fail(500, { failure: 'internal' });
  }
}

/** Takes one request to switch to WebSocket; `response` is for the case that it stays an ordinary request. */
export function handleUpgrade(
  context: EdgeContext,
  request: IncomingMessage,
  response: ServerResponse,
  client: UpgradeSocket,
): void {
  const exchange = new Exchange(context, request, response, false);
  client.socket.on('error', () => exchange.finish());
  client.socket.on('close', () => exchange.finish());
  try {
    dispatch(exchange, client);
  } catch (error) {
    context.log.error({ err: error, id: exchange.id }, 'a request failed inside the edge');
    exchange.fail(500, { failure: 'internal' });
  }
}

function dispatch(exchange: Exchange, webSocket?: UpgradeSocket): void {
  const { context, request } = exchange;
  const admitted = admit(
    {
      method: request.method ?? '',
      target: request.url ?? '',
      httpMinor: request.httpVersionMinor,
      rawHeaders: request.rawHeaders,
    },
    context.limits,
  );
  if (admitted.refused) {
    exchange.count();
    exchange.target = request.url ?? '';
    exchange.hasBody = request.headers['content-length'] !== undefined || 'transfer-encoding' in request.headers;
    refuse(exchange, admitted);
    return;
  }
  exchange.id = context.newRequestId(admitted.requestId);
  exchange.target = admitted.target;
  exchange.authority = admitted.authority;
  exchange.userAgent = admitted.userAgent;
  exchange.hasBody = admitted.hasBody;
  exchange.bodyBytes = admitted.bodyBytes;

  // Most hosts come in canonical spelling already.
  let service: Service | undefined = context.serving.routes.findExact(admitted.authority);
  if (service === undefined) {
    const host = admitAuthority(admitted.authority);
    if (typeof host !== 'string') {
      exchange.count();
      refuse(exchange, host);
      return;
    }
    exchange.host = host;
    if (host === edgeHealthHost) {
      answerHealth(exchange);
      return;
    }
    service = context.serving.routes.find(host);
  } else {
    exchange.host = admitted.authority;
  }
  exchange.count();
  if (service === undefined) {
    exchange.fail(421, { failure: 'unknown-host' });
    return;
  }
  exchange.service = service.name;
  exchange.counts = context.metrics.service(service.name);
  if (webSocket !== undefined && service.handleWebSocket !== undefined) service.handleWebSocket(exchange, webSocket);
  else service.handle(exchange);
}

function refuse(exchange: Exchange, refusal: Refusal): void {
  exchange.context.metrics.malformed++;
  if (exchange.id === '') exchange.id = exchange.context.newRequestId(undefined);
  // After a request whose bounds are in doubt nothing on this connection can be trusted.
  if (refusal.status !== 405) exchange.response.shouldKeepAlive = false;
  exchange.fail(refusal.status, {
    why: refusal.why,
    failure: 'refused',
    ...(refusal.status === 405 ? { headers: ['allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'] } : {}),
  });
}

/** Says that the listener, the loop behind it and the configuration are there: what the agent announces for. */
function answerHealth(exchange: Exchange): void {
  const { context } = exchange;
  const { serving } = context;
  const path = exchange.target.split('?')[0];
  if (path !== serving.healthPath) {
    exchange.fail(404);
    return;
  }
  const body = JSON.stringify({
    pop: serving.pop,
    configSha256: serving.configSha256,
    draining: serving.draining,
    stopping: context.stopping,
  });
  exchange.answer(
    context.stopping ? 503 : 200,
    ['content-type', 'application/json', 'cache-control', 'no-store'],
    `${body}\n`,
  );
}
