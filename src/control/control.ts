/**
 * Control without its sockets: publishes the network file, keeps the fleet's state, drains and resumes, feeds agents.
 *
 * Why no HTTP here: the API is one way in, a reload signal another. Each change goes through the store first; only what
 * is stored is handed out.
 */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { type Problem, ProblemError, problemsOf } from '../base/problem.ts';
import type { Question } from '../feed/question.ts';
import type { AgentReport } from '../feed/report.ts';
import type { VantageReport } from '../feed/vantage.ts';
import { type PopIntent, popIntentSchema, type ServiceIntent } from '../network/intent.ts';
import { didYouMean } from '../network/nearest.ts';
import { ApiProblem, apiProblem } from './api/api-problem.ts';
import type { DrainAnswer, PopStatus, Status } from './api/schemas.ts';
import { drainRefusal } from './drain-rule.ts';
import { FeedReader, type FeedSink } from './feed/reader.ts';
import { announcedBy, type FleetState, stepFleet } from './fleet.ts';
import { changesToPublish } from './publish.ts';
import { Questions } from './questions.ts';
import type { BlobStore } from './site/blobs.ts';
import { sweepBlobs } from './site/retention.ts';
import { takeSite } from './site/site.ts';
import type { NetworkSource, ReadNetwork } from './source.ts';
import { popStatus } from './status.ts';
import type { Change, Store } from './store/store.ts';
import type { AgentTokens } from './tokens.ts';

export interface ControlParts {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly tokens: AgentTokens;
  readonly readNetwork: ReadNetwork;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** So many sequence numbers of history are kept at least; compaction comes at each doubling of it. */
const historyKept = 10_000;
const domainsInStatus = 1_000;

export class Control {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly tokens: AgentTokens;
  readonly questions: Questions;
  readonly #readNetwork: ReadNetwork;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #readers = new Set<FeedReader>();
  #source: NetworkSource | undefined;
  #fleet: FleetState = new Map();
  #vantages: readonly VantageReport[] = [];
  #fileProblems: readonly Problem[] = [];
  #publishing: Promise<unknown> = Promise.resolve();
  #compactedAt = 0;
  #domainCount: { readonly through: number; readonly count: number } | undefined;

  constructor(parts: ControlParts) {
    this.store = parts.store;
    this.blobs = parts.blobs;
    this.tokens = parts.tokens;
    this.#readNetwork = parts.readNetwork;
    this.#clock = parts.clock;
    this.questions = new Questions(parts.clock);
    this.#logger = parts.logger;
  }

  /**
   * Reads the network file and publishes what is different. Throws a ProblemError where the file or a site is bad;
   * nothing is changed then, and status shows the problems until a good file comes. Returns how much changed.
   */
  publish(actor = 'network-file'): Promise<{ readonly changes: number; readonly warnings: readonly Problem[] }> {
    const work = this.#publishing.then(() => this.#publishNow(actor));
    this.#publishing = work.catch(() => {});
    return work;
  }

  async #publishNow(actor: string): Promise<{ changes: number; warnings: readonly Problem[] }> {
    try {
      const source = this.#readNetwork();
      const { pops, domains } = source;
      const services = await this.#takeSites(source);
      // Tokens first: an agent must never find its PoP published and itself unknown.
      this.tokens.sync(Object.keys(pops));
      const present = {
        pop: this.store.list('pop'),
        service: this.store.list('service'),
        domain: this.store.list('domain'),
        drain: this.store.list('drain'),
      };
      const changes = changesToPublish(present, { pops, services, domains });
      this.#append(changes, actor);
      this.#source = source;
      this.#fleet = stepFleet(this.#fleet, { type: 'pops', pops: Object.keys(pops), at: this.#clock.now() });
      this.#fileProblems = [];
      await this.#tidy();
      return { changes: changes.length, warnings: source.warnings };
    } catch (error) {
      this.#fileProblems = problemsOf(error);
      throw error;
    }
  }

  async #takeSites(source: NetworkSource): Promise<Record<string, ServiceIntent>> {
    const services: Record<string, ServiceIntent> = {};
    const problems: Problem[] = [];
    for (const [name, service] of Object.entries(source.services)) {
      if (service.kind === 'web') {
        services[name] = service;
        continue;
      }
      const taken = await takeSite(service.directory, this.blobs);
      if ('site' in taken) services[name] = { kind: 'static', manifest: taken.site.manifest };
      else problems.push(...taken.problems.map((it) => ({ ...it, what: `services.${name}: ${it.what}` })));
    }
    if (problems.length > 0) throw new ProblemError(problems);
    return services;
  }

  async #tidy(): Promise<void> {
    if (this.store.through() - this.#compactedAt >= historyKept) {
      this.#compactedAt = this.store.through();
      const rows = this.store.compact(historyKept);
      if (rows > 0) this.#logger.info({ rows }, 'superseded changes were forgotten');
    }
    await sweepBlobs(this.store, this.blobs);
  }

  #append(changes: readonly Change[], actor: string, note?: string): void {
    if (changes.length === 0) return;
    const at = this.#clock.wallTime();
    this.store.append(changes, note === undefined ? { actor, at } : { actor, at, note });
    for (const reader of this.#readers) reader.wake();
  }

  /** Code: `control.unknown-pop`, 404. */
  popIntent(name: string): PopIntent {
    const row = this.store.latest('pop', name);
    if (row?.json != null) return popIntentSchema.parse(JSON.parse(row.json));
    const names = this.store.list('pop').map((pop) => pop.name);
    throw apiProblem(404, {
      code: 'control.unknown-pop',
      what: `there is no PoP ${JSON.stringify(name.slice(0, 80))}`,
      fix: didYouMean(name, names) ?? `the PoPs are ${names.slice(0, 20).join(', ')}`,
    });
  }

  drain(name: string, options: { force?: boolean; reason?: string; actor: string }): DrainAnswer {
    const pop = this.popIntent(name);
    const drain = this.store.latest('drain', name);
    if (drain?.json != null) return { sequence: drain.sequence, changed: false, pop: this.popStatus(name) };
    const others = [...this.#fleet].filter(([other]) => other !== name);
    const refusal = drainRefusal({
      pop,
      others: others.map(([other, entry]) => ({
        name: other,
        announced: announcedBy(entry, this.#clock.now()),
        drainWanted: this.#drainWanted(other),
      })),
      minimumAnnouncers: this.#source?.minimumAnnouncers ?? 1,
    });
    if (refusal !== undefined && options.force !== true) throw new ApiProblem(409, [refusal]);
    const reason = options.reason ?? 'asked for by an operator';
    const note = refusal === undefined ? reason : `forced: ${reason}`;
    this.#append([{ kind: 'drain', name, json: JSON.stringify({ reason }) }], options.actor, note);
    return { sequence: this.store.through(), changed: true, pop: this.popStatus(name) };
  }

  resume(name: string, options: { reason?: string; actor: string }): DrainAnswer {
    this.popIntent(name);
    const drain = this.store.latest('drain', name);
    if (drain?.json == null) return { sequence: drain?.sequence ?? 0, changed: false, pop: this.popStatus(name) };
    this.#append([{ kind: 'drain', name, json: null }], options.actor, options.reason);
    return { sequence: this.store.through(), changed: true, pop: this.popStatus(name) };
  }

  #drainWanted(pop: string): boolean {
    return this.store.latest('drain', pop)?.json != null;
  }

  popStatus(name: string): PopStatus {
    const entry = this.#fleet.get(name) ?? { since: this.#clock.now(), connections: 0 };
    return popStatus({
      intent: this.popIntent(name),
      entry,
      drainWanted: this.#drainWanted(name),
      position: { epoch: this.store.epoch, through: this.store.through() },
      now: this.#clock.now(),
    });
  }

  popStatuses(): PopStatus[] {
    return this.store.list('pop').map((row) => this.popStatus(row.name));
  }

  status(): Status {
    return {
      network: this.#source?.network ?? '',
      epoch: this.store.epoch,
      sequence: this.store.through(),
      pops: this.popStatuses(),
      vantages: [...this.#vantages],
      domains: this.store.list('domain', { afterName: '', limit: domainsInStatus }).map((row) => row.name),
      domainCount: this.#countDomains(),
      problems: this.#fileProblems.map(({ code, what, where, fix }) => ({
        code,
        what,
        ...(where === undefined ? {} : { where }),
        ...(fix === undefined ? {} : { fix }),
      })),
    };
  }

  /** Counted once for each state of the store: with a million domains it takes a second, and status is asked for often. */
  #countDomains(): number {
    const through = this.store.through();
    if (this.#domainCount?.through !== through) {
      this.#domainCount = { through, count: this.store.count('domain') };
    }
    return this.#domainCount.count;
  }

  vantages(): readonly VantageReport[] {
    return this.#vantages;
  }

  setVantages(vantages: readonly VantageReport[]): void {
    this.#vantages = vantages;
  }

  acceptReport(report: AgentReport): void {
    this.#fleet = stepFleet(this.#fleet, { type: 'report', report, at: this.#clock.now() });
  }

  /** What the PoP's agent answers, as lines of JSON. Throws for a PoP that is not there, and as `Questions.ask`. */
  ask(pop: string, question: Question, gone: AbortSignal): AsyncGenerator<readonly string[], void, void> {
    this.popIntent(pop);
    return this.questions.ask(pop, question, gone);
  }

  feedReaders(): number {
    return this.#readers.size;
  }

  /** Starts feeding an agent; returns what ends it, once the connection has closed. */
  openFeed(pop: string, position: { epoch: string; after: number } | null, sink: FeedSink): () => void {
    const reader = new FeedReader({ store: this.store, clock: this.#clock, sink, pop, position });
    this.#readers.add(reader);
    this.#fleet = stepFleet(this.#fleet, { type: 'feed-opened', pop, at: this.#clock.now() });
    reader.wake();
    return () => {
      if (!this.#readers.delete(reader)) return;
      reader.end();
      this.#fleet = stepFleet(this.#fleet, { type: 'feed-closed', pop, at: this.#clock.now() });
    };
  }

  /** Ends all feeds, once a publication under way is done. */
  async close(): Promise<void> {
    await this.#publishing;
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
  }
}
