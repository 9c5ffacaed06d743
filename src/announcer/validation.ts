/**
 * RPKI for the embedded speaker: runs the RTR client that the plan asks for, and answers what policies ask of it.
 *
 * Changes of data are told once for all that come within a second: each makes the speaker look at every route anew. Where the
 * plan names other caches, the old data answers until the new caches have given theirs, so that no route is taken for
 * unknown in between; a cache that never answers cannot keep it for longer than data may live.
 */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Problem } from '../base/problem.ts';
import type { Random } from '../base/random.ts';
import type { RouteValidation } from '../ip/route-validation.ts';
import type { CacheIntent, RpkiIntent } from '../network/rpki-intent.ts';
import { type CacheAddress, formatCache } from '../rpki/client/address.ts';
import { type CacheStatus, RpkiClient } from '../rpki/client/client.ts';
import { type RpkiData, routeValidation } from '../rpki/data/rpki-data.ts';
import type { CacheView, ValidationStatus } from './announcer.ts';

export interface ValidationOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** What the caches say is another: policies should run anew. */
  readonly onData: () => void;
  /** The status or the problems are others. */
  readonly onStatus: () => void;
}

export interface Validation {
  /** For the speaker; answers "not found" and "unknown" without data. */
  readonly hook: RouteValidation;
  /** Runs the client for this wish, or none. The same wish again changes nothing, but retries files that could not be read. */
  want(rpki: RpkiIntent | undefined): void;
  data(): RpkiData | undefined;
  /** `undefined` where nobody validates. */
  status(): ValidationStatus | undefined;
  problems(): readonly Problem[];
  stop(): Promise<void>;
}

const gatherMs = 1_000;
/** RFC 8210 §6: the default expire interval. */
const longestBridgeMs = 7_200_000;

export function createValidation(options: ValidationOptions): Validation {
  const { clock, random, logger } = options;
  let wanted: RpkiIntent | undefined;
  let client: RpkiClient | undefined;
  let unsubscribe = (): void => {};
  let unreadable: readonly Problem[] = [];
  /** The data of the client before. */
  let bridge: RpkiData | undefined;
  let cancelBridge = (): void => {};
  let cancelGather: (() => void) | undefined;
  let inUse: string | undefined;
  const failing = new Map<string, string>();
  const stopping = new Set<Promise<void>>();
  const data = (): RpkiData | undefined => client?.data ?? bridge;

  function want(rpki: RpkiIntent | undefined): void {
    if (isDeepStrictEqual(rpki, wanted) && unreadable.length === 0) return;
    const before = data();
    const sameCaches = isDeepStrictEqual(rpki?.caches, wanted?.caches);
    wanted = rpki;
    if (sameCaches && unreadable.length === 0) return; // ASPA alone was turned on or off, which policies say themselves
    const { caches, problems } = readCaches(rpki?.caches ?? []);
    if (sameCaches && isDeepStrictEqual(problems, unreadable)) return;
    unreadable = problems;
    end();
    setBridge(rpki === undefined ? undefined : before);
    if (caches.length > 0) start(caches);
    if (before !== data()) told();
    options.onStatus();
  }

  function start(caches: readonly CacheAddress[]): void {
    const started = new RpkiClient({ caches, clock, random });
    client = started;
    unsubscribe = started.subscribe((dataChanged) => {
      if (started.data !== undefined) setBridge(undefined);
      note(started.status());
      if (dataChanged) told();
      options.onStatus();
    });
    started.start();
  }

  function end(): void {
    unsubscribe();
    const ended = client?.stop();
    client = undefined;
    inUse = undefined;
    failing.clear();
    if (ended === undefined) return;
    stopping.add(ended);
    void ended.finally(() => stopping.delete(ended));
  }

  function setBridge(next: RpkiData | undefined): void {
    cancelBridge();
    bridge = next;
    if (next === undefined) return;
    cancelBridge = clock.after(longestBridgeMs, () => {
      bridge = undefined;
      told();
    });
  }

  function told(): void {
    cancelGather ??= clock.after(gatherMs, () => {
      cancelGather = undefined;
      options.onData();
    });
  }

  /** A line in the log for each cache that begins or ceases to be of use. */
  function note(caches: readonly CacheStatus[]): void {
    const used = caches.find((cache) => cache.inUse);
    const name = used && formatCache(used.address);
    if (name !== inUse) {
      if (used !== undefined)
        logger.info({ cache: name, serial: used.serial, vrps: used.vrps, aspas: used.aspas }, 'RPKI cache in use');
      else logger.error({ cache: inUse }, 'RPKI data has expired; no route is validated');
    }
    inUse = name;
    for (const { address, failure } of caches) {
      const cache = formatCache(address);
      if (failure === undefined) {
        failing.delete(cache);
      } else if (failing.get(cache) !== failure.what) {
        failing.set(cache, failure.what);
        logger.warn({ cache, why: failure.what }, 'RPKI cache fails; it is tried again');
      }
    }
  }

  function status(): ValidationStatus | undefined {
    if (wanted === undefined) return undefined;
    const now = clock.wallTime();
    const caches = (client?.status() ?? []).map((cache) => cacheView(cache, now));
    const used = data();
    return {
      aspa: wanted.aspa,
      state: used === undefined ? 'waiting' : caches.some((one) => one.inUse && one.inSync) ? 'current' : 'stale',
      vrps: used?.vrps.size ?? 0,
      aspas: used?.aspas.size ?? 0,
      caches,
    };
  }

  return {
    hook: routeValidation(data),
    want,
    data,
    status,
    problems: () => unreadable,
    async stop() {
      cancelGather?.();
      setBridge(undefined);
      end();
      wanted = undefined;
      await Promise.all(stopping);
    },
  };
}

function cacheView(cache: CacheStatus, now: number): CacheView {
  const { address, phase, inUse, inSync, version, serial, vrps, aspas, updatedAtMs, failure } = cache;
  return {
    cache: formatCache(address),
    phase,
    inUse,
    inSync,
    ...(version === undefined ? {} : { version }),
    ...(serial === undefined ? {} : { serial }),
    vrps,
    aspas,
    ...(updatedAtMs === undefined ? {} : { updatedAgoSeconds: Math.max(0, Math.round((now - updatedAtMs) / 1000)) }),
    ...(failure === undefined ? {} : { failure: failure.what }),
  };
}

/** A cache whose files cannot be read is left out: without its authority it would be somebody else's word. */
function readCaches(intents: readonly CacheIntent[]): {
  caches: readonly CacheAddress[];
  problems: readonly Problem[];
} {
  const caches: CacheAddress[] = [];
  const problems: Problem[] = [];
  for (const { host, port, tls } of intents) {
    if (tls === undefined) {
      caches.push({ host, port });
      continue;
    }
    const { serverName, caFile, certificateFile, privateKeyFile } = tls;
    const found = problems.length;
    const read = (file: string | undefined): string | undefined => {
      if (file === undefined) return undefined;
      try {
        return readFileSync(file, 'utf8');
      } catch (error) {
        problems.push(unreadableFile(file, host, (error as NodeJS.ErrnoException).code ?? 'unreadable'));
        return undefined;
      }
    };
    const [ca, certificate, privateKey] = [read(caFile), read(certificateFile), read(privateKeyFile)];
    if (problems.length > found) continue;
    caches.push({
      host,
      port,
      tls: {
        ...(serverName === undefined ? {} : { serverName }),
        ...(ca === undefined ? {} : { ca }),
        ...(certificate === undefined ? {} : { certificate }),
        ...(privateKey === undefined ? {} : { privateKey }),
      },
    });
  }
  return { caches, problems };
}

function unreadableFile(file: string, host: string, why: string): Problem {
  return {
    code: 'announcer.rpki-file',
    severity: 'error',
    what: `the file ${file} for the RPKI cache ${host} cannot be read (${why}); this cache is not asked`,
    where: file,
    fix: "put the file on this PoP's machine, readable by the agent",
  };
}
