/** Asks caches for everything once: for a command, or a look. */
import { type ExitCode, exitCode } from '../../base/exit-codes.ts';
import { type Problem, ProblemError } from '../../base/problem.ts';
import type { RpkiData } from '../data/rpki-data.ts';
import type { RtrFailure } from '../session/types.ts';
import { formatCache } from './address.ts';
import { type CacheStatus, RpkiClient, type RpkiClientOptions } from './client.ts';

export interface Fetched {
  readonly data: RpkiData;
  /** The cache that gave it. */
  readonly cache: CacheStatus;
  /** The caches before it that failed, as warnings. */
  readonly warnings: readonly Problem[];
}

/**
 * The data of the first cache that gives any. Rejects with a Problem for each cache once all have failed, or after `timeoutMs`:
 * `rpki.cache-unreachable`, `rpki.cache-silent`, `rpki.cache-closed`, `rpki.cache-protocol`, `rpki.cache-error`,
 * `rpki.cache-no-data`, `rpki.cache-version`.
 */
export async function fetchRpkiData(options: RpkiClientOptions, timeoutMs: number): Promise<Fetched> {
  const client = new RpkiClient(options);
  const { clock } = options;
  const seconds = timeoutMs / 1000;
  let cancel = (): void => {};
  try {
    return await new Promise<Fetched>((resolve, reject) => {
      const look = (): void => {
        const caches = client.status();
        const cache = caches.find(({ inUse }) => inUse);
        if (client.data !== undefined && cache !== undefined) {
          const failed = caches.slice(0, caches.indexOf(cache)).filter(({ failure }) => failure !== undefined);
          resolve({ data: client.data, cache, warnings: failed.map((each) => problemOf(each, 'warning', seconds)) });
        } else if (caches.every(({ failure }) => failure !== undefined)) reject(problemsOf(caches, seconds));
      };
      client.subscribe(look);
      cancel = clock.after(timeoutMs, () => reject(problemsOf(client.status(), seconds)));
      client.start();
    });
  } finally {
    cancel();
    await client.stop();
  }
}

function problemsOf(caches: readonly CacheStatus[], seconds: number): ProblemError {
  // Those further down were never asked where the first are silent until the time is up.
  const asked = caches.filter(({ failure, phase }) => failure !== undefined || phase !== 'stopped');
  const away = asked.every(({ failure }) => failure === undefined || unreachable.includes(failure.kind));
  const exit: ExitCode = away ? exitCode.unreachable : exitCode.failure;
  return new ProblemError(
    asked.map((cache) => problemOf(cache, 'error', seconds)),
    exit,
  );
}

const unreachable: readonly RtrFailure['kind'][] = ['connect-failed', 'closed', 'no-answer'];

function problemOf({ address, failure, phase }: CacheStatus, severity: Problem['severity'], seconds: number): Problem {
  const cache = formatCache(address);
  const where = `cache ${cache}`;
  if (failure === undefined) {
    const doing = phase === 'loading' ? 'has not sent all its data' : 'has not answered';
    const what = `the RPKI cache ${doing} within ${seconds} s`;
    return {
      code: 'rpki.cache-silent',
      severity,
      what,
      where,
      fix: 'allow more time with --timeout, or look at the cache',
    };
  }
  const { code, fix } = explanations[failure.kind];
  return { code, severity, what: `the RPKI cache gave no data: ${failure.what}`, where, fix };
}

const explanations: Readonly<Record<RtrFailure['kind'], { readonly code: string; readonly fix: string }>> = {
  'connect-failed': {
    code: 'rpki.cache-unreachable',
    fix: 'check host and port, that the cache runs, and that no firewall stands between; with --tls, its certificate, too',
  },
  closed: {
    code: 'rpki.cache-closed',
    fix: 'look at the log of the cache: it may allow certain addresses only, or want TLS (--tls)',
  },
  'no-answer': {
    code: 'rpki.cache-silent',
    fix: 'is this an RTR port? StayRTR and Routinator serve HTTP, TLS and SSH on other ports',
  },
  fault: {
    code: 'rpki.cache-protocol',
    fix: 'is this an RTR port without TLS? If it is, the cache is at fault: use another, and tell its makers',
  },
  'error-report': { code: 'rpki.cache-error', fix: 'look at the log of the cache' },
  'no-data': {
    code: 'rpki.cache-no-data',
    fix: 'the cache has just started or has no input: wait, or look at its log',
  },
  version: { code: 'rpki.cache-version', fix: 'we speak RTR versions 0, 1 and 2: update the cache' },
};
