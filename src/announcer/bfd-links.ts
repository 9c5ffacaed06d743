/**
 * BFD for the sessions of the embedded announcer: the one place that knows both rooms, BGP's and BFD's.
 *
 * The thread is made with the first session that wants BFD. Where BFD cannot run (another daemon holds its port) the session
 * goes on without it, strict mode or not, and the Problem is shown: a PoP that is up must not be lost to a check of its path.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../base/log.ts';
import { type Problem, problemsOf } from '../base/problem.ts';
import { type Bfd, type BfdSessionConfig, type BfdTimers, createBfd } from '../bfd/bfd.ts';
import type { BfdLink, Reachability } from '../bgp/transport/bfd-link.ts';
import type { BfdIntent } from '../network/intent.ts';
import type { BfdState, SessionPlan } from './announcer.ts';

/** What a session is started with. */
export type SessionSettings = Omit<SessionPlan, 'announcements' | 'receive'>;

export interface BfdLinks {
  linkFor(session: SessionPlan, intent: BfdIntent): BfdLink;
  /** Changes the pace of a session's BFD, by a poll sequence: neither it nor the BGP session falls for it. */
  setTimers(session: string, intent: BfdIntent): void;
  state(session: string): BfdState;
  /** What keeps BFD from running beside a session that wants it. */
  problems(): readonly Problem[];
  stop(): Promise<void>;
}

export interface BfdLinksOptions {
  readonly logger: Logger;
  /** `problems` has one more, or a session's state is another. */
  readonly onChange: () => void;
}

export function createBfdLinks({ logger, onChange }: BfdLinksOptions): BfdLinks {
  const problems = new Map<string, readonly Problem[]>();
  /** What to tell each link that runs. */
  const running = new Map<string, (reachability: Reachability) => void>();
  /** What each of them last said. */
  const states = new Map<string, Reachability>();
  /** By session, the link that runs for it. */
  const current = new Map<string, string>();
  let bfd: Bfd | undefined;
  let serial = 0;

  function hear(id: string, reachability: Reachability): void {
    const changed = running.get(id);
    if (changed === undefined) return;
    states.set(id, reachability);
    changed(reachability);
    onChange();
  }

  function cannot(id: string, found: readonly Problem[]): void {
    problems.set(id, found);
    for (const problem of found) logger.error({ problem }, problem.what);
    hear(id, 'unknown');
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
      hear(change.session, reachability);
    });
    bfd = created;
    return created;
  }

  function start(session: SessionPlan, intent: BfdIntent, changed: (reachability: Reachability) => void): () => void {
    // A session that was changed is another one here: late news of the old must not reach the new.
    const id = `${session.name}#${++serial}`;
    running.set(id, changed);
    current.set(session.name, id);
    const host = thread();
    host.addSession(configOf(id, session, intent)).catch((error: unknown) => {
      if (running.has(id)) cannot(id, problemsOf(error));
    });
    return () => {
      running.delete(id);
      states.delete(id);
      problems.delete(id);
      if (current.get(session.name) === id) current.delete(session.name);
      host.removeSession(id).catch(() => {}); // a thread that is gone has no sessions
    };
  }

  return {
    linkFor: (session, intent) => ({
      strict: intent.strict,
      start: (changed) => start(session, intent, changed),
    }),
    setTimers(session, intent) {
      const id = current.get(session);
      // One that could not be started is tried again with the session's next start, by then with these.
      if (id !== undefined) bfd?.setTimers(id, timersOf(intent)).catch(() => {});
    },
    state: (session) => states.get(current.get(session) ?? '') ?? 'unknown',
    problems: () => [...problems.values()].flat(),
    async stop() {
      await bfd?.stop();
    },
  };
}

function configOf(id: string, session: SessionPlan, intent: BfdIntent): BfdSessionConfig {
  const { minimumTtl = 1 } = intent;
  return {
    id,
    localAddress: session.sourceAddress,
    remoteAddress: session.neighborAddress,
    timers: timersOf(intent),
    ...(session.multihop === undefined ? {} : { multihop: { minimumTtl } }),
  };
}

function timersOf({ intervalMs, multiplier }: BfdIntent): BfdTimers {
  return { desiredMinTxMs: intervalMs, requiredMinRxMs: intervalMs, detectMultiplier: multiplier };
}

/** Whether two plans of a session differ in nothing but the pace of its BFD. */
export function sameButForPace(a: SessionSettings, b: SessionSettings): boolean {
  if (a.bfd === undefined || b.bfd === undefined) return false;
  const { intervalMs, multiplier } = b.bfd;
  return isDeepStrictEqual({ ...a, bfd: { ...a.bfd, intervalMs, multiplier } }, b);
}
