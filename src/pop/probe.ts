/**
 * Probes: one question to a target, answered or not within a time limit. HTTP, TCP, or whether a process lives.
 *
 * Each HTTP and TCP probe opens a new connection, because that is what a new user does: a kept-alive connection still
 * answers when the listening socket is long gone. A stopped process still accepts connections (the kernel does), so only
 * an answer counts, never the connection alone, where the target speaks HTTP.
 * A probe never throws: what goes wrong is its result.
 */
import { request } from 'node:http';
import { createConnection } from 'node:net';
import { unreachable } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';

export type ProbeTarget =
  | {
      readonly kind: 'http';
      readonly host: string;
      readonly port: number;
      readonly path: string;
      /** The Host header. */
      readonly hostHeader: string;
      /** A header that the answer must carry: proof that the right server answers. */
      readonly expectHeader?: { readonly name: string; readonly value: string };
    }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'process'; readonly pid: number };

export type ProbeResult =
  | { readonly good: true }
  /** `certain`: nobody is there (a refused connection on this machine, a process that is gone); no second question needed. */
  | { readonly good: false; readonly why: string; readonly certain: boolean };

export interface RunningProbe {
  /** Gives up: the connection is closed and no result comes. */
  readonly cancel: () => void;
}

/** Asks `target` once; `onResult` is called once, later, unless the probe is cancelled. */
export function startProbe(
  target: ProbeTarget,
  timeoutMs: number,
  clock: Clock,
  onResult: (result: ProbeResult) => void,
): RunningProbe {
  let over = false;
  let release = (): void => {};
  const cancelTimeout = clock.after(timeoutMs, () => finish(maybe(`no answer within ${timeoutMs} ms`)));
  function end(): boolean {
    if (over) return false;
    over = true;
    cancelTimeout();
    release();
    return true;
  }
  function finish(result: ProbeResult): void {
    if (end()) onResult(result);
  }
  release = ask(target, clock, finish);
  if (over) release();
  return { cancel: end };
}

/** Starts asking and returns what lets go of the connection. */
function ask(target: ProbeTarget, clock: Clock, finish: (result: ProbeResult) => void): () => void {
  switch (target.kind) {
    case 'http':
      return askHttp(target, finish);
    case 'tcp':
      return askTcp(target, finish);
    case 'process':
      return clock.after(0, () => finish(processLives(target.pid)));
    default:
      return unreachable(target);
  }
}

function askHttp(target: ProbeTarget & { kind: 'http' }, finish: (result: ProbeResult) => void): () => void {
  const asked = request({
    host: target.host,
    port: target.port,
    path: target.path,
    agent: false,
    headers: { host: target.hostHeader, connection: 'close', 'user-agent': 'nearcast-agent' },
  });
  asked.on('error', (error) => finish(failureOf(error)));
  asked.on('response', (response) => {
    response.on('error', (error) => finish(failureOf(error)));
    response.resume();
    const expected = target.expectHeader;
    const actual = expected && response.headers[expected.name];
    if (response.statusCode !== 200) {
      finish(maybe(`it answered ${response.statusCode} to ${target.path}`));
    } else if (expected !== undefined && actual !== expected.value) {
      const who = actual === undefined ? `without ${expected.name}` : `with ${expected.name}: ${String(actual)}`;
      finish(maybe(`something else answers on its port (${who})`));
    } else {
      response.on('end', () => finish({ good: true }));
    }
  });
  asked.end();
  return () => asked.destroy();
}

function askTcp(target: ProbeTarget & { kind: 'tcp' }, finish: (result: ProbeResult) => void): () => void {
  const socket = createConnection({ host: target.host, port: target.port });
  socket.on('error', (error) => finish(failureOf(error)));
  socket.on('connect', () => finish({ good: true }));
  return () => socket.destroy();
}

function processLives(pid: number): ProbeResult {
  try {
    process.kill(pid, 0);
    return { good: true };
  } catch (error) {
    // EPERM: it lives, but is another user's.
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return { good: true };
    return { good: false, why: `process ${pid} is gone`, certain: true };
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'it closed the connection without an answer',
  EHOSTUNREACH: 'its address is not reachable',
  ENETUNREACH: 'its address is not reachable',
  EADDRNOTAVAIL: 'its address is not on this machine',
};

function failureOf(error: Error): ProbeResult {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const why = reasons[code] ?? (error.message === '' ? code : error.message);
  return { good: false, why, certain: code === 'ECONNREFUSED' || code === 'EADDRNOTAVAIL' };
}

function maybe(why: string): ProbeResult {
  return { good: false, why, certain: false };
}
