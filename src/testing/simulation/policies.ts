/**
 * Policies of a simulated Internet whose routing has exactly one outcome, however much an operator turns its knobs.
 *
 * Why these: by relation they are Gao-Rexford's, which always come to one rest. The knobs keep that: within a relation any
 * preference is fine, and what carries GRACEFUL_SHUTDOWN counts below all else everywhere and by length alone, so no circle of
 * ASes can each prefer the way through the next. An AS of several routers knows by a large community of its own where a route
 * came in, as real ones do, and drops MEDs, whose comparison between route reflectors need not come to rest (RFC 3345).
 */
import { gracefulShutdown } from '../../bgp/message/community.ts';
import type { LargeCommunity } from '../../bgp/message/types.ts';
import { localPreferenceOfRelation } from '../../bgp/policy/gao-rexford.ts';
import type { Policy } from '../../bgp/policy/types.ts';
import type { Relation } from '../../bgp/rib/types.ts';

/** What an operator may change at one end of a peering while it runs. */
export interface Knobs {
  /** More copies of our own ASN towards the peer. */
  readonly prepend?: number;
  readonly multiExitDiscriminator?: number;
  /** A prefix that the peer is not told. */
  readonly withhold?: string;
  /** A prefix that is not taken from the peer. */
  readonly refuse?: string;
  /** All that the peer is told carries GRACEFUL_SHUTDOWN (RFC 8326). */
  readonly drained?: boolean;
}

export interface PolicyFacts {
  readonly asn: number;
  /** What the peer is. */
  readonly relation: Relation;
  /** Our AS has several routers. */
  readonly several: boolean;
  readonly knobs: Knobs;
}

const code: Readonly<Record<Relation, number>> = { customer: 1, lateral: 2, provider: 3 };

function cameFrom(asn: number, relation: Relation): LargeCommunity {
  return [asn, 0, code[relation]];
}

export function importPolicy({ asn, relation, several, knobs }: PolicyFacts): Policy {
  const mark = [
    { type: 'add-large-communities', values: [cameFrom(asn, relation)] } as const,
    ...(several ? [{ type: 'set-multi-exit-discriminator', value: undefined } as const] : []),
  ];
  const preference = (value: number) => ({ type: 'set-local-preference', value }) as const;
  return {
    terms: [
      ...(knobs.refuse === undefined
        ? []
        : [{ name: 'refused', match: { prefixes: [{ prefix: knobs.refuse }] }, verdict: 'reject' } as const]),
      {
        name: 'leaving',
        match: { anyCommunity: [gracefulShutdown] },
        actions: [preference(0), ...mark],
        verdict: 'accept',
      },
      {
        name: relation,
        match: {},
        actions: [preference(localPreferenceOfRelation[relation]), ...mark],
        verdict: 'accept',
      },
    ],
    otherwise: 'reject',
  };
}

/**
 * From a router of our own AS: what the AS itself announces is preferred to all that others say, as it is at the router that
 * announces it. Else two ASes that announce one prefix could each send it to the other.
 */
export const internalImportPolicy: Policy = {
  terms: [
    {
      name: 'announced here',
      match: { asPathLength: { max: 0 } },
      actions: [{ type: 'set-local-preference', value: 300 }],
      verdict: 'accept',
    },
  ],
  otherwise: 'accept',
};

export function exportPolicy({ asn, relation, knobs }: PolicyFacts): Policy {
  const { prepend = 0, multiExitDiscriminator, withhold, drained = false } = knobs;
  const ours = [
    { learnedFrom: ['local'] },
    { asPathLength: { max: 0 } },
    { anyLargeCommunity: [cameFrom(asn, 'customer')] },
  ] as const;
  return {
    terms: [
      ...(withhold === undefined
        ? []
        : [{ name: 'withheld', match: { prefixes: [{ prefix: withhold }] }, verdict: 'reject' } as const]),
      ...(relation === 'customer'
        ? []
        : [{ name: 'not our customers', match: { not: { anyOf: ours } }, verdict: 'reject' } as const]),
      {
        name: 'told',
        match: {},
        actions: [
          { type: 'strip-communities', matching: [`${asn}:0:*`] },
          ...(prepend > 0 ? [{ type: 'prepend', count: prepend } as const] : []),
          ...(drained ? [{ type: 'add-communities', values: [gracefulShutdown] } as const] : []),
          ...(multiExitDiscriminator === undefined
            ? []
            : [{ type: 'set-multi-exit-discriminator', value: multiExitDiscriminator } as const]),
        ],
        verdict: 'accept',
      },
    ],
    otherwise: 'reject',
  };
}
