/**
 * BFD for the sessions of the embedded announcer: the one place that knows both rooms, BGP's and BFD's.
 *
 * The thread is made with the first session that wants BFD. Where BFD cannot run (another daemon holds its port) the session
 * goes on without it, strict mode or not, and the Problem is shown: a PoP that is up must not be lost to a check of its path.
 */
import type { Logger } from '../base/log.ts';
import { type Problem, problemsOf } from '../base/problem.ts';
import { type Bfd, type BfdSessionConfig, createBfd } from '../bfd/bfd.ts';
import type { BfdLink, Reachability } from '../bgp/transport/bfd-link.ts';
import type { BfdIntent } from '../network/intent.ts';
import type { SessionPlan } from './announcer.ts';

export interface BfdLinks {
  linkFor(session: SessionPlan, intent: BfdIntent): BfdLink;
  /** What keeps BFD from running beside a session that wants it. */
  problems(): readonly Problem[];
  stop(): Promise<void>;
}

export interface BfdLinksOptions {
  readonly logger: Logger;
  /** `problems` has one more. */
  readonly onProblem: () => void;
}

export function createBfdLinks({ logger, onProblem }: BfdLinksOptions): BfdLinks {
  const problems = new Map<string, readonly Problem[]>();
  /** What to tell each link that runs. */
  const running = new Map<string, (reachability: Reachability) => void>();
  let bfd: Bfd | undefined;
  let serial = 0;

  function cannot(id: string, found: readonly Problem[]): void {
    problems.set(id, found);
    for (const problem of found) logger.error({ problem }, problem.what);
    running.get(id)?.('unknown');
    onProblem();
  }

  function thread(): Bfd {
    if (bfd !== undefined) return bfd;
    const created = createBfd({
      logger,
      onFailure: (failure) => {
        for (const id of running.keys()) cannot(id, [failure]);
      },
    });
    created.onChange((change) => {
      // RFC 5882 §3.2: AdminDown is no word about the path.
      const reachability = change.type === 'up' ? 'up' : change.administrative ? 'unknown' : 'down';
      running.get(change.session)?.(reachability);
    });
    bfd = created;
    return created;
  }

  function start(session: SessionPlan, intent: BfdIntent, changed: (reachability: Reachability) => void): () => void {
    // A session that was changed is another one here: late news of the old must not reach the new.
    const id = `${session.name}#${++serial}`;
    running.set(id, changed);
    const host = thread();
    host.addSession(configOf(id, session, intent)).catch((error: unknown) => {
      if (running.has(id)) cannot(id, problemsOf(error));
    });
    return () => {
      running.delete(id);
      problems.delete(id);
      host.removeSession(id).catch(() => {}); // a thread that is gone has no sessions
    };
  }

  return {
    linkFor: (session, intent) => ({
      strict: intent.strict,
      start: (changed) => start(session, intent, changed),
    }),
    problems: () => [...problems.values()].flat(),
    async stop() {
      await bfd?.stop();
    },
  };
}

function configOf(id: string, session: SessionPlan, intent: BfdIntent): BfdSessionConfig {
  const { intervalMs, multiplier, minimumTtl = 1 } = intent;
  return {
    id,
    localAddress: session.sourceAddress,
    remoteAddress: session.neighborAddress,
    timers: { desiredMinTxMs: intervalMs, requiredMinRxMs: intervalMs, detectMultiplier: multiplier },
    ...(session.multihop === undefined ? {} : { multihop: { minimumTtl } }),
  };
}
