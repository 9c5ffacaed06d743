/** What became of a prefix at each peer of `nearcast bgp speak`: taken or not, told or not, by which term of which policy. */
import { formatPrefix, type Prefix, type Speaker } from '../../bgp/mod.ts';
import { formatExplanation, type PolicyExplanation } from '../../bgp/policy/explain.ts';
import type { ExportOutcome } from '../../bgp/speaker/export.ts';
import { printable } from '../table.ts';
import { type RouteJson, routeJson, routeText, type ShownRoute } from './route-json.ts';
import type { Validator } from './validator.ts';

interface Taken {
  readonly peer: string;
  readonly route: ShownRoute;
  /** Why its origin is valid or not, where caches are asked. */
  readonly originReason?: string;
  /** Why it was refused; absent where it was accepted. */
  readonly refused?: string;
  readonly policy?: PolicyExplanation;
}

interface Told {
  readonly peer: string;
  readonly route?: ShownRoute;
  /** Why the peer is not told. */
  readonly why?: string;
  readonly policy?: PolicyExplanation;
}

export interface Explanation {
  readonly prefix: Prefix;
  /** The peer whose route is in use. */
  readonly best: string | undefined;
  readonly received: readonly Taken[];
  readonly told: readonly Told[];
}

interface Asked {
  readonly speaker: Speaker;
  readonly validator: Validator;
  readonly peers: readonly string[];
}

export function explain({ speaker, validator, peers }: Asked, prefix: Prefix): Explanation {
  return {
    prefix,
    best: speaker.decision(prefix)?.best.source.peer,
    received: peers.flatMap((peer) =>
      speaker.explainImport(peer, prefix).map(({ received, outcome, policy }): Taken => {
        const originReason = validator.reasonOf(received);
        return {
          peer,
          route: { ...received, ...validator.stateOf(received) },
          ...(originReason !== undefined && { originReason }),
          ...(outcome.verdict === 'reject' && { refused: outcome.rejection.what }),
          ...(policy && { policy }),
        };
      }),
    ),
    told: peers.map((peer): Told => {
      const policy = speaker.explainExportPolicy(peer, prefix)?.policy;
      return { peer, ...toldOf(speaker.explainExport(peer, prefix)), ...(policy && { policy }) };
    }),
  };
}

function toldOf(outcome: ExportOutcome | undefined): Pick<Told, 'route' | 'why'> {
  if (outcome === undefined) return { why: 'there is no route, or no session' };
  return outcome.verdict === 'announce' ? { route: outcome.route } : { why: outcome.suppression.what };
}

interface PolicyJson {
  readonly verdict: string;
  readonly term: string | null;
  readonly steps: PolicyExplanation['steps'];
}

export function explanationJson({ prefix, best, received, told }: Explanation) {
  return {
    prefix: formatPrefix(prefix),
    best: best ?? null,
    received: received.map(({ route, policy, ...rest }) => ({ ...rest, ...routeJson(route), ...policyJson(policy) })),
    told: told.map(({ route, policy, ...rest }): Record<string, unknown> => {
      const shown: RouteJson | undefined = route && routeJson(route);
      return { ...rest, ...shown, ...policyJson(policy) };
    }),
  };
}

function policyJson(policy: PolicyExplanation | undefined): { readonly policy?: PolicyJson } {
  if (policy === undefined) return {};
  const { verdict, term = null, steps } = policy;
  return { policy: { verdict, term, steps } };
}

export function explanationText({ prefix, best, received, told }: Explanation): readonly string[] {
  const lines = [`${formatPrefix(prefix)}: ${best === undefined ? 'no route' : `by ${best}`}`];
  for (const { peer, route, originReason, refused, policy } of received) {
    lines.push(`  from ${peer}: ${refused === undefined ? 'accepted' : `refused: ${refused}`}`);
    lines.push(`      ${routeText(route)}`);
    if (originReason !== undefined) lines.push(`      RPKI: ${originReason}`);
    lines.push(...policyText(policy));
  }
  for (const { peer, route, why, policy } of told) {
    lines.push(`  to ${peer}: ${route === undefined ? `no, ${why}` : routeText(route)}`, ...policyText(policy));
  }
  return lines.map(printable);
}

function policyText(policy: PolicyExplanation | undefined): readonly string[] {
  if (policy === undefined) return [];
  return formatExplanation(policy)
    .split('\n')
    .map((line) => `      ${line}`);
}
