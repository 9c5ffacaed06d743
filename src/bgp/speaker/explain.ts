/**
 * Why a route was taken from a peer or not, and why it goes to one or not, down to each condition of each policy term.
 *
 * Why apart from import and export: those run for every route and only decide.
 */
import type { Prefix } from '../../ip/prefix.ts';
import type { AddressFamily } from '../message/types.ts';
import { explainPolicy, type PolicyExplanation } from '../policy/explain.ts';
import type { LocRib } from '../rib/loc-rib.ts';
import type { ReceivedRoute, Route } from '../rib/types.ts';
import { explainWanted } from './advertise.ts';
import { type ExportOutcome, exportPolicyContext, exportRoute } from './export.ts';
import { withoutForeignMed } from './export-attributes.ts';
import { completed, importPolicyContext } from './import.ts';
import type { Peer } from './peer.ts';
import { receivedRoute } from './views.ts';

export interface ExplainedImport extends ReceivedRoute {
  /** Absent where the route was refused before any policy was asked, or where there is none. */
  readonly policy?: PolicyExplanation;
}

export interface ExplainedExport {
  readonly outcome: ExportOutcome;
  /** Absent where the route was held back before any policy was asked, or where there is none. */
  readonly policy?: PolicyExplanation;
}

export function explainImport(peer: Peer, prefix: Prefix, family: AddressFamily): readonly ExplainedImport[] {
  const { importPolicy, adjRibIn, table } = peer;
  return adjRibIn.pathsTo(table.find(prefix, family)).map((imported) => {
    const route = receivedRoute(prefix, imported);
    const asked = route.outcome.verdict === 'accept' || route.outcome.rejection.reason === 'policy';
    if (!asked || importPolicy === undefined) return route;
    const context = peer.importContext();
    const policy = explainPolicy(
      importPolicy.written,
      completed(route.received, context),
      importPolicyContext(context),
    );
    return { ...route, policy };
  });
}

/** How or why not a peer is told of a prefix, as far as its Adj-RIB-Out goes. `underWay`: it is still being told all routes. */
export function explainTold(peer: Peer, locRib: LocRib, id: number, underWay: boolean): ExportOutcome | undefined {
  if (peer.established === undefined) return undefined;
  const outcome = explainWanted(peer, locRib, id);
  const { adjRibOut } = peer.established;
  if (outcome === undefined || outcome.verdict === 'suppress' || adjRibOut.get(id) !== undefined) return outcome;
  if (adjRibOut.isWithheld(id)) {
    const what = 'the peer has been told as many prefixes as its limit says';
    return { verdict: 'suppress', suppression: { reason: 'prefix-limit', what } };
  }
  if (underWay) return outcome;
  const bytes = peer.codec.extendedMessages ? 65535 : 4096;
  const what = `its attributes do not fit a message of ${bytes} bytes (RFC 4271 §4)`;
  return { verdict: 'suppress', suppression: { reason: 'too-large', what } };
}

export function explainExport(peer: Peer, best: Route): ExplainedExport {
  const { exportPolicy } = peer;
  const context = peer.exportContext();
  const outcome = exportRoute(best, context);
  const asked =
    outcome.verdict === 'announce' ||
    outcome.suppression.reason === 'policy' ||
    outcome.suppression.reason === 'no-next-hop';
  if (!asked || exportPolicy === undefined) return { outcome };
  const prepared = peer.external ? withoutForeignMed(best, peer.config) : best;
  return { outcome, policy: explainPolicy(exportPolicy.written, prepared, exportPolicyContext(context)) };
}
