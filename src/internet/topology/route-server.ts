/**
 * Exchange points' route servers: members that peer with all others through them, by one session each (RFC 7947).
 *
 * A file has a line for each membership, `NAME|ASN`, and behind further bars the members that it does not peer with there:
 * `NAME|ASN|!ASN|!ASN`. A route server does not show in AS paths, so members become plain lateral peers. Pairs with a relation
 * already keep it: a provider that is met at an exchange stays a provider.
 */
import { fail, type Problem, ProblemError } from '../../base/problem.ts';
import { parseAsn } from '../../ip/asn.ts';
import { type AsLinks, linkKind } from './as-links.ts';

export interface RouteServer {
  readonly name: string;
  readonly members: ReadonlySet<number>;
  /** Pairs that do not peer there, the lower ASN first: `174-6939`. */
  readonly declined: ReadonlySet<string>;
}

/** Beyond this many members, the meshes of one server would be more links than the Internet has. */
const mostMembers = 4000;

/** Problems, all at once: `internet.route-server-line`; `internet.route-server-size`. */
export function parseRouteServers(text: string, file: string): readonly RouteServer[] {
  const servers = new Map<string, { name: string; members: Set<number>; declined: Set<string> }>();
  const problems: Problem[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [name = '', member = '', ...others] = line.split('|').map((part) => part.trim());
    const asn = parseAsn(member);
    const declined = others.map((other) => (other.startsWith('!') ? parseAsn(other.slice(1)) : undefined));
    if (name === '' || asn === undefined || declined.includes(undefined)) {
      problems.push({
        code: 'internet.route-server-line',
        severity: 'error',
        what: `not a membership of a route server: ${JSON.stringify(line.slice(0, 60))}`,
        where: `${file}:${index + 1}`,
        fix: 'a line is `NAME|ASN`, and behind it `|!ASN` for each member that it does not peer with',
      });
      continue;
    }
    const server = servers.get(name) ?? { name, members: new Set(), declined: new Set() };
    servers.set(name, server);
    server.members.add(asn);
    for (const other of declined) server.declined.add(pairOf(asn, other as number));
  }
  if (problems.length > 0) throw new ProblemError(problems);
  for (const { name, members } of servers.values()) {
    if (members.size <= mostMembers) continue;
    fail({
      code: 'internet.route-server-size',
      what: `the route server ${name} has ${members.size} members; more than ${mostMembers} cannot be`,
      where: file,
      fix: 'give each exchange point its own name',
    });
  }
  return [...servers.values()];
}

/** Adds lateral links between members that have no link yet. Returns how many. */
export function addRouteServers(links: AsLinks, servers: readonly RouteServer[]): number {
  const { first, second } = links.columns();
  const members = new Set(servers.flatMap((server) => [...server.members]));
  const linked = new Set<string>();
  for (let index = 0; index < first.length; index++) {
    const [a, b] = [first[index] as number, second[index] as number];
    if (members.has(a) && members.has(b)) linked.add(pairOf(a, b));
  }
  let added = 0;
  for (const server of servers) {
    const list = [...server.members];
    for (const [index, a] of list.entries()) {
      for (const b of list.slice(index + 1)) {
        const pair = pairOf(a, b);
        if (linked.has(pair) || server.declined.has(pair)) continue;
        linked.add(pair);
        links.add(a, b, linkKind.lateral);
        added++;
      }
    }
  }
  return added;
}

const pairOf = (a: number, b: number): string => (a < b ? `${a}-${b}` : `${b}-${a}`);
