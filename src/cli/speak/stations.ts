/** The stations that `nearcast bgp speak` tells of its sessions and tables (BMP, RFC 7854). */
import { hostname } from 'node:os';
import type { SocketAddress } from '../../base/sockaddr.ts';
import { type BmpSender, startBmpSender } from '../../bgp/bmp/transport/sender.ts';
import { SpeakerSource } from '../../bgp/bmp/transport/speaker-source.ts';
import { type Address, parseAddress, type Speaker, type SpeakerOptions } from '../../bgp/mod.ts';
import type { SpeakDependencies } from './session.ts';

/** Somebody who tries by hand does not want to wait as long as a router may. */
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;

export class Stations {
  readonly #stations: readonly SocketAddress[];
  readonly #source: SpeakerSource;
  readonly #dependencies: SpeakDependencies;
  #sender: BmpSender | undefined;

  constructor(us: Pick<SpeakerOptions, 'asn'> & { readonly routerId: string }, dependencies: SpeakDependencies) {
    const { clock, stations = [] } = dependencies;
    this.#stations = stations;
    this.#dependencies = dependencies;
    this.#source = new SpeakerSource({ asn: us.asn, routerId: parseAddress(us.routerId) as Address, clock });
  }

  /** What the speaker is to be made with; nothing where there is no station. */
  get speakerOptions(): Pick<SpeakerOptions, 'observer'> {
    return this.#stations.length === 0 ? {} : { observer: this.#source.observer };
  }

  start(speaker: Speaker): void {
    if (this.#stations.length === 0) return;
    const { clock, random, print } = this.#dependencies;
    this.#source.attach(speaker);
    this.#sender = startBmpSender({
      source: this.#source,
      stations: this.#stations.map((remote) => ({ remote })),
      sysName: hostname(),
      sysDescr: 'Nearcast bgp speak',
      changed: ({ remote, connected, lastFailure: why }) =>
        print({ type: 'station', station: remote, connected, ...(!connected && why !== undefined && { why }) }),
      ...{ clock, random, firstRetryMs, longestRetryMs },
    });
  }

  async stop(): Promise<void> {
    await this.#sender?.stop();
  }
}
