/**
 * What the edge counts, for Prometheus.
 *
 * Why not prom-client's counters on the way of a request: looking up a label set costs more than the rest of the
 * bookkeeping. Requests move plain numbers; prom-client reads them when somebody asks.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Upper bounds of the duration buckets, in seconds. */
const bucketSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const bucketMs = bucketSeconds.map((seconds) => seconds * 1000);

/** One service's numbers. */
export interface ServiceCounts {
  /** By the status's first digit; index 0 counts requests that got no answer. */
  readonly byClass: number[];
  bytes: number;
  failovers: number;
  /** Requests sent to a second origin server while the first was silent. */
  hedges: number;
}

export interface EdgeMetrics {
  requests: number;
  active: number;
  /** Open now. */
  connections: number;
  /** That have carried a customer's request. */
  connectionsTotal: number;
  connectionsRefused: number;
  malformed: number;
  service(name: string): ServiceCounts;
  /** Forgets services that are no more. */
  keepOnly(names: ReadonlySet<string>): void;
  observe(durationMs: number): void;
  /** Prometheus text. */
  expose(): Promise<string>;
  readonly contentType: string;
}

export interface GaugeReadings {
  readonly domains: number;
  readonly draining: boolean;
  readonly droppedLogLines: number;
  readonly reloadsRefused: number;
  readonly originServers: readonly { readonly service: string; readonly url: string; readonly usable: boolean }[];
}

export function createMetrics(read: () => GaugeReadings, processMetrics: boolean): EdgeMetrics {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const services = new Map<string, ServiceCounts>();
  const buckets = new Array<number>(bucketMs.length + 1).fill(0);
  let durationSumMs = 0;
  let observed = 0;

  const metrics: EdgeMetrics = {
    requests: 0,
    active: 0,
    connections: 0,
    connectionsTotal: 0,
    connectionsRefused: 0,
    malformed: 0,
    service(name) {
      let counts = services.get(name);
      if (counts === undefined) {
        counts = { byClass: [0, 0, 0, 0, 0, 0], bytes: 0, failovers: 0, hedges: 0 };
        services.set(name, counts);
      }
      return counts;
    },
    keepOnly(names) {
      for (const name of services.keys()) if (name !== '' && !names.has(name)) services.delete(name);
    },
    observe(durationMs) {
      let bucket = 0;
      while (bucket < bucketMs.length && durationMs > (bucketMs[bucket] as number)) bucket++;
      (buckets[bucket] as number)++;
      durationSumMs += durationMs;
      observed++;
    },
    async expose() {
      const text = await registry.metrics();
      return text.replace(/\n*$/, '\n') + durationText();
    },
    contentType: registry.contentType,
  };

  /** A histogram in Prometheus text: prom-client's own can only be fed one observation at a time. */
  function durationText(): string {
    const name = 'nearcast_edge_request_duration_seconds';
    const lines = [`\n# HELP ${name} From a request's head to the end of its answer.`, `# TYPE ${name} histogram`];
    let below = 0;
    for (const [index, seconds] of bucketSeconds.entries()) {
      below += buckets[index] as number;
      lines.push(`${name}_bucket{le="${seconds}"} ${below}`);
    }
    lines.push(`${name}_bucket{le="+Inf"} ${observed}`);
    lines.push(`${name}_sum ${durationSumMs / 1000}`, `${name}_count ${observed}`, '');
    return lines.join('\n');
  }

  function counter(name: string, help: string, value: () => number): void {
    new Counter({
      name: `nearcast_edge_${name}`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }
  function gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name: `nearcast_edge_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  }

  new Counter({
    name: 'nearcast_edge_requests_total',
    help: 'Requests by service and class of answer; class "none" got no answer, service "" is nobody\'s.',
    labelNames: ['service', 'class'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [service, counts] of services) {
        for (const [digit, value] of counts.byClass.entries()) {
          if (value > 0) this.inc({ service, class: digit === 0 ? 'none' : `${digit}xx` }, value);
        }
      }
    },
  });
  new Counter({
    name: 'nearcast_edge_response_body_bytes_total',
    help: 'Bytes of answers’ bodies by service.',
    labelNames: ['service'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [service, counts] of services) this.inc({ service }, counts.bytes);
    },
  });
  new Counter({
    name: 'nearcast_edge_failovers_total',
    help: 'Requests that were sent to another origin server after one had failed.',
    labelNames: ['service'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [service, counts] of services) if (counts.failovers > 0) this.inc({ service }, counts.failovers);
    },
  });
  new Counter({
    name: 'nearcast_edge_hedges_total',
    help: 'Requests that were sent to a second origin server, too, because the first was silent.',
    labelNames: ['service'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [service, counts] of services) if (counts.hedges > 0) this.inc({ service }, counts.hedges);
    },
  });
  new Gauge({
    name: 'nearcast_edge_origin_server_usable',
    help: '1 where requests are sent to this origin server, 0 while it is set aside.',
    labelNames: ['service', 'url'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { service, url, usable } of read().originServers) this.set({ service, url }, usable ? 1 : 0);
    },
  });
  gauge('requests_active', 'Requests being answered.', () => metrics.active);
  gauge('connections', 'Open client connections.', () => metrics.connections);
  gauge('domains', 'Domains in the configuration in force.', () => read().domains);
  gauge('draining', '1 while answers ask clients to close.', () => (read().draining ? 1 : 0));
  counter('connections_total', 'Connections that have carried a customer’s request.', () => metrics.connectionsTotal);
  counter('connections_refused_total', 'Connections beyond the limit.', () => metrics.connectionsRefused);
  counter('malformed_requests_total', 'Requests refused before routing.', () => metrics.malformed);
  counter('access_log_dropped_lines_total', 'Log lines lost to a full or slow disk.', () => read().droppedLogLines);
  counter('reloads_refused_total', 'Configurations that did not validate.', () => read().reloadsRefused);
  return metrics;
}
