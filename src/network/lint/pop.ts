/** PoPs: places, router ids, and whether there are enough of them to be an anycast network. */
import { findLocation, suggestLocations } from '../locations.ts';
import { routerIdOf } from '../router-id.ts';
import { type Finding, type LintContext, type Rule, sessionsOf } from './rule.ts';

function* location({ document }: LintContext): Generator<Finding> {
  for (const [name, pop] of Object.entries(document.pops)) {
    if (typeof pop.location !== 'string' || findLocation(pop.location) !== undefined) continue;
    const near = suggestLocations(pop.location);
    yield {
      code: 'network.location-unknown',
      level: 'error',
      what: `"${pop.location.slice(0, 60)}" is not one place that Nearcast knows`,
      fix: `${near.length === 0 ? 'write' : `did you mean ${near.join(' or ')}? Or write`} { name: …, latitude: …, longitude: … }`,
      path: ['pops', name, 'location'],
    };
  }
}

function* routerIds({ document, intact }: LintContext): Generator<Finding> {
  const seen = new Map<string, string>();
  for (const [name, pop] of Object.entries(document.pops)) {
    const path = ['pops', name, ...(pop.routerId === undefined ? [] : ['routerId'])];
    const id = routerIdOf(pop);
    if (id === undefined) {
      if (pop.sessions.length === 0 || !intact('pops', name)) continue;
      yield {
        code: 'network.router-id-missing',
        level: 'error',
        what: `${name} has no IPv4 source address that could be its BGP identifier`,
        fix: 'add a routerId that no other PoP has, such as 192.0.2.11',
        path: ['pops', name],
        at: 'key',
        source: 'RFC 6286 §2.1',
      };
      continue;
    }
    if (id === '0.0.0.0') {
      yield {
        code: 'network.router-id-zero',
        level: 'error',
        what: 'a BGP identifier of 0.0.0.0 is refused by every neighbor',
        fix: "use one of the PoP's own IPv4 addresses",
        path,
        source: 'RFC 6286 §2.1',
      };
    }
    const other = seen.get(id);
    if (other !== undefined) {
      yield {
        code: 'network.router-id-duplicate',
        level: 'warning',
        what: `${name} and ${other} have the same BGP identifier, ${id}`,
        fix: 'give each a routerId of its own',
        path,
        at: pop.routerId === undefined ? 'key' : 'value',
        source: 'RFC 6286 §2.1',
      };
    }
    seen.set(id, other ?? name);
  }
}

function* enough({ document, declared, intact }: LintContext): Generator<Finding> {
  if (!intact('pops') && declared('pops').length === 0) return;
  const count = declared('pops').length;
  if (count === 0) {
    yield {
      code: 'network.pop-none',
      level: 'error',
      what: 'the network has no PoP',
      fix: 'add at least two under pops',
      path: ['pops'],
    };
  } else if (count === 1) {
    yield {
      code: 'network.pop-single',
      level: 'warning',
      what: 'the network has a single PoP: when it fails, nobody takes over',
      fix: 'add a second one, at another place',
      path: ['pops'],
      at: 'key',
    };
  }
  for (const [name, pop] of Object.entries(document.pops)) {
    if (pop.sessions.length > 0 || !intact('pops', name)) continue;
    yield {
      code: 'network.pop-without-session',
      level: 'lab-only',
      what: `${name} has no BGP session: it announces nothing, and nobody reaches it`,
      fix: 'add a session, or take the PoP out',
      path: ['pops', name],
      at: 'key',
    };
  }
}

function* floor({ document, declared, intact }: LintContext): Generator<Finding> {
  const { minimumAnnouncers } = document.safety;
  const path = ['safety', 'minimumAnnouncers'];
  if (minimumAnnouncers === 0) {
    yield {
      code: 'network.floor-zero',
      level: 'warning',
      what: 'with minimumAnnouncers 0, a health check that fails everywhere at once takes the whole network off the Internet',
      fix: 'use 1 or more',
      path,
      source: 'RFC 4786 §4.4.1',
    };
  }
  const announcers = intact('pops')
    ? new Set([...sessionsOf(document)].map(({ pop }) => pop)).size
    : declared('pops').length;
  // A network of one PoP has heard of it; the default floor of 1 is no further mistake.
  if (announcers === 0 || (announcers === 1 && minimumAnnouncers <= 1)) return;
  if (minimumAnnouncers > announcers) {
    yield {
      code: 'network.floor-unreachable',
      level: 'error',
      what: `minimumAnnouncers is ${minimumAnnouncers}, and the network has ${announcers} PoPs with sessions`,
      fix: `use at most ${announcers - 1}`,
      path,
    };
  } else if (minimumAnnouncers === announcers) {
    yield {
      code: 'network.floor-immobile',
      level: 'warning',
      what: `minimumAnnouncers is the number of PoPs, ${announcers}: a failing health check can never withdraw one`,
      fix: `use at most ${announcers - 1}`,
      path,
    };
  }
}

function* checks({ document }: LintContext): Generator<Finding> {
  const { intervalMs, timeoutMs, fall } = document.health.edge;
  const path = ['health', 'edge'];
  if (timeoutMs > intervalMs) {
    yield {
      code: 'network.health-overlap',
      level: 'warning',
      what: `a health check may take ${timeoutMs} ms and the next one is due after ${intervalMs} ms`,
      fix: 'make timeoutMs smaller than intervalMs',
      path: [...path, 'timeoutMs'],
    };
  }
  const slowMs = fall * Math.max(intervalMs, timeoutMs);
  if (slowMs > 30_000) {
    yield {
      code: 'network.health-slow',
      level: 'warning',
      what: `a mute edge is noticed after ${slowMs / 1000} s (${fall} failed checks in a row)`,
      fix: 'make intervalMs or fall smaller; 500 ms and 3 notice within 2 s',
      path,
    };
  }
}

export const popRules: readonly Rule[] = [
  { name: 'each PoP stands at a known place', codes: ['network.location-unknown'], find: location },
  {
    name: 'router ids are unique',
    codes: ['network.router-id-missing', 'network.router-id-zero', 'network.router-id-duplicate'],
    find: routerIds,
  },
  {
    name: 'there are PoPs enough, each with a session',
    codes: ['network.pop-none', 'network.pop-single', 'network.pop-without-session'],
    find: enough,
  },
  {
    name: 'the floor protects and still lets a PoP go',
    codes: ['network.floor-zero', 'network.floor-unreachable', 'network.floor-immobile'],
    find: floor,
  },
  { name: 'health checks notice soon', codes: ['network.health-overlap', 'network.health-slow'], find: checks },
];
