/** Control's metrics, made from its state when they are asked for: there is nothing to keep in step. */
import { Gauge, Registry } from 'prom-client';
import { popPhaseSchema } from '../feed/report.ts';
import type { Control } from './control.ts';

export async function renderMetrics(control: Control): Promise<{ readonly text: string; readonly mediaType: string }> {
  const registry = new Registry();
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> =>
    new Gauge({ name: `nearcast_control_${name}`, help, labelNames, registers: [registry] });
  const pops = control.popStatuses();
  const status = control.status();
  gauge('sequence', 'The newest change.').set(control.store.through());
  gauge('feed_connections', 'Agents that follow the feed now.').set(control.feedReaders());
  gauge('domains', 'Domains of the network.').set(status.domainCount);
  gauge('network_file_problems', 'Problems for which the network file was refused; 0: it is in force.').set(
    status.problems.length,
  );
  const phases = gauge('pop_phase', 'One for the phase that each PoP is in.', ['pop', 'phase']);
  const wanted = gauge('pop_drain_wanted', 'One where the PoP is asked to drain.', ['pop']);
  const behind = gauge('pop_changes_behind', 'Changes that the PoP’s agent has not applied.', ['pop']);
  const established = gauge('pop_sessions_established', 'BGP sessions that are up.', ['pop']);
  const bfd = gauge('pop_bfd_up', 'BFD sessions that are up, of those that are wanted.', ['pop']);
  const vrps = gauge('pop_rpki_vrps', 'VRPs by which the PoP validates; 0: it waits for a cache.', ['pop']);
  const current = gauge('pop_rpki_current', 'One where the cache that gave the PoP its data is in sync.', ['pop']);
  const age = gauge('pop_rpki_age_seconds', 'How long ago the cache in use gave new data.', ['pop']);
  const stations = gauge('pop_bmp_connected', 'One where the PoP tells the monitoring station.', ['pop', 'station']);
  const waiting = gauge('pop_bmp_waiting', 'Changes of routes that wait for the station.', ['pop', 'station']);
  for (const pop of pops) {
    for (const phase of popPhaseSchema.options) phases.set({ pop: pop.name, phase }, pop.phase === phase ? 1 : 0);
    wanted.set({ pop: pop.name }, pop.drainWanted ? 1 : 0);
    behind.set({ pop: pop.name }, control.store.through() - pop.feed.through);
    const up = pop.sessions.filter((session) => session.phase === 'established').length;
    established.set({ pop: pop.name }, up);
    const watched = pop.sessions.filter((session) => session.bfd !== undefined);
    if (watched.length > 0) bfd.set({ pop: pop.name }, watched.filter((session) => session.bfd === 'up').length);
    for (const { station, connected, waiting: changes } of pop.stations ?? []) {
      stations.set({ pop: pop.name, station }, connected ? 1 : 0);
      waiting.set({ pop: pop.name, station }, changes);
    }
    if (pop.validation === undefined) continue;
    vrps.set({ pop: pop.name }, pop.validation.vrps);
    current.set({ pop: pop.name }, pop.validation.state === 'current' ? 1 : 0);
    const used = pop.validation.caches.find((cache) => cache.inUse)?.updatedAgoSeconds;
    if (used !== undefined) age.set({ pop: pop.name }, used);
  }
  gauge('resident_memory_bytes', 'Memory of this process.').set(process.memoryUsage.rss());
  return { text: await registry.metrics(), mediaType: registry.contentType };
}
