/**
 * BMP for the embedded speaker: tells the stations that the plan names of its sessions and tables.
 *
 * Why a sender for each station: stations come and go one by one, and one that a plan leaves as it was is not told all anew.
 * Why a lab, which speaks over loopback, tells stations on loopback alone: a rehearsal of the real file must not show up as the real network.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Problem } from '../base/problem.ts';
import type { Random } from '../base/random.ts';
import { type BmpSender, startBmpSender } from '../bgp/bmp/transport/sender.ts';
import { SpeakerSource } from '../bgp/bmp/transport/speaker-source.ts';
import type { RibObserver } from '../bgp/rib/types.ts';
import type { SpeakerHost } from '../bgp/transport/types.ts';
import { type Address, formatHostPort } from '../ip/address.ts';
import type { BmpIntent } from '../network/bmp-intent.ts';
import type { StationView } from './announcer.ts';
import { type Environment, resolveSecret } from './secret.ts';

export interface MonitoringOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly environment: Environment;
  /** Stations on this machine only. */
  readonly onlyLoopback: boolean;
  /** Called when a station's connection comes or goes. */
  readonly onStatus: () => void;
}

export interface Monitoring {
  /** For a speaker that is about to be made. Stations hear that the one before it stops. */
  observe(speaker: { readonly asn: number; readonly routerId: Address }): RibObserver;
  /** Once it is made, before peers are added. */
  attach(host: SpeakerHost): void;
  /** Tells these stations, and no others. The same wish again changes nothing, but passwords are looked up anew. */
  want(bmp: BmpIntent | undefined): void;
  /** In the order of the wish; `undefined` where there is none. */
  status(): readonly StationView[] | undefined;
  problems(): readonly Problem[];
  stop(): Promise<void>;
}

/** All that a sender was started with: where it stays, the station stays. */
interface Told {
  readonly station: { readonly remote: { readonly host: string; readonly port: number }; readonly password?: string };
  readonly sysName: string;
  readonly ribs: BmpIntent['tables'];
  readonly statisticsSeconds: number;
}

/** When we stop, a station that is slow to take the last word shall not hold us up. */
const lingerMs = 500;

export function createMonitoring(options: MonitoringOptions): Monitoring {
  const { clock, random, logger } = options;
  const senders = new Map<string, { readonly told: Told; readonly sender: BmpSender }>();
  const stopping = new Set<Promise<void>>();
  let source: SpeakerSource | undefined;
  let wanted: BmpIntent | undefined;
  let problems: readonly Problem[] = [];
  let stopped = false;

  function end(place: string): void {
    const running = senders.get(place);
    if (running === undefined) return;
    senders.delete(place);
    const ending: Promise<void> = running.sender.stop().finally(() => stopping.delete(ending));
    stopping.add(ending);
  }

  function reconcile(): void {
    const { told, missing } = wanted === undefined ? { told: [], missing: [] } : toTell(wanted);
    problems = missing;
    for (const [place, running] of senders) {
      if (!told.some((one) => isDeepStrictEqual(one, running.told))) end(place);
    }
    if (source === undefined || stopped) return;
    for (const one of told) {
      const { station, ...how } = one;
      const place = placeOf(station.remote);
      if (senders.has(place)) continue;
      const sender = startBmpSender({
        ...{ source, clock, random, logger, lingerMs, ...how },
        stations: [station],
        sysDescr: 'Nearcast',
        changed: () => options.onStatus(),
      });
      senders.set(place, { told: one, sender });
    }
  }

  function toTell({ sysName, stations, tables: ribs, statisticsSeconds }: BmpIntent) {
    const told: Told[] = [];
    const missing: Problem[] = [];
    for (const { host, port, password } of stations) {
      const remote = { host, port };
      if (options.onlyLoopback && !isLoopback(host)) continue;
      const whose = `BMP station ${placeOf(remote)}`;
      const found = password && resolveSecret(password, whose, options.environment, whose);
      if (found !== undefined && 'problem' in found) missing.push(found.problem);
      else
        told.push({ station: { remote, ...(found && { password: found.secret }) }, sysName, ribs, statisticsSeconds });
    }
    return { told, missing };
  }

  function view({ host, port }: BmpIntent['stations'][number]): StationView {
    const station = placeOf({ host, port });
    const [link] = senders.get(station)?.sender.status() ?? [];
    if (link === undefined) {
      const failure =
        options.onlyLoopback && !isLoopback(host)
          ? 'a lab tells stations on this machine only'
          : 'its password is not to be found';
      return { station, connected: false, connections: 0, waiting: 0, failure };
    }
    const { connected, connections, waiting, lastFailure } = link;
    return { station, connected, connections, waiting, ...(!connected && lastFailure && { failure: lastFailure }) };
  }

  return {
    observe(speaker) {
      for (const place of [...senders.keys()]) end(place);
      source = new SpeakerSource({ ...speaker, clock });
      return source.observer;
    },
    attach(host) {
      source?.attach(host);
      reconcile();
    },
    want(bmp) {
      wanted = bmp;
      reconcile();
    },
    status: () => wanted?.stations.map(view),
    problems: () => problems,
    async stop() {
      stopped = true;
      for (const place of [...senders.keys()]) end(place);
      await Promise.all(stopping);
    },
  };
}

function placeOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return formatHostPort(host, port);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
