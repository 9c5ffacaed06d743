/**
 * Who may speak to the API: the check of Host and Origin, and of bearer tokens.
 *
 * Why Host, on loopback too: a web page can point a name of its own at 127.0.0.1 (DNS rebinding) and then counts as the
 * same origin; but it cannot hide that name from the Host header. Why Origin: a page may send a simple POST anywhere
 * without reading the answer, and a drain needs no more. Pure.
 */
import { isIP } from 'node:net';
import type { ApiProblem } from './api-problem.ts';
import { apiProblem } from './api-problem.ts';

export interface HeaderSource {
  readonly method: string;
  /** Name, value, name, value …, as they came. */
  readonly rawHeaders: readonly string[];
}

/** The names under which the API may be called, lower case, without port; IPv6 addresses in brackets. */
export function allowedHosts(listenHost: string, more: readonly string[]): ReadonlySet<string> {
  const listen = isIP(listenHost) === 6 ? `[${listenHost}]` : listenHost;
  return new Set(['localhost', '127.0.0.1', '[::1]', listen, ...more].map((host) => host.toLowerCase()));
}

/** The problem with the request's Host or Origin; `undefined` where it may go on. */
export function hostProblem(request: HeaderSource, allowed: ReadonlySet<string>): ApiProblem | undefined {
  const hosts = headerValues(request.rawHeaders, 'host');
  // RFC 9112 §3.2: more than one Host is a bad request, for each reader might take another one.
  if (hosts.length > 1) {
    return apiProblem(400, { code: 'control.bad-request', what: 'the request has more than one Host header' });
  }
  const host = hosts[0] ?? '';
  if (!allowed.has(withoutPort(host))) {
    return apiProblem(421, {
      code: 'control.host-not-allowed',
      what: `this API does not go by the name ${JSON.stringify(host.slice(0, 100))}`,
      fix: 'call it by localhost or its address, or start control with --allowed-host NAME',
    });
  }
  return request.method === 'GET' || request.method === 'HEAD' ? undefined : originProblem(request, host);
}

/** A browser says on whose behalf it asks; programs say nothing. */
function originProblem(request: HeaderSource, host: string): ApiProblem | undefined {
  const site = headerValues(request.rawHeaders, 'sec-fetch-site');
  const origins = headerValues(request.rawHeaders, 'origin');
  const foreign =
    site.some((value) => value !== 'same-origin' && value !== 'none') ||
    origins.some(
      (origin) =>
        origin.toLowerCase() !== `http://${host.toLowerCase()}` &&
        origin.toLowerCase() !== `https://${host.toLowerCase()}`,
    );
  if (!foreign) return undefined;
  return apiProblem(403, {
    code: 'control.cross-origin',
    what: 'a web page of another origin may not change anything here',
    fix: 'use the command line, or a page that this API serves itself',
  });
}

/** The token of `Authorization: Bearer …` (RFC 6750 §2.1); `undefined` where there is none, or more than one. */
export function bearerToken(rawHeaders: readonly string[]): string | undefined {
  const values = headerValues(rawHeaders, 'authorization');
  if (values.length !== 1) return undefined;
  return /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(values[0] as string)?.[1];
}

function headerValues(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
}

function withoutPort(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '');
}

/** May the API listen there without an administrator's token? */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
