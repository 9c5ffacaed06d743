/**
 * The agent of one PoP, composed: what control published comes in by the feed (or from disk), health decides, the
 * announcer speaks, the edge serves.
 *
 * The order of things (design rule 3) is made here. Up: bind the addresses, copy the sites, start the edge, see it listen
 * and answer, announce. Down: withdraw, tell the peers why and wait until they have it, let the edge finish, unbind.
 * Everything else hangs on two functions: `reconcile` (what is wanted changed) and `announce` (what may be announced
 * changed), and both compare whole wishes, so calling them once too often changes nothing.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Announcer, AnnouncerPlan } from '../announcer/announcer.ts';
import { type AnnouncementMode, planSessions } from '../announcer/plan.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { fail, type Problem } from '../base/problem.ts';
import { type Random, systemRandom } from '../base/random.ts';
import { type EdgeStatus, edgeHealthHost } from '../feed/edge-config.ts';
import type { AnswerLine, Question } from '../feed/question.ts';
import type { FeedBatch } from '../feed/records.ts';
import type { AgentReport } from '../feed/report.ts';
import type { PopIntent } from '../network/intent.ts';
import { addressesManagedOutside, bindAddressesTo, ipCommand } from './address.ts';
import { keepAddresses } from './address-keeper.ts';
import { type AddressWatch, watchAddress } from './address-watch.ts';
import { blobsFrom } from './blobs.ts';
import { createControlClient, readToken } from './control-client.ts';
import { announces, type DecisionEvent } from './decision.ts';
import { drainMode, edgeDrains } from './drain.ts';
import { runDrain, untilQuiet } from './drain-runner.ts';
import { createEdgeConfigurator } from './edge-configurator.ts';
import { buildEdgeConfig, listenPlace, sitesOfEarlierConfig } from './edge-file.ts';
import { createEdgeSupervisor } from './edge-supervisor.ts';
import { followFeed } from './feed-client.ts';
import { type LoopbackMap, unplacedAddresses } from './loopback-map.ts';
import { watchForMuteness } from './mute-watch.ts';
import { heardPrefixes, popPhase } from './phase.ts';
import { answerLines } from './questions/answer.ts';
import { listenLocally } from './questions/local-socket.ts';
import { answerQuestions } from './questions/question-client.ts';
import { createReplica } from './replica.ts';
import { startReporter } from './reporter.ts';
import { createSites } from './sites.ts';
import { openStateFile } from './state.ts';
import { lockState } from './state-lock.ts';

export interface AgentOptions {
  readonly pop: string;
  readonly controlUrl: string;
  readonly tokenFile: string;
  readonly stateDirectory: string;
  /** Program and first arguments of the edge; `--config`, `--admin` and `--access-log` are added. */
  readonly edgeCommand: readonly [string, ...string[]];
  readonly logger: Logger;
  readonly loopback?: LoopbackMap;
  readonly bindInterface?: string;
  readonly accessLog?: string;
  readonly clock?: Clock;
  readonly random?: Random;
  /** What speaks BGP; the agent stops it when it stops. */
  readonly announcer: Announcer;
}

export interface Agent {
  report(): AgentReport;
  /** Withdraws, says why to the peers, lets the edge finish, and ends. Called again: in a hurry. */
  stop(reason: string): Promise<void>;
}

/** The whole path of a Unix socket must fit into `sun_path` (108 bytes on Linux, 104 elsewhere). */
const longestSocketPath = 103;
/** A PoP that has never had its sites waits so long for them at most before it starts without. */
const siteWaitMs = 15_000;
const ceaseLimitMs = 3_000;
const hurryLimitMs = 300;
const longestQuietMs = 10_000;
const edgeGraceMs = 5_000;

/** Starts the agent. Problems: those of the token file, the state directory and its lock. */
export function startAgent(options: AgentOptions): Agent {
  const { pop, logger, announcer } = options;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom();
  const stateDirectory = resolve(options.stateDirectory);
  const socketPath = join(stateDirectory, 'edge.sock');
  const configPath = join(stateDirectory, 'edge.json');
  if (Buffer.byteLength(socketPath) > longestSocketPath) fail(pathTooLong(socketPath));
  readToken(options.tokenFile);
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  const lock = lockState(stateDirectory);

  const stateFile = openStateFile({ directory: stateDirectory, pop, clock, logger });
  const replica = createReplica(stateFile.load());
  const control = createControlClient({ url: options.controlUrl, tokenFile: options.tokenFile });
  const watches = new Map<string, AddressWatch>();
  let intent: PopIntent | undefined;
  let plan: AnnouncerPlan | undefined;
  let edge: { readonly listening: EdgeStatus['listening'] } | undefined;
  let edgeAlive = false;
  let edgeStarted = false;
  let siteWaitOver = false;
  let wasAnnouncing = false;
  let gathering = false;
  let gathered = false;
  let stopping: string | undefined;
  let hurry = (): void => {};

  announcer.onChange(() => {
    wasAnnouncing ||= heardPrefixes(announcer.sessions()).length > 0;
    reporter.changed();
  });

  const supervisor = createEdgeSupervisor({
    pop,
    command: [
      ...options.edgeCommand,
      ...['--config', configPath, '--admin', socketPath],
      ...['--access-log', resolve(options.accessLog ?? join(stateDirectory, 'access.log'))],
    ],
    socketPath,
    stateDirectory,
    clock,
    random,
    logger,
    onUp() {
      edgeAlive = true;
      sendToAll({ type: 'edge-alive' });
      configurator.edgeUp();
    },
    onDown(why) {
      edge = undefined;
      edgeAlive = false;
      sendToAll({ type: 'edge-dead', why });
      configurator.edgeDown();
      reporter.changed();
    },
  });

  const configurator = createEdgeConfigurator({
    path: configPath,
    admin: supervisor.admin,
    clock,
    logger,
    onStatus(status, newest) {
      edge = status;
      for (const watch of watches.values()) tellListening(watch);
      // What the edge no longer uses may go: its routes went when the intent changed, its sockets with the reload.
      if (newest && stopping === undefined) void Promise.all([keeper.release(), sites.prune()]).catch(noteFault);
    },
    onProblems: () => reporter.changed(),
  });

  const keeper = keepAddresses({
    binder:
      options.bindInterface === undefined
        ? addressesManagedOutside
        : bindAddressesTo({ interface: options.bindInterface, stateDirectory, logger, ip: ipCommand }),
    clock,
    logger,
    onChange() {
      for (const watch of watches.values()) if (keeper.isBound(watch.address)) watch.send({ type: 'bound' });
      configureEdge();
      reporter.changed();
    },
  });

  const sites = createSites({
    directory: join(stateDirectory, 'sites'),
    blobs: blobsFrom(control),
    clock,
    random,
    logger,
    before: sitesOfEarlierConfig(configPath),
    onChange() {
      configureEdge();
      reporter.changed();
    },
  });

  const drain = runDrain({
    clock,
    admin: supervisor.admin,
    logger,
    onStage() {
      announce();
      configureEdge();
    },
  });

  const reporter = startReporter({ control, clock, logger, report });
  const cancelSiteWait = clock.after(siteWaitMs, () => {
    siteWaitOver = true;
    configureEdge();
  });
  const stopMuteWatch = watchForMuteness({
    clock,
    admin: supervisor.admin,
    lastGood() {
      const times = [...watches.values()].flatMap((watch) => watch.lastGood() ?? []);
      return times.length === 0 ? undefined : Math.max(...times);
    },
    onMute: (why) => supervisor.mute(why),
  });

  if (replica.position().epoch !== undefined) {
    logger.info(replica.position(), 'starting from the state on disk');
    reconcile();
  } else {
    logger.info('no state on disk; waiting for control');
  }
  const feed = followFeed({
    control,
    clock,
    random,
    logger,
    position: () => replica.position(),
    objection: (batch) => replica.objection(batch),
    onBatch: takeBatch,
    onProblems: () => reporter.changed(),
  });

  const local = listenLocally({ path: join(stateDirectory, 'agent.sock'), clock, logger, answer, report });
  const stopAnswering = answerQuestions({ control, clock, random, logger, answer });

  function answer(question: Question): Iterable<AnswerLine | undefined> {
    return answerLines({ pop, announcer, own }, question);
  }

  /** How a prefix of this PoP's is announced, and why. */
  function own(prefix: string) {
    if (!intent?.addresses.some((address) => address.prefix === prefix)) return undefined;
    return { mode: modeOf(prefix), ...phaseNow() };
  }

  function takeBatch(batch: FeedBatch): void {
    const before = replica.position();
    const changed = replica.apply(batch);
    if (!changed && before.epoch === batch.epoch && before.through === batch.through) return;
    stateFile.changed(() => replica.content());
    if (changed) reconcile();
    reporter.changed();
  }

  /** What is wanted changed: brings everything in line with it. */
  function reconcile(): void {
    if (stopping !== undefined) return;
    intent = replica.pop(pop);
    const wanted = intent?.addresses ?? [];
    if (intent !== undefined) drain.setTimes(intent.drain);
    for (const [address, watch] of watches) {
      if (wanted.some((other) => other.address === address)) continue;
      watch.stop();
      watches.delete(address);
    }
    for (const { address } of wanted) reconcileAddress(address, intent as PopIntent);
    drain.want(replica.drain(pop), announcesAny());
    announce();
    keeper.want(wanted.map(({ address }) => address));
    const services = [...replica.services()];
    sites.want(new Map(services.flatMap(([name, s]) => (s.kind === 'static' ? [[name, s.manifest] as const] : []))));
    configureEdge();
  }

  function reconcileAddress(address: string, known: PopIntent): void {
    const place = listenPlace(address, known, options.loopback);
    let watch = watches.get(address);
    if (watch === undefined) {
      watch = watchAddress({ address, clock, logger, onDecision: decided, onChange: () => reporter.changed() });
      watches.set(address, watch);
      if (keeper.isBound(address)) watch.send({ type: 'bound' });
      if (edgeAlive) watch.send({ type: 'edge-alive' });
    }
    if (place !== undefined) {
      watch.setTarget({
        kind: 'http',
        ...place,
        path: known.health.http,
        hostHeader: edgeHealthHost,
        expectHeader: { name: 'x-nearcast-pop', value: pop },
      });
    }
    watch.send({ type: 'intent', health: known.health });
    tellListening(watch);
  }

  function tellListening(watch: AddressWatch): void {
    if (edge === undefined || intent === undefined) return;
    const place = listenPlace(watch.address, intent, options.loopback);
    if (place === undefined) return;
    const listens = edge.listening.some(({ host, port }) => host === place.host && port === place.port);
    if (listens) watch.send({ type: 'edge-ready' });
    else watch.send({ type: 'edge-unready', why: `the edge does not listen on ${place.host} port ${place.port}` });
  }

  /** What happens to all addresses at once is announced or withdrawn in one go. */
  function sendToAll(event: DecisionEvent): void {
    gathering = true;
    for (const watch of watches.values()) watch.send(event);
    gathering = false;
    if (gathered) announce();
    gathered = false;
  }

  function decided(): void {
    if (gathering) gathered = true;
    else announce();
  }

  function modeOf(prefix: string): AnnouncementMode {
    if (stopping !== undefined) return 'withdraw';
    const behind = intent?.addresses.filter((address) => address.prefix === prefix) ?? [];
    const up = behind.length > 0 && behind.every(({ address }) => isUp(address));
    return up ? drainMode(drain.state().stage) : 'withdraw';
  }

  function isUp(address: string): boolean {
    const watch = watches.get(address);
    return watch !== undefined && announces(watch.state());
  }

  function announcesAny(): boolean {
    return plan?.sessions.some((session) => session.announcements.length > 0) ?? false;
  }

  /** What may be announced changed: the announcer sends what that means before this returns. */
  function announce(): void {
    if (intent !== undefined) plan = planSessions(intent, modeOf);
    else if (plan !== undefined) plan = { ...plan, sessions: [] };
    if (plan !== undefined) announcer.apply(plan);
    wasAnnouncing ||= heardPrefixes(announcer.sessions()).length > 0;
    reporter.changed();
  }

  /** Gives the edge what it should serve, and starts it the first time. */
  function configureEdge(): void {
    if (intent === undefined || !keeper.settled()) return;
    if (!edgeStarted && !sites.settled() && !siteWaitOver) return;
    const config = buildEdgeConfig({
      intent: { ...intent, addresses: intent.addresses.filter(({ address }) => keeper.isBound(address)) },
      services: replica.services(),
      domains: replica.domains(),
      sites: sites.directories(),
      loopback: options.loopback,
      draining: stopping !== undefined || edgeDrains(drain.state().stage),
    });
    if (config === undefined) return;
    configurator.apply(config);
    if (edgeStarted || stopping !== undefined) return;
    edgeStarted = true;
    supervisor.start();
  }

  function noteFault(error: unknown): void {
    logger.error({ err: error }, 'cannot clean up');
  }

  function problems(): Problem[] {
    return [
      ...feed.problems(),
      ...stateFile.problems(),
      ...announcer.problems(),
      ...local.problems(),
      ...keeper.problems(),
      ...sites.problems(),
      ...configurator.problems(),
      ...unplacedAddresses(intent, options.loopback),
    ];
  }

  function phaseNow(): ReturnType<typeof popPhase> {
    return popPhase({
      stopping,
      drain: drain.state(),
      decisions: [...watches.values()].map((watch) => watch.state()),
      sessions: announcer.sessions(),
      wasAnnouncing,
      edgeTrouble: supervisor.trouble(),
    });
  }

  function report(): AgentReport {
    const sessions = announcer.sessions();
    const { epoch, through } = replica.position();
    const { phase, reason } = phaseNow();
    const [validation, stations] = [announcer.validation(), announcer.stations()];
    return {
      pop,
      phase,
      reason,
      announced: heardPrefixes(sessions),
      sessions: sessions.map((session) => ({ ...session, announced: [...session.announced] })),
      ...(validation === undefined ? {} : { validation: { ...validation, caches: [...validation.caches] } }),
      ...(stations === undefined ? {} : { stations: [...stations] }),
      agentPid: process.pid,
      edgePid: supervisor.pid() ?? null,
      edgeRestarts: supervisor.restarts(),
      epoch: epoch ?? null,
      through,
      problems: problems().map(({ code, what, fix }) => ({ code, what, ...(fix === undefined ? {} : { fix }) })),
    };
  }

  async function bringDown(reason: string): Promise<void> {
    const hurried = new Promise<void>((done) => {
      hurry = done;
    });
    logger.info({ reason }, 'stopping');
    const hadUsers = announcesAny();
    feed.stop();
    sites.stop();
    drain.stop();
    keeper.stop();
    cancelSiteWait();
    stopMuteWatch();
    sendToAll({ type: 'stop', reason });
    announce();
    configureEdge(); // the route moves, and clients are asked to follow it
    await announcer.stop({ communication: `Nearcast PoP ${pop} stops: ${reason}`, timeoutMs: ceaseLimitMs });
    if (hadUsers && supervisor.pid() !== undefined) {
      const limitMs = Math.min(longestQuietMs, intent?.drain.quietMs ?? 0);
      await Promise.race([untilQuiet({ clock, admin: supervisor.admin, logger, limitMs }), hurried]);
    }
    const edgeStopped = supervisor.stop(edgeGraceMs);
    void hurried.then(() => supervisor.stop(hurryLimitMs));
    await edgeStopped;
    configurator.stop();
    for (const watch of watches.values()) watch.stop();
    keeper.want([]);
    await keeper.release();
    await reporter.flush();
    reporter.stop();
    stopAnswering();
    local.stop();
    stateFile.flush();
    control.close();
    lock.release();
    logger.info('stopped');
  }

  let stopped: Promise<void> | undefined;
  return {
    report,
    stop(reason) {
      if (stopped !== undefined) {
        hurry();
        return stopped;
      }
      stopping = reason;
      stopped = bringDown(reason);
      return stopped;
    },
  };
}

function pathTooLong(path: string): Omit<Problem, 'severity'> {
  return {
    code: 'agent.state-path-too-long',
    what: `the path of the edge's admin socket is longer than ${longestSocketPath} bytes: ${path}`,
    where: path,
    fix: 'give a state directory with a shorter path: --state',
  };
}
