/** A prefix or an address as an operator types it, or what is wrong with it and what was probably meant. */
import { exitCode } from '../../base/exit-codes.ts';
import { fail } from '../../base/problem.ts';
import { formatAddress, parseAddress } from '../../ip/address.ts';
import { addressBits, formatPrefix, parsePrefix, prefixOf } from '../../ip/prefix.ts';

export interface GivenPrefix {
  readonly prefix: string;
  /** An address was given: what holds it is meant. */
  readonly address: boolean;
}

/** Problem code: `cli.prefix`. */
export function readPrefix(text: string): GivenPrefix {
  const address = parseAddress(text);
  if (address !== undefined)
    return { prefix: `${formatAddress(address)}/${addressBits(address.family)}`, address: true };
  const prefix = parsePrefix(text);
  if (typeof prefix === 'object') return { prefix: formatPrefix(prefix), address: false };
  const [start = '', length = ''] = text.split('/');
  const meant = parseAddress(start);
  const shown = JSON.stringify(text.slice(0, 80));
  if (prefix === 'host-bits' && meant !== undefined) {
    wrong(`${shown} has bits set behind its length`, `did you mean ${formatPrefix(prefixOf(meant, Number(length)))}?`);
  }
  if (prefix === 'length' && meant !== undefined) {
    wrong(`${shown} is longer than an IPv${meant.family} address`, `use at most /${addressBits(meant.family)}`);
  }
  return wrong(`${shown} is no prefix and no address`, 'write it like 192.0.2.0/24, 2001:db8::/48 or 192.0.2.1');
}

function wrong(what: string, fix: string): never {
  return fail({ code: 'cli.prefix', what, fix }, exitCode.usage);
}
