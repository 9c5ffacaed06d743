/**
 * Compiles what an operator wants of a provider (`avoid: [174]`) to that provider's communities.
 *
 * Why here for both lint and compile: an intent that the provider has no community for must be an error, never silently
 * nothing.
 */
import { isLargeCommunity } from '../community.ts';
import type { AnnounceOptions } from '../schema/session.ts';
import type { ActionTemplate, Provider } from './types.ts';

/** The options that only a provider's communities can fulfil. */
export type Intent = 'avoid' | 'onlyTo' | 'prependTo' | 'resetMedTo' | 'exchanges' | 'noExport';

export interface ProviderCommunities {
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  /** What this provider has no community for; `asn` where it is about one network. */
  readonly impossible: readonly { readonly intent: Intent; readonly asn?: number }[];
}

/** The communities that fulfil `announce` at `provider`, in order, each once. Without a provider every intent is impossible. */
export function providerCommunities(announce: AnnounceOptions, provider: Provider | undefined): ProviderCommunities {
  const found = new Set<string>();
  const impossible: { intent: Intent; asn?: number }[] = [];
  const actions = provider?.actions ?? {};

  const apply = (intent: Intent, template: ActionTemplate | undefined, asn: number): void => {
    const community = encoded(template, asn);
    if (community === undefined) impossible.push({ intent, asn });
    else found.add(community);
  };
  const applyFixed = (intent: Intent, community: string | undefined): void => {
    if (community === undefined) impossible.push({ intent });
    else found.add(community);
  };

  for (const asn of announce.avoid) apply('avoid', actions.avoid, asn);
  if (announce.onlyTo.length > 0) applyFixed('onlyTo', actions.onlyTo?.base);
  if (actions.onlyTo !== undefined) for (const asn of announce.onlyTo) apply('onlyTo', actions.onlyTo.exceptFor, asn);
  for (const [asn, copies] of Object.entries(announce.prependTo)) {
    apply('prependTo', actions.prependTo?.[copies as 1 | 2 | 3], Number(asn));
  }
  for (const asn of announce.resetMedTo) apply('resetMedTo', actions.resetMedTo, asn);
  if (announce.exchanges !== 'all') applyFixed('exchanges', actions.exchanges?.[announce.exchanges]);
  if (announce.noExport) applyFixed('noExport', actions.noExport);

  const all = [...found];
  return {
    communities: all.filter((community) => !isLargeCommunity(community)),
    largeCommunities: all.filter(isLargeCommunity),
    impossible,
  };
}

/** A 16-bit ASN goes into the standard form where there is one: every router on the way knows it. */
function encoded(template: ActionTemplate | undefined, asn: number): string | undefined {
  const form = asn <= 0xffff ? (template?.standard ?? template?.large) : template?.large;
  return form?.replace('$asn', String(asn));
}
