/** AS numbers: which ranges may stand for a network on the Internet, and which never (RFC 7607, 7300, 6996, 5398). */
import { classifyAsn } from '../../ip/asn.ts';
import { findProvider } from '../provider/table.ts';
import type { Path } from '../yaml.ts';
import { type Finding, type LintContext, type Rule, sessionsOf } from './rule.ts';

function* judge(asn: number, who: 'you' | 'neighbor', path: Path): Generator<Finding> {
  const whose = who === 'you' ? 'your ASN' : "the neighbor's ASN";
  const real = who === 'you' ? 'the AS number that your registry has assigned' : "the provider's AS number";
  const { kind, source } = classifyAsn(asn);
  const at = { path, source };
  if (kind === 'reserved' || kind === 'as-trans') {
    const what = kind === 'reserved' ? `${whose}, AS ${asn}, is reserved` : `${whose}, AS ${asn}, is AS_TRANS`;
    yield {
      ...at,
      code: 'network.asn-reserved',
      level: 'error',
      what: `${what} and can stand for no network`,
      fix: `use ${real}`,
    };
  }
  if (kind === 'documentation') {
    yield {
      ...at,
      code: 'network.asn-documentation',
      level: 'lab-only',
      what: `${whose}, AS ${asn}, is kept for documentation: fine in a lab, refused on the Internet`,
      fix: `for production, use ${real}`,
    };
  }
}

function* ownAsn({ document, intact }: LintContext): Generator<Finding> {
  if (!intact('asn')) return;
  yield* judge(document.asn, 'you', ['asn']);
  const { kind, source } = classifyAsn(document.asn);
  if (kind === 'private') {
    yield {
      code: 'network.asn-private',
      level: 'lab-only',
      what: `your ASN, AS ${document.asn}, is private: the Internet does not carry it`,
      fix: 'for production, get an AS number of your own from your registry',
      path: ['asn'],
      source,
    };
  }
}

function* peerAsn({ document, intact, production }: LintContext): Generator<Finding> {
  // A network with a documentation ASN is a lab and has heard so; its peers need not each be reported again.
  const lab = classifyAsn(document.asn).kind === 'documentation' && !production;
  for (const { session, path } of sessionsOf(document)) {
    const asn = session.peerAsn;
    if (asn === undefined) continue;
    const at = [...path, 'peerAsn'];
    for (const finding of judge(asn, 'neighbor', at)) {
      if (!(lab && finding.level === 'lab-only')) yield finding;
    }
    if (asn === document.asn && intact('asn')) {
      yield {
        code: 'network.session-internal',
        level: 'error',
        what: `the neighbor has your own ASN, ${asn}: that is iBGP, which Nearcast does not speak`,
        fix: "give the provider's AS number",
        path: at,
      };
    }
  }
}

function* providerIsOwn({ document, intact }: LintContext): Generator<Finding> {
  if (!intact('asn')) return;
  for (const { session, path } of sessionsOf(document)) {
    const provider = session.provider === undefined ? undefined : findProvider(session.provider);
    if (provider === undefined || provider.asn !== document.asn) continue;
    yield {
      code: 'network.asn-of-provider',
      level: 'error',
      what: `your ASN, ${document.asn}, is that of ${provider.name}`,
      fix: 'asn is the number of your own network',
      path: [...path, 'provider'],
    };
  }
}

export const asnRules: readonly Rule[] = [
  {
    name: 'your ASN may stand for a network',
    codes: ['network.asn-reserved', 'network.asn-documentation', 'network.asn-private'],
    find: ownAsn,
  },
  {
    name: 'each neighbor has an ASN of another network',
    codes: ['network.asn-reserved', 'network.asn-documentation', 'network.session-internal'],
    find: peerAsn,
  },
  { name: "your ASN is not a provider's", codes: ['network.asn-of-provider'], find: providerIsOwn },
];
