/** Routes for tests, made from the few facts that a test is about. */
import { assert } from '../base/assert.ts';
import { unicastFamily } from '../bgp/message/family/table.ts';
import type { BgpRole, PathAttributes } from '../bgp/message/types.ts';
import { localPeer } from '../bgp/rib/decision.ts';
import type { Relation, Route } from '../bgp/rib/types.ts';
import { type Address, parseAddress } from '../ip/address.ts';
import { mustPrefix } from '../ip/prefix.ts';

export function address(text: string): Address {
  const parsed = parseAddress(text);
  assert(parsed !== undefined, `not an address: ${text}`);
  return parsed;
}

export interface RouteFacts {
  readonly prefix?: string;
  readonly peer?: string;
  readonly asn?: number;
  readonly routerId?: string;
  readonly address?: string;
  readonly internal?: boolean;
  readonly relation?: Relation;
  readonly role?: BgpRole;
  /** Numbers, and sets as lists of numbers. */
  readonly path?: readonly (number | readonly number[])[];
  readonly nextHop?: string;
  readonly pathId?: number;
  readonly attributes?: PathAttributes;
}

/** A route to 192.0.2.0/24 by way of AS 64501, where nothing else is said. */
export function makeRoute(facts: RouteFacts = {}): Route {
  const asn = facts.asn ?? 64501;
  const path = (facts.path ?? [asn]).map((item) =>
    typeof item === 'number' ? ({ kind: 'sequence', asns: [item] } as const) : ({ kind: 'set', asns: item } as const),
  );
  const prefix = mustPrefix(facts.prefix ?? '192.0.2.0/24');
  return {
    prefix,
    family: unicastFamily(prefix.family),
    source: {
      peer: facts.peer ?? 'a',
      asn,
      routerId: address(facts.routerId ?? '10.0.0.1'),
      address: address(facts.address ?? '203.0.113.1'),
      external: facts.internal !== true && facts.peer !== localPeer,
      ...(facts.relation === undefined ? {} : { relation: facts.relation }),
      ...(facts.role === undefined ? {} : { role: facts.role }),
    },
    nextHop: address(facts.nextHop ?? '203.0.113.1'),
    attributes: { originCode: 'igp', asPath: path, ...facts.attributes },
    ...(facts.pathId === undefined ? {} : { pathId: facts.pathId }),
  };
}
