/**
 * The embedded announcer: drives Nearcast's own BGP speaker inside the agent's process.
 *
 * Why in the process: between the edge's death and the withdrawal lies one function call. And the agent's own death closes
 * the sessions' TCP connections, which withdraws too; graceful restart is not offered, so no peer keeps our routes then.
 * Sessions are compared with the plan one by one: one that the plan leaves as it was is not touched.
 */
import { isDeepStrictEqual } from 'node:util';
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { type Problem, problemsOf } from '../base/problem.ts';
import type { Random } from '../base/random.ts';
import type { Policy } from '../bgp/policy/types.ts';
import type { PeerConfig } from '../bgp/speaker/types.ts';
import { createSpeaker } from '../bgp/transport/speaker-host.ts';
import type { PeerTransport, SpeakerHost } from '../bgp/transport/types.ts';
import { type Address, parseAddress } from '../ip/address.ts';
import { mustPrefix } from '../ip/prefix.ts';
import type { AnnouncementIntent } from '../network/intent.ts';
import type { Announcer, AnnouncerPlan, AnnouncerStop, SessionPlan, SessionStatus } from './announcer.ts';
import { createBfdLinks, type SessionSettings, sameButForPace } from './bfd-links.ts';
import { communityProblem, exportPolicyOf } from './export-policy.ts';
import { asksValidation, importPolicyOf } from './import-policy.ts';
import { createMonitoring } from './monitoring.ts';
import { invalidOwnRoutes } from './own-routes.ts';
import { type Environment, resolveSecret } from './secret.ts';
import { createTables } from './tables/create.ts';
import { createValidation } from './validation.ts';

export interface EmbeddedOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly environment: Environment;
  /**
   * Where to connect for a session instead of to its neighbour, with no source address bound and no BFD, which knows
   * neighbours by their address; `undefined` from it: the session has no such place and is not started. Absent: neighbours
   * are real.
   */
  readonly connectVia?: (session: string) => { readonly host: string; readonly port: number } | undefined;
}

/** RFC 4271 §10 suggests 120 s, which is an outage. The speaker lets it grow while attempts fail, so nobody is pestered. */
const connectRetrySeconds = 1;

interface RunningSession {
  /** What the session was started with, to see whether a plan changes it. */
  settings: SessionSettings;
  announcements: readonly AnnouncementIntent[];
  importPolicy: Policy;
}

/** An announcer over a BGP speaker of our own. Passwords are looked up when their session is started. */
export function createEmbeddedAnnouncer(options: EmbeddedOptions): Announcer {
  const running = new Map<string, RunningSession>();
  const announced = new Set<string>();
  const listeners = new Set<() => void>();
  const bfd = createBfdLinks({ logger: options.logger, onChange: notify });
  const validation = createValidation({ ...options, onData: validateAgain, onStatus: notify });
  const monitoring = createMonitoring({ ...options, onlyLoopback: options.connectVia !== undefined, onStatus: notify });
  let speaker: SpeakerHost | undefined;
  let identity = '';
  let plan: AnnouncerPlan | undefined;
  let problems: Problem[] = [];
  let stopped: Promise<void> | undefined;

  function notify(): void {
    for (const listener of listeners) listener();
  }

  /** Only where a policy asks: with a full table it costs seconds. */
  function validateAgain(): void {
    const asks = plan?.sessions.some(({ receive }) => asksValidation(receive, plan?.rpki));
    if (asks === true && stopped === undefined) speaker?.validationChanged();
  }

  function speakerFor(next: AnnouncerPlan): SpeakerHost {
    const wanted = `${next.asn} ${next.routerId}`;
    if (speaker !== undefined && identity === wanted) return speaker;
    // Both stand in the OPEN of every session, so all must start anew.
    if (speaker !== undefined) {
      void speaker.stop({ communication: 'the local ASN or router ID changes', timeoutMs: 2_000 });
      running.clear();
      announced.clear();
    }
    identity = wanted;
    const us = { asn: next.asn, routerId: mustAddress(next.routerId) };
    const created = createSpeaker({
      ...us,
      clock: options.clock,
      random: options.random,
      logger: options.logger,
      validation: validation.hook,
      observer: monitoring.observe(us),
    });
    monitoring.attach(created);
    created.on('session', () => {
      if (speaker === created) notify();
    });
    speaker = created;
    return created;
  }

  function apply(next: AnnouncerPlan): void {
    if (stopped !== undefined) return;
    const host = speakerFor(next);
    plan = next;
    problems = [];
    withdrawUnplanned(host, next);
    validation.want(next.rpki);
    monitoring.want(next.bmp);
    for (const name of [...running.keys()]) {
      const wanted = next.sessions.find((session) => session.name === name);
      if (wanted !== undefined && keeps(name, settingsOf(wanted))) continue;
      void host.removePeer(name, {
        communication: wanted === undefined ? 'the session is removed' : 'the session is changed',
      });
      running.delete(name);
    }
    for (const session of next.sessions) {
      const malformed = communityProblem(session);
      if (malformed !== undefined) {
        problems.push(malformed);
        continue;
      }
      const existing = running.get(session.name);
      if (existing === undefined) start(host, session, next);
      else setPolicies(host, existing, session, next);
    }
    for (const prefix of plannedPrefixes(next)) {
      if (announced.has(prefix)) continue;
      announced.add(prefix);
      host.announce({ prefix: mustPrefix(prefix), attributes: { originCode: 'igp' } });
    }
  }

  /** A session whose policies alone change stays up. */
  function setPolicies(host: SpeakerHost, existing: RunningSession, session: SessionPlan, next: AnnouncerPlan): void {
    if (!isDeepStrictEqual(existing.announcements, session.announcements)) {
      existing.announcements = session.announcements;
      host.setExportPolicy(session.name, exportPolicyOf(session.announcements));
    }
    const importPolicy = importPolicyOf(session.receive, next.rpki);
    if (isDeepStrictEqual(existing.importPolicy, importPolicy)) return;
    existing.importPolicy = importPolicy;
    host.setImportPolicy(session.name, importPolicy);
  }

  /** Whether a running session can go on as the plan wants it, with at most its BFD told another pace. */
  function keeps(name: string, wanted: SessionSettings): boolean {
    const existing = running.get(name);
    if (existing === undefined || isDeepStrictEqual(existing.settings, wanted)) return existing !== undefined;
    if (wanted.bfd === undefined || !sameButForPace(existing.settings, wanted)) return false;
    existing.settings = wanted;
    bfd.setTimers(name, wanted.bfd);
    return true;
  }

  /** First of all and at once for all peers: a withdrawal must not wait for a new session's password to be read. */
  function withdrawUnplanned(host: SpeakerHost, next: AnnouncerPlan): void {
    const planned = plannedPrefixes(next);
    for (const prefix of announced) {
      if (planned.has(prefix)) continue;
      announced.delete(prefix);
      host.withdraw(mustPrefix(prefix));
    }
  }

  function start(host: SpeakerHost, session: SessionPlan, next: AnnouncerPlan): void {
    const transport = transportOf(session);
    if (transport === undefined) return;
    const started: RunningSession = {
      settings: settingsOf(session),
      announcements: session.announcements,
      importPolicy: importPolicyOf(session.receive, next.rpki),
    };
    running.set(session.name, started);
    host.addPeer(peerConfigOf(session, next, started.importPolicy), transport).catch((error: unknown) => {
      if (running.get(session.name) !== started) return;
      running.delete(session.name); // the next plan tries again
      problems.push(...problemsOf(error));
      notify();
    });
  }

  function transportOf(session: SessionPlan): PeerTransport | undefined {
    const password = session.password && resolveSecret(session.password, session.name, options.environment);
    if (password !== undefined && 'problem' in password) {
      problems.push(password.problem);
      return undefined;
    }
    const secret = password === undefined ? {} : { password: password.secret };
    if (options.connectVia !== undefined) {
      const remote = options.connectVia(session.name);
      if (remote !== undefined) return { remote, ...secret };
      problems.push(notInLoopbackMap(session.name));
      return undefined;
    }
    return {
      remote: { host: session.neighborAddress, port: session.neighborPort },
      localAddress: session.sourceAddress,
      ...(session.multihop === undefined ? {} : { multihop: session.multihop }),
      ...(session.bfd === undefined ? {} : { bfd: bfd.linkFor(session, session.bfd) }),
      ...secret,
    };
  }

  function sessions(): SessionStatus[] {
    const neighbors = new Map(speaker?.neighbors().map((neighbor) => [neighbor.id, neighbor]));
    return (plan?.sessions ?? []).map((session) => {
      const neighbor = running.has(session.name) ? neighbors.get(session.name) : undefined;
      const lastDown = neighbor?.lastDown?.what;
      return {
        name: session.name,
        peerAsn: session.peerAsn,
        neighborAddress: session.neighborAddress,
        phase: neighbor?.phase ?? 'idle',
        announced: stopped === undefined ? (running.get(session.name)?.announcements ?? []).map((a) => a.prefix) : [],
        ...(lastDown === undefined ? {} : { lastDown }),
        ...(session.bfd === undefined ? {} : { bfd: bfd.state(session.name) }),
      };
    });
  }

  function allProblems(): readonly Problem[] {
    const ownInvalid = invalidOwnRoutes(plan, validation.data());
    return [...problems, ...bfd.problems(), ...validation.problems(), ...monitoring.problems(), ...ownInvalid];
  }

  function stop(how: AnnouncerStop): Promise<void> {
    stopped ??= (async () => {
      for (const prefix of announced) speaker?.withdraw(mustPrefix(prefix));
      announced.clear();
      await speaker?.stop(how);
      // The stations hear of the sessions' end before their own.
      await Promise.all([bfd.stop(), validation.stop(), monitoring.stop()]);
      notify();
    })();
    return stopped;
  }

  return {
    apply,
    sessions,
    problems: allProblems,
    validation: () => validation.status(),
    stations: () => monitoring.status(),
    tables: createTables(
      () => ({ host: speaker, plan, running: [...running.keys()], bfdState: bfd.state, problems: allProblems() }),
      validation,
    ),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop,
  };
}

function plannedPrefixes(plan: AnnouncerPlan): Set<string> {
  return new Set(plan.sessions.flatMap((session) => session.announcements.map(({ prefix }) => prefix)));
}

function settingsOf(session: SessionPlan): SessionSettings {
  const { announcements: _, receive: __, ...settings } = session;
  return settings;
}

function peerConfigOf(session: SessionPlan, plan: AnnouncerPlan, importPolicy: Policy): PeerConfig {
  const source = mustAddress(session.sourceAddress);
  return {
    id: session.name,
    address: mustAddress(session.neighborAddress),
    peerAsn: session.peerAsn,
    holdTimeSeconds: session.holdTimeSeconds,
    connectRetrySeconds,
    families: [session.family === 4 ? 'ipv4-unicast' : 'ipv6-unicast'],
    passive: false,
    importPolicy,
    exportPolicy: exportPolicyOf(session.announcements),
    nextHops: session.family === 4 ? { ipv4: source } : { ipv6: source },
    ...(session.peerAsn === plan.asn ? {} : { relation: 'provider' as const }),
  };
}

function mustAddress(text: string): Address {
  const address = parseAddress(text);
  assert(address !== undefined, `not an address: ${text}`);
  return address;
}

function notInLoopbackMap(session: string): Problem {
  return {
    code: 'announcer.loopback-map-session',
    severity: 'error',
    what: `the loopback map has no place for session ${session}; it is not started`,
    where: session,
    fix: `add ${JSON.stringify(session)} to "sessions" in the loopback map`,
  };
}
