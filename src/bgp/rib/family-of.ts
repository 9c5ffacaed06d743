/** The address family that a prefix belongs to: all routes here are unicast, so its IP version tells it. */
import type { Prefix } from '../../ip/prefix.ts';
import type { AddressFamily } from '../message/types.ts';

export function familyOf(prefix: Prefix): AddressFamily {
  return prefix.family === 4 ? 'ipv4-unicast' : 'ipv6-unicast';
}
