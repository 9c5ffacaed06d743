/**
 * The policies by which most of the Internet routes: earn before you pay, and carry traffic for customers only.
 *
 * Preference: routes of customers before those of lateral peers before those of providers. Export: customers get everything,
 * providers and lateral peers get our own and our customers' routes only, so no path has a valley.
 * Source: L. Gao and J. Rexford, "Stable Internet Routing Without Global Coordination", IEEE/ACM ToN 9(6), 2001,
 * which also proves that a network of such policies always comes to rest.
 */

import { gracefulShutdown } from '../message/community.ts';
import type { Relation } from '../rib/types.ts';
import { acceptAll } from './common.ts';
import type { Policy } from './types.ts';

/**
 * LOCAL_PREF by relation. Only their order matters between networks; these are above, at and near the default of 100 that
 * routers assume, with room between them for an operator's own steps.
 */
export const localPreferenceOfRelation: Readonly<Record<Relation, number>> = {
  customer: 200,
  lateral: 150,
  provider: 100,
};

/** Accepts all that a neighbour of this relation sends, preferred by the relation. */
export function importPolicyFor(relation: Relation): Policy {
  return {
    terms: [
      {
        // RFC 8326 §4.2: used while nothing else is there, so traffic leaves before the session goes down.
        name: 'graceful shutdown',
        match: { anyCommunity: [gracefulShutdown] },
        actions: [{ type: 'set-local-preference', value: 0 }],
        verdict: 'accept',
      },
      {
        name: `learned from ${relation}`,
        match: {},
        actions: [{ type: 'set-local-preference', value: localPreferenceOfRelation[relation] }],
        verdict: 'accept',
      },
    ],
    otherwise: 'reject',
  };
}

/** What a neighbour of this relation is told. */
export function exportPolicyFor(relation: Relation): Policy {
  if (relation === 'customer') return acceptAll;
  return {
    terms: [{ name: 'own and customer routes', match: { learnedFrom: ['local', 'customer'] }, verdict: 'accept' }],
    otherwise: 'reject',
  };
}
