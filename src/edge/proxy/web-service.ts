/** A web service: its origin servers, nearest first, and the probes that look after them. */
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Exchange, Service } from '../exchange.ts';
import { forward } from './forward.ts';
import { defaultHealthRules, type HealthRules, OriginHealth } from './health.ts';
import { createOriginServer, type OriginParts, type OriginServer } from './origin-server.ts';
import { startProbes } from './probe.ts';
import { forwardWebSocket, type UpgradeSocket } from './upgrade.ts';

export interface OriginServerFacts {
  readonly url: string;
  readonly region: string;
  readonly healthPath?: string | undefined;
}

export interface WebServiceParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly origins: OriginParts;
  readonly healthRules?: HealthRules;
}

export class WebService implements Service {
  readonly name: string;
  readonly originServers: readonly OriginServer[];
  /** What it was made of: equal at a reload, it stays, with its connections and what it knows of their health. */
  readonly key: string;
  readonly #stopProbes: () => void;

  constructor(name: string, originServers: readonly OriginServerFacts[], parts: WebServiceParts) {
    this.name = name;
    this.key = webServiceKey(originServers);
    const rules = parts.healthRules ?? defaultHealthRules;
    this.originServers = originServers.map((facts) =>
      createOriginServer(facts, new OriginHealth(rules, parts.random), parts.origins),
    );
    this.#stopProbes = startProbes(this.originServers, parts);
  }

  handle(exchange: Exchange): void {
    forward(exchange, this.originServers);
  }

  handleWebSocket(exchange: Exchange, client: UpgradeSocket): void {
    forwardWebSocket(exchange, this.originServers, client);
  }

  close(): void {
    this.#stopProbes();
    for (const server of this.originServers) server.close();
  }
}

export function webServiceKey(originServers: readonly OriginServerFacts[]): string {
  return JSON.stringify(originServers.map(({ url, region, healthPath }) => [url, region, healthPath ?? '']));
}
