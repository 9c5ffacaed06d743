/**
 * The lab's Internet as plain values: networks (each one router), links with relations and delays, vantages.
 *
 * Read from a small YAML file such as `examples/quickstart/internet.yaml`.
 */
import { z } from 'zod';
import type { Problem } from '../base/problem.ts';
import type { Relation } from '../bgp/rib/types.ts';
import { asnNumber, type Coordinates } from '../network/intent.ts';
import type { Place } from '../network/locations.ts';

const nameText = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case letters, digits and single hyphens');
const delayMs = z.coerce
  .number()
  .min(0)
  .max(1000)
  .optional()
  .describe('One way, in milliseconds; default: from the distance');

export const internetFileSchema = z.strictObject({
  networks: z.record(
    z.string(),
    z.strictObject({
      name: z.string().min(1),
      location: z.string().describe('A city, as in network files: `Frankfurt, DE`'),
      vantage: nameText.optional().describe('Gives this network a vantage of that name'),
    }),
  ),
  links: z.array(
    z.union([
      z.strictObject({ customer: asnNumber, provider: asnNumber, delayMs }),
      z.strictObject({ lateral: z.tuple([asnNumber, asnNumber]), delayMs }),
    ]),
  ),
});
export type InternetFile = z.infer<typeof internetFileSchema>;

export interface LabNetwork {
  readonly asn: number;
  readonly name: string;
  readonly location: Place;
  readonly vantage?: string;
}

export interface LabLink {
  /** Each end with what the other end is to it. */
  readonly ends: readonly [LabLinkEnd, LabLinkEnd];
  /** One way. */
  readonly delayMs: number;
}

export interface LabLinkEnd {
  readonly asn: number;
  /** What this end's neighbour is to it. */
  readonly neighborIs: Relation;
}

export interface Topology {
  readonly networks: ReadonlyMap<number, LabNetwork>;
  readonly links: readonly LabLink[];
}

/** Light in fibre covers 200 km a millisecond; cables run about half as long again as the great circle. */
export function delayOfDistance(kilometres: number): number {
  return Math.max(0.1, (kilometres * 1.5) / 200);
}

export interface TopologyTools {
  readonly locate: (location: string) => Place | undefined;
  readonly distanceKm: (a: Coordinates, b: Coordinates) => number;
  /** A problem's place in the file, from a path of keys. */
  readonly where: (path: readonly (string | number)[]) => string;
}

/** The topology that a file describes, or every problem in it. */
export function buildTopology(file: InternetFile, tools: TopologyTools): Topology | readonly Problem[] {
  const problems: Problem[] = [];
  const report = (path: readonly (string | number)[], code: string, what: string, fix: string): void => {
    problems.push({ severity: 'error', code: `lab.${code}`, what, where: tools.where(path), fix });
  };

  const networks = new Map<number, LabNetwork>();
  const vantages = new Set<string>();
  for (const [key, entry] of Object.entries(file.networks)) {
    const asn = asnNumber.safeParse(Number(key));
    const location = tools.locate(entry.location);
    if (!asn.success) {
      report(['networks', key], 'asn', `${key} is no AS number`, 'use a number from 1 to 4294967295');
    } else if (location === undefined) {
      const path = ['networks', key, 'location'];
      report(
        path,
        'location',
        `the location "${entry.location}" is not known`,
        'use a large city near it, as "City, CC"',
      );
    } else {
      networks.set(asn.data, { asn: asn.data, name: entry.name, location, vantage: entry.vantage });
    }
    if (entry.vantage !== undefined && vantages.has(entry.vantage)) {
      report(['networks', key, 'vantage'], 'vantage', `two vantages are named ${entry.vantage}`, 'rename one');
    }
    if (entry.vantage !== undefined) vantages.add(entry.vantage);
  }
  if (vantages.size === 0) {
    report(['networks'], 'no-vantage', 'no network has a vantage', 'give a network with users `vantage: NAME`');
  }

  const links: LabLink[] = [];
  const seen = new Set<string>();
  for (const [index, link] of file.links.entries()) {
    const asns: readonly [number, number] = 'lateral' in link ? link.lateral : [link.customer, link.provider];
    const [a, b] = asns.map((asn) => networks.get(asn)) as [LabNetwork | undefined, LabNetwork | undefined];
    const pair = [...asns].sort((x, y) => x - y).join(' ');
    if (asns[0] === asns[1]) {
      report(['links', index], 'link-to-itself', `AS${asns[0]} has a link to itself`, 'name two different networks');
    } else if (a === undefined || b === undefined) {
      const unknown = asns.filter((asn) => !(String(asn) in file.networks));
      if (unknown.length > 0) {
        const what = `AS${unknown.join(' and AS')} is linked here, but is not among the networks`;
        report(['links', index], 'link-unknown-network', what, 'add it to `networks`, or correct the number');
      }
    } else if (seen.has(pair)) {
      report(['links', index], 'link-twice', `AS${asns[0]} and AS${asns[1]} are linked twice`, 'remove one of the two');
    } else {
      const delay = link.delayMs ?? delayOfDistance(tools.distanceKm(a.location, b.location));
      const relations: [Relation, Relation] = 'lateral' in link ? ['lateral', 'lateral'] : ['provider', 'customer'];
      links.push({
        ends: [
          { asn: a.asn, neighborIs: relations[0] },
          { asn: b.asn, neighborIs: relations[1] },
        ],
        delayMs: delay,
      });
    }
    seen.add(pair);
  }
  return problems.length > 0 ? problems : { networks, links };
}
