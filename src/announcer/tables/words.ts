/** Why a route lost to the best one, in words that name both values. */

import { asPathLength } from '../../bgp/rib/as-path.ts';
import { localPreferenceOf } from '../../bgp/rib/decision.ts';
import type { LossReason, Route } from '../../bgp/rib/types.ts';
import { formatAddress } from '../../ip/address.ts';

type Sentence = (loser: Route, best: Route) => string;

/** A row for each rule of the decision, so that a new one does not compile without its words. */
const sentences: Readonly<Record<LossReason, Sentence>> = {
  'local-route': () => 'we originate the prefix ourselves',
  'long-lived-stale': () => 'the peer that sent it has been gone for long',
  'local-preference': (a, b) => `local preference ${localPreferenceOf(a)}, the best has ${localPreferenceOf(b)}`,
  'as-path-length': (a, b) => `AS path of ${lengthOf(a)}, the best has ${lengthOf(b)}`,
  'origin-code': (a, b) => `origin ${originOf(a)}, the best has ${originOf(b)}`,
  'multi-exit-discriminator': (a) => `MED ${medOf(a)}; another route by the same neighbor AS has a lower one`,
  'external-over-internal': () => 'learned inside our AS; the best comes from outside',
  'router-id': (a, b) => `router ID ${routerIdOf(a)}, the best has the lower ${routerIdOf(b)}`,
  'cluster-list-length': (a, b) => `reflected ${reflections(a)} times, the best ${reflections(b)} times`,
  'peer-address': (a, b) =>
    `neighbor address ${formatAddress(a.source.address)}, the best has the lower ${formatAddress(b.source.address)}`,
  'peer-id': (a, b) => `equal in all that counts; ${b.source.peer} comes before ${a.source.peer} by name`,
  'path-id': (a, b) => `equal in all that counts; its path ID ${a.pathId} is above ${b.pathId}`,
};

export function lossInWords(reason: LossReason, loser: Route, best: Route): string {
  return sentences[reason](loser, best);
}

function lengthOf(route: Route): number {
  return asPathLength(route.attributes.asPath ?? []);
}

function originOf({ attributes }: Route): string {
  return attributes.originCode ?? 'incomplete';
}

function medOf({ attributes }: Route): number {
  return attributes.multiExitDiscriminator ?? 0;
}

function routerIdOf({ attributes, source }: Route): string {
  return formatAddress(attributes.originatorId ?? source.routerId);
}

function reflections({ attributes }: Route): number {
  return attributes.clusterList?.length ?? 0;
}
