/** Whether what is sent to a host in clear crosses networks of others. */
import { isIP } from 'node:net';
import { parseAddress } from '../../ip/address.ts';
import { addressBits, prefixOf } from '../../ip/prefix.ts';
import { specialPrefixOf } from '../../ip/special-prefixes.ts';

/** Of a name nobody knows where it leads; one without a dot stays in the house. */
export function isPublic(host: string): boolean {
  const address = isIP(host) === 0 ? undefined : parseAddress(host);
  if (address !== undefined) return specialPrefixOf(prefixOf(address, addressBits(address.family))) === undefined;
  return host.includes('.') && !/\.(internal|local|lan|home\.arpa|test|example|localhost)$/.test(host);
}
