/** The single values of a network file: AS numbers, addresses, prefixes, communities, names, durations. */
import { z } from 'zod';
import { type Family, formatAddress, parseAddress } from '../../ip/address.ts';
import { parseAsn } from '../../ip/asn.ts';
import { addressBits, formatPrefix, parsePrefix, prefixOf } from '../../ip/prefix.ts';
import { parseCommunity } from '../community.ts';
import { type Fault, type Hint, hints, parsed } from './hints.ts';

const numberOrText = z.union([z.number(), z.string()]);

/** `field(schema, description, hint)`: says what a field is for, where editors and errors find it. */
export function field<S extends z.ZodType>(schema: S, description: string, hint: Hint = {}): S {
  const described = schema.describe(description) as S;
  hints.add(described, hint);
  return described;
}

/** AS numbers in plain (64500, AS64500) or asdot notation (1.10). */
export function asnField(description: string) {
  return field(
    parsed<number>(numberOrText, (value) => readAsn(value)),
    description,
    {
      expects: 'an AS number: 64500, AS64500 or asdot, 1.10',
      example: 64500,
    },
  );
}

function readAsn(value: string | number): number | Fault {
  const asn = parseAsn(String(value));
  if (asn === 0) {
    return {
      code: 'network.asn-zero',
      what: 'AS 0 is reserved: no network can be it',
      fix: 'use the number of a real AS; 64512 to 65534 are for private use',
      source: 'RFC 7607',
    };
  }
  return (
    asn ?? {
      code: 'network.asn-syntax',
      what: `"${value}" is no AS number; they go from 1 to 4294967295`,
      fix: 'write 64500, AS64500 or asdot notation, 1.10',
      source: 'RFC 5396',
    }
  );
}

/** An AS number as a map's key; gives its decimal text. */
export const asnKey = z.string().transform((value, context) => {
  const asn = readAsn(value);
  if (typeof asn === 'number') return String(asn);
  context.addIssue({ code: 'custom', message: asn.what, params: { ...asn } });
  return z.NEVER;
});

export function addressField(family: Family | 'either', description: string, example: string) {
  return field(
    parsed<string>(z.string(), (value) => readAddress(String(value), family, example)),
    description,
    {
      expects: family === 'either' ? 'an IP address' : `an IPv${family} address`,
      example,
    },
  );
}

function readAddress(text: string, family: Family | 'either', example: string): string | Fault {
  const address = parseAddress(text);
  if (address === undefined) {
    const fix = text.includes('/')
      ? 'leave the prefix length out'
      : text.includes('%')
        ? 'leave the zone out'
        : `write it like ${example}`;
    return {
      code: 'network.address-syntax',
      what: `"${text}" is no ${family === 'either' ? 'IP' : `IPv${family}`} address`,
      fix,
    };
  }
  if (family !== 'either' && address.family !== family) {
    return {
      code: 'network.address-family',
      what: `${text} is an IPv${address.family} address; an IPv${family} address belongs here`,
      fix:
        family === 4
          ? 'give IPv6 addresses as sourceAddress6 and neighborAddress6'
          : 'give IPv4 addresses as sourceAddress and neighborAddress',
    };
  }
  return formatAddress(address);
}

export const prefixField = field(
  parsed<string>(z.string(), (value) => readPrefix(String(value))),
  'An IP prefix that you may announce: at most /24 in IPv4, /48 in IPv6.',
  { expects: 'an IP prefix', example: '192.0.2.0/24' },
);

function readPrefix(text: string): string | Fault {
  const prefix = parsePrefix(text);
  if (typeof prefix === 'object') return formatPrefix(prefix);
  const [addressText = '', lengthText = ''] = text.split('/');
  const address = parseAddress(addressText);
  if (prefix === 'host-bits' && address !== undefined) {
    return {
      code: 'network.prefix-host-bits',
      what: `${text} has bits set behind its prefix length`,
      fix: `did you mean ${formatPrefix(prefixOf(address, Number(lengthText)))}?`,
      source: 'RFC 4271 §4.3',
    };
  }
  if (prefix === 'length' && address !== undefined) {
    return {
      code: 'network.prefix-syntax',
      what: `${text} is too long: an IPv${address.family} address has ${addressBits(address.family)} bits`,
      fix: `use at most /${address.family === 4 ? 24 : 48}, the longest that the Internet carries`,
    };
  }
  return {
    code: 'network.prefix-syntax',
    what: `"${text}" is no IP prefix`,
    fix: address !== undefined ? `add its length: ${text}/${address.family === 4 ? 24 : 48}` : 'write 192.0.2.0/24',
  };
}

export const communityField = field(
  parsed<string>(z.string(), (value) => parseCommunity(String(value))),
  'A BGP community: 65535:0 (standard), 20473:6000:174 (large) or a well-known name (no-export).',
  { expects: 'a community such as 65535:0', example: '65535:0' },
);

/** Names become parts of file names, session names and labels. */
export const nameField = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);

/** Whole milliseconds. */
export function milliseconds(description: string, range: { minimum: number; maximum: number }, example: number) {
  return field(z.int().min(range.minimum).max(range.maximum), description, { unit: 'ms', example });
}

const decimal = /^[+-]?\d+(\.\d+)?$/;

/** The YAML reader leaves fractions as text (see yaml.ts); coordinates are the one place that means the number. */
export function degreesField(limit: number, description: string, example: number) {
  return field(
    parsed<number>(numberOrText, (value) => {
      const degrees = typeof value === 'number' ? value : decimal.test(value) ? Number(value) : Number.NaN;
      if (Math.abs(degrees) <= limit) return degrees;
      return {
        code: 'network.coordinates',
        what: `"${value}" is no angle between -${limit} and ${limit} degrees`,
        fix: `write degrees as a decimal fraction, such as ${example}`,
      };
    }),
    description,
    { expects: 'a number of degrees', example },
  );
}
