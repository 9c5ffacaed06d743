/** A BMP sender over TCP: one link to each station, each told everything by itself (RFC 7854 §3.2: the router connects). */
import { type LinkOptions, type StationAddress, StationLink, type StationLinkStatus } from './station-link.ts';

export type { StationAddress, StationLinkStatus } from './station-link.ts';

export interface BmpSenderOptions extends LinkOptions {
  readonly stations: readonly StationAddress[];
}

export interface BmpSender {
  status(): readonly StationLinkStatus[];
  /** Says goodbye to each station, and leaves no socket and no timer. Called again it returns the same. */
  stop(): Promise<void>;
}

/** Connects to all stations, now and whenever a connection is lost. */
export function startBmpSender(options: BmpSenderOptions): BmpSender {
  const links = options.stations.map((station) => new StationLink(station, options));
  let stopped: Promise<void> | undefined;
  return {
    status: () => links.map((link) => link.status()),
    stop() {
      stopped ??= Promise.all(links.map((link) => link.stop())).then(() => {});
      return stopped;
    },
  };
}
