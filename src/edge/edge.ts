/**
 * The edge as a whole: its listeners, what they serve, and how both change while requests are under way.
 */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { ProblemError } from '../base/problem.ts';
import type { Random } from '../base/random.ts';
import type { EdgeConfig, EdgeStatus } from '../feed/edge-config.ts';
import { type AccessLog, noAccessLog } from './access-log.ts';
import type { EdgeContext } from './exchange.ts';
import { defaultLimits, type EdgeLimits, shortestOriginMs } from './limits.ts';
import { type Listener, openListener } from './listener.ts';
import { loadConfig } from './load-config.ts';
import { createMetrics, type EdgeMetrics } from './metrics.ts';
import { readBufferBytes } from './origin/connector.ts';
import { Deadlines } from './origin/deadlines.ts';
import type { HealthRules } from './proxy/health.ts';
import { WebService } from './proxy/web-service.ts';
import { requestIds } from './request/request-id.ts';
import { buildServing, retire, type ServingParts } from './serving.ts';
import { createCompressor } from './site/compress.ts';
import { createMemory } from './site/memory.ts';

export interface EdgeOptions {
  readonly configPath: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly accessLog?: AccessLog;
  readonly limits?: EdgeLimits;
  readonly healthRules?: HealthRules;
  /** Adds this process's own figures (memory, loop delay) to the metrics. */
  readonly processMetrics?: boolean;
}

const siteMemory = { totalBytes: 64 * 1024 * 1024, largestBytes: 1024 * 1024 };

export class Edge {
  readonly #options: EdgeOptions;
  readonly #context: EdgeContext;
  readonly #parts: ServingParts;
  #listeners: Listener[] = [];
  /** Closed to newcomers, with connections still open. */
  readonly #closing = new Map<Listener, Promise<void>>();
  #reloading: Promise<unknown> = Promise.resolve();
  #reloadsRefused = 0;
  #stopping: Promise<void> | undefined;

  private constructor(options: EdgeOptions, context: EdgeContext, parts: ServingParts) {
    this.#options = options;
    this.#context = context;
    this.#parts = parts;
  }

  /** Reads the configuration and listens; throws Problems, and then nothing is left open. */
  static async start(options: EdgeOptions): Promise<Edge> {
    const { clock, random, log, limits = defaultLimits, accessLog = noAccessLog } = options;
    const loaded = await loadConfig(options.configPath);
    if (!loaded.ok) throw new ProblemError(loaded.problems);
    const parts: ServingParts = {
      web: {
        clock,
        random,
        origins: {
          limits,
          deadlines: new Deadlines(clock, shortestOriginMs(limits)),
          readBuffer: Buffer.allocUnsafeSlow(readBufferBytes),
        },
        ...(options.healthRules === undefined ? {} : { healthRules: options.healthRules }),
      },
      site: { memory: createMemory(siteMemory), compressor: createCompressor(), log },
    };
    const serving = await buildServing(loaded.value, undefined, parts);
    let edge: Edge | undefined;
    const metrics = createMetrics(() => (edge as Edge).#readings(), options.processMetrics ?? false);
    const context: EdgeContext = {
      serving,
      stopping: false,
      limits,
      clock,
      log,
      metrics,
      accessLog,
      newRequestId: requestIds(random),
    };
    edge = new Edge(options, context, parts);
    try {
      edge.#listeners = await edge.#open(loaded.value.facts.listen, []);
    } catch (error) {
      retire(serving, undefined);
      throw error;
    }
    return edge;
  }

  get metrics(): EdgeMetrics {
    return this.#context.metrics;
  }

  status(): EdgeStatus {
    const { serving, metrics } = this.#context;
    return {
      pid: process.pid,
      pop: serving.pop,
      configSha256: serving.configSha256,
      listening: this.#listeners.map(({ host, boundPort }) => ({ host, port: boundPort })),
      draining: serving.draining || this.#context.stopping,
      openConnections: metrics.connections,
      connectionsTotal: metrics.connectionsTotal,
      activeRequests: metrics.active,
      requestsTotal: metrics.requests,
    };
  }

  /** Takes up the configuration file as it is now; throws Problems, and then the old state stays. One at a time. */
  reload(): Promise<EdgeStatus> {
    const turn = this.#reloading.then(() => this.#reload());
    this.#reloading = turn.catch(() => {});
    return turn;
  }

  async #reload(): Promise<EdgeStatus> {
    const context = this.#context;
    try {
      const loaded = await loadConfig(this.#options.configPath);
      if (!loaded.ok) throw new ProblemError(loaded.problems);
      const before = context.serving;
      const serving = await buildServing(loaded.value, before, this.#parts);
      let listeners: Listener[];
      try {
        listeners = await this.#open(loaded.value.facts.listen, this.#listeners);
      } catch (error) {
        retire(serving, before);
        throw error;
      }
      context.serving = serving;
      const gone = this.#listeners.filter((listener) => !listeners.includes(listener));
      this.#listeners = listeners;
      for (const listener of gone) void this.#close(listener);
      retire(before, serving);
      context.metrics.keepOnly(new Set(serving.services.keys()));
      context.log.info({ configSha256: serving.configSha256, draining: serving.draining }, 'configuration in force');
      return this.status();
    } catch (error) {
      this.#reloadsRefused++;
      context.log.error({ err: error }, 'the configuration was refused; the last good state stays');
      throw error;
    }
  }

  /** Listeners for all addresses: those that are open already, and new ones. Where one fails, none stays open. */
  async #open(addresses: EdgeConfig['listen'], open: readonly Listener[]): Promise<Listener[]> {
    const result: Listener[] = [];
    const opened: Listener[] = [];
    try {
      for (const { host, port } of addresses) {
        const known = open.find(
          (listener) => listener.host === host && listener.port === port && !result.includes(listener),
        );
        if (known === undefined) {
          const listener = await openListener(this.#context, { host, port });
          opened.push(listener);
          result.push(listener);
        } else result.push(known);
      }
      return result;
    } catch (error) {
      for (const listener of opened) void listener.close();
      throw error;
    }
  }

  #close(listener: Listener): Promise<void> {
    const closed = listener.close().then(() => {
      this.#closing.delete(listener);
    });
    this.#closing.set(listener, closed);
    return closed;
  }

  /**
   * Ends: takes no more connections, lets requests under way finish for up to `graceMs`, then cuts them off. Resolves
   * once every connection is closed.
   */
  stop(graceMs: number): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<void> {
    const context = this.#context;
    context.stopping = true;
    await this.#reloading;
    for (const listener of this.#listeners) void this.#close(listener);
    const closing = [...this.#closing];
    const cancel = context.clock.after(graceMs, () => {
      for (const [listener] of closing) listener.destroy();
    });
    await Promise.all(closing.map(([, closed]) => closed));
    cancel();
    retire(context.serving, undefined);
    context.accessLog.close();
  }

  #readings() {
    const { serving } = this.#context;
    const nowMs = this.#context.clock.now();
    return {
      domains: serving.routes.size,
      draining: serving.draining,
      droppedLogLines: this.#context.accessLog.droppedLines,
      reloadsRefused: this.#reloadsRefused,
      originServers: [...serving.services.values()].flatMap((service) =>
        service instanceof WebService
          ? service.originServers.map(({ url, health }) => ({
              service: service.name,
              url,
              usable: health.usability(nowMs) !== 'aside',
            }))
          : [],
      ),
    };
  }
}
