/**
 * Vultr (AS20473): cloud instances and bare metal.
 *
 * The two differ in the neighbor: instances speak with AS 64515 at a link-local address over two hops, bare metal with
 * AS 20473. Their communities are the same. A 646xx community cannot carry a 32-bit ASN; the large form can.
 */
import type { Provider, ProviderActions } from './types.ts';

const actions: ProviderActions = {
  avoid: { standard: '64600:$asn', large: '20473:6000:$asn' },
  onlyTo: { base: '20473:6000', exceptFor: { standard: '64699:$asn', large: '20473:6099:$asn' } },
  prependTo: {
    1: { standard: '64601:$asn', large: '20473:6001:$asn' },
    2: { standard: '64602:$asn', large: '20473:6002:$asn' },
    3: { standard: '64603:$asn', large: '20473:6003:$asn' },
  },
  resetMedTo: { standard: '64609:$asn', large: '20473:6009:$asn' },
  exchanges: { none: '20473:6601', 'route-servers-only': '20473:6602' },
  noExport: '20473:6000',
};

const common = {
  asn: 20473,
  status: 'verified',
  verifiedAt: '2026-11-22',
  usesPassword: true,
  stripsPrivateAsn: true,
  actions,
  blackholes: ['20473:666'],
} as const;

export const vultr: Provider = {
  ...common,
  id: 'vultr',
  name: 'Vultr',
  sourceUrl: 'https://docs.vultr.com/high-availability-on-vultr-with-floating-ip-and-bgp',
  neighbors: {
    4: { address: '169.254.169.254', asn: 64515 },
    6: { address: '2001:19f0:ffff::1', asn: 64515 },
  },
  multihop: 2,
};

/** Its IPv6 neighbor was found in no source, so there is none here. */
export const vultrBareMetal: Provider = {
  ...common,
  id: 'vultr-bare-metal',
  name: 'Vultr Bare Metal',
  sourceUrl: 'https://docs.vultr.com/high-availability-on-vultr-with-floating-ip-and-bgp',
  neighbors: { 4: { address: '169.254.1.1', asn: 20473 } },
};
