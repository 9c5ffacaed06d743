/**
 * RFC 7606, row by row: whole UPDATE messages that are wrong in one way, and what each must come to. Values of single attributes have
 * more such vectors in `attribute/`.
 *
 * Each message announces 198.51.100.0/24 unless it says otherwise, so that treat-as-withdraw has something to withdraw.
 */
import type { UpdateHex } from './shape.vectors.ts';
import type { CodecContext, ErrorOutcome } from './types.ts';

export interface Rfc7606Row {
  /** Of RFC 7606. */
  readonly section: string;
  readonly name: string;
  readonly update: UpdateHex;
  readonly context?: Partial<CodecContext>;
  /** `accept`: no error at all. */
  readonly outcome: ErrorOutcome | 'accept';
  /** Of UPDATE Message Error; absent where nothing is wrong. */
  readonly subcode?: number;
  /** Announced, where not 198.51.100.0/24 as the outcome has it; always empty with a session reset. */
  readonly nlri?: readonly string[];
  readonly withdrawn?: readonly string[];
}

const origin = '40 01 01 00';
const path = '40 02 06 02 01 0000fbf4'; // 64500
const nextHop = '40 03 04 c0000201'; // 192.0.2.1
export const mandatory = `${origin} ${path} ${nextHop}`;
export const nlri = '18 c63364'; // 198.51.100.0/24
const global = '20010db8000000000000000000000001'; // 2001:db8::1
const reach = `80 0e 1a 0002 01 10 ${global} 00 20 20010db8`; // 2001:db8::/32
const unreach = '80 0f 08 0002 01 20 20010db9'; // 2001:db9::/32
const external = { external: true } as const;

/** An announcement with one more attribute, or one instead of its own. */
function row(
  section: string,
  name: string,
  attributes: string,
  outcome: Rfc7606Row['outcome'],
  rest: Omit<Rfc7606Row, 'section' | 'name' | 'update' | 'outcome'> = {},
): Rfc7606Row {
  return { section, name, update: { attributes, nlri }, outcome, ...rest };
}

const withdrawOne = 'treat-as-withdraw';
const discard = 'attribute-discard';
const reset = 'session-reset';

export const rfc7606Rows: readonly Rfc7606Row[] = [
  // §3: the revised error handling of UPDATE.
  row('3(c)', 'ORIGIN with Optional set', `c0 01 01 00 ${path} ${nextHop}`, withdrawOne, { subcode: 4 }),
  row('3(c)', 'MULTI_EXIT_DISC with Transitive set', `${mandatory} c0 04 04 00000001`, withdrawOne, { subcode: 4 }),
  row('3(c)', 'AGGREGATOR well-known', `${mandatory} 40 07 08 0000fbf4 c0000201`, withdrawOne, { subcode: 4 }),
  row('3(c)', 'ATOMIC_AGGREGATE optional', `${mandatory} c0 06 00`, withdrawOne, { subcode: 4 }),
  row('3(c)', 'COMMUNITIES non-transitive', `${mandatory} 80 08 04 fbf40001`, withdrawOne, { subcode: 4 }),
  row('3(c)', 'the Partial bit alone is no conflict', `${mandatory} e0 08 04 fbf40001`, 'accept'),
  row('3(c)', 'the low four bits mean nothing', `4f 01 01 00 ${path} ${nextHop}`, 'accept'),
  {
    ...row('3(c)', 'MP_REACH_NLRI with Transitive set: its prefixes are withdrawn', '', withdrawOne, { subcode: 4 }),
    update: { attributes: `c0 0e 1a 0002 01 10 ${global} 00 20 20010db8 ${origin} ${path}` },
    withdrawn: ['2001:db8::/32'],
  },
  {
    ...row('3(c)', 'MP_UNREACH_NLRI with Transitive set: nothing is lost', '', withdrawOne, { subcode: 4 }),
    update: { attributes: 'c0 0f 08 0002 01 20 20010db9' },
    withdrawn: ['2001:db9::/32'],
  },
  row('3(d)', 'ORIGIN is missing', `${path} ${nextHop}`, withdrawOne, { subcode: 3 }),
  row('3(d)', 'AS_PATH is missing', `${origin} ${nextHop}`, withdrawOne, { subcode: 3 }),
  row('3(d)', 'NEXT_HOP is missing', `${origin} ${path}`, withdrawOne, { subcode: 3 }),
  row('3(d)', 'LOCAL_PREF from an internal peer may be missing', mandatory, 'accept'),
  row('3(g)', 'ORIGIN twice: the first holds', `${mandatory} 40 01 01 02`, discard, { subcode: 1 }),
  row('3(g)', 'an attribute that nobody knows, twice', `${mandatory} c0 63 00 c0 63 01 00`, discard, { subcode: 1 }),
  row('3(g)', 'a second that is malformed is not read', `${mandatory} 40 03 03 c00002`, discard, { subcode: 1 }),
  row('3(g)', 'MP_REACH_NLRI twice', `${reach} ${reach} ${mandatory}`, reset, { subcode: 1 }),
  row('3(g)', 'MP_UNREACH_NLRI twice', `${unreach} ${unreach} ${mandatory}`, reset, { subcode: 1 }),
  row('3(h)', 'the strongest outcome counts', `${mandatory} 40 06 01 00 c0 08 00`, withdrawOne, { subcode: 5 }),
  row('3(h)', 'the strongest outcome counts, reset behind withdraw', `c0 08 00 ${mandatory} 40 63 00`, reset, {
    subcode: 2,
  }),
  {
    ...row('3(i)', 'a withdrawn prefix of 33 bits', '', reset, { subcode: 10 }),
    update: { withdrawn: '21 c633640080', attributes: mandatory, nlri },
  },
  {
    ...row('3(i)', 'a withdrawn prefix beyond its field', '', reset, { subcode: 10 }),
    update: { withdrawn: '18 c633', attributes: mandatory, nlri },
  },
  {
    ...row('3(j)', 'treat-as-withdraw with prefixes that cannot be read', '', reset, { subcode: 10 }),
    update: { attributes: `40 01 01 07 ${path} ${nextHop}`, nlri: '18 c633' },
  },
  // §4: attribute length fields.
  row('4', 'one byte is left behind the attributes', `${mandatory} 40`, withdrawOne, { subcode: 1 }),
  row('4', 'two bytes are left behind the attributes', `${mandatory} 40 06`, withdrawOne, { subcode: 1 }),
  row('4', 'an extended length that is cut off', `${mandatory} 50 06 00`, withdrawOne, { subcode: 1 }),
  row('4', 'a length beyond the attributes', `${mandatory} c0 08 08 fbf40001`, withdrawOne, { subcode: 1 }),
  row('4', 'MP_REACH_NLRI beyond the attributes: its prefixes are lost', `${mandatory} 80 0e 1a 0002 01`, reset, {
    subcode: 1,
  }),
  ...(
    [
      ['ORIGIN', `40 01 00 ${path} ${nextHop}`],
      ['NEXT_HOP', `${origin} ${path} 40 03 00`],
      ['MULTI_EXIT_DISC', `${mandatory} 80 04 00`],
      ['LOCAL_PREF', `${mandatory} 40 05 00`],
      ['COMMUNITIES', `${mandatory} c0 08 00`],
      ['ORIGINATOR_ID', `${mandatory} 80 09 00`],
      ['CLUSTER_LIST', `${mandatory} 80 0a 00`],
      ['EXTENDED_COMMUNITIES', `${mandatory} c0 10 00`],
      ['LARGE_COMMUNITY', `${mandatory} c0 20 00`],
      ['ONLY_TO_CUSTOMER', `${mandatory} c0 23 00`],
    ] as const
  ).map(([name, attributes]) => row('4', `${name} of no bytes`, attributes, withdrawOne, { subcode: 5 })),
  row('4', 'AGGREGATOR of no bytes', `${mandatory} c0 07 00`, discard, { subcode: 5 }),
  row('4', 'AS_PATH may be of no bytes', `${origin} 40 02 00 ${nextHop}`, 'accept'),
  row('4', 'ATOMIC_AGGREGATE is of no bytes', `${mandatory} 40 06 00`, 'accept'),
  // §5: parsing of prefixes.
  { ...row('5.2', 'End-of-RIB', '', 'accept'), update: { attributes: '80 0f 03 0002 01' }, nlri: [] },
  { ...row('5.2', 'End-of-RIB, the old form', '', 'accept'), update: {}, nlri: [] },
  {
    ...row('5.2', 'treat-as-withdraw with nothing to withdraw', '', reset, { subcode: 6 }),
    update: { attributes: '40 01 01 07' },
  },
  {
    ...row('5.2', 'the same beside withdrawn prefixes', '', reset, { subcode: 6 }),
    update: { withdrawn: nlri, attributes: '40 01 01 07' },
  },
  {
    ...row('5.2', 'the same beside MP_UNREACH_NLRI', '', reset, { subcode: 6 }),
    update: { attributes: `${unreach} 40 01 01 07` },
  },
  {
    ...row('5.2', 'attribute discard with nothing announced', '', discard, { subcode: 5, nlri: [] }),
    update: { attributes: '40 06 01 00' },
  },
  {
    ...row('5.3', 'a prefix of 33 bits', '', reset, { subcode: 10 }),
    update: { attributes: mandatory, nlri: '21 c633640080' },
  },
  {
    ...row('5.3', 'a prefix beyond the message', '', reset, { subcode: 10 }),
    update: { attributes: mandatory, nlri: '18 c633' },
  },
  row('5.3', 'MP_REACH_NLRI with a prefix of 129 bits', `80 0e 16 0002 01 10 ${global} 00 81 ${mandatory}`, reset, {
    subcode: 9,
  }),
  row(
    '5.3',
    'MP_REACH_NLRI with a prefix beyond its end',
    `80 0e 17 0002 01 10 ${global} 00 20 20 ${mandatory}`,
    reset,
    {
      subcode: 9,
    },
  ),
  row('5.3', 'MP_UNREACH_NLRI with a prefix of 129 bits', `80 0f 04 0002 01 81 ${mandatory}`, reset, { subcode: 9 }),
  row('5.3', 'MP_REACH_NLRI of four bytes', `80 0e 04 0002 01 00 ${mandatory}`, reset, { subcode: 5 }),
  row('5.3', 'MP_UNREACH_NLRI of two bytes', `80 0f 02 0002 ${mandatory}`, reset, { subcode: 5 }),
  // §7: the single attributes.
  row('7.1', 'ORIGIN of two bytes', `40 01 02 0000 ${path} ${nextHop}`, withdrawOne, { subcode: 5 }),
  row('7.1', 'ORIGIN 3', `40 01 01 03 ${path} ${nextHop}`, withdrawOne, { subcode: 6 }),
  row('7.2', 'AS_PATH with an unknown segment type', `${origin} 40 02 06 09 01 0000fbf4 ${nextHop}`, withdrawOne, {
    subcode: 11,
  }),
  row('7.2', 'AS_PATH with AS_CONFED_SEQUENCE', `${origin} 40 02 06 03 01 0000fbf4 ${nextHop}`, withdrawOne, {
    subcode: 11,
  }),
  row('7.2', 'AS_PATH with AS_CONFED_SET', `${origin} 40 02 06 04 01 0000fbf4 ${nextHop}`, withdrawOne, {
    subcode: 11,
  }),
  row('7.2', 'AS_PATH with AS_SET (RFC 9774)', `${origin} 40 02 06 01 01 0000fbf4 ${nextHop}`, withdrawOne, {
    subcode: 11,
  }),
  row('7.2', 'AS_PATH with a segment overrun', `${origin} 40 02 06 02 02 0000fbf4 ${nextHop}`, withdrawOne, {
    subcode: 11,
  }),
  row('7.2', 'AS_PATH with a segment underrun', `${origin} 40 02 07 02 01 0000fbf4 02 ${nextHop}`, withdrawOne, {
    subcode: 11,
  }),
  row('7.2', 'AS_PATH with a segment of none', `${origin} 40 02 02 02 00 ${nextHop}`, withdrawOne, { subcode: 11 }),
  row('7.2', 'AS_PATH that does not begin with the peer', mandatory, withdrawOne, {
    context: { external: true, peerAsn: 64501 },
    subcode: 11,
  }),
  row('7.3', 'NEXT_HOP of 3 bytes', `${origin} ${path} 40 03 03 c00002`, withdrawOne, { subcode: 5 }),
  row('7.3', 'NEXT_HOP of 16 bytes', `${origin} ${path} 40 03 10 ${global}`, withdrawOne, { subcode: 5 }),
  row('7.4', 'MULTI_EXIT_DISC of 3 bytes', `${mandatory} 80 04 03 000001`, withdrawOne, { subcode: 5 }),
  row('7.5', 'LOCAL_PREF of 3 bytes from an internal peer', `${mandatory} 40 05 03 000064`, withdrawOne, {
    subcode: 5,
  }),
  row('7.5', 'LOCAL_PREF from an external peer', `${mandatory} 40 05 04 00000064`, discard, {
    context: external,
    subcode: 9,
  }),
  row('7.5', 'LOCAL_PREF of 3 bytes from an external peer', `${mandatory} 40 05 03 000064`, discard, {
    context: external,
    subcode: 9,
  }),
  row('7.6', 'ATOMIC_AGGREGATE of one byte', `${mandatory} 40 06 01 00`, discard, { subcode: 5 }),
  row('7.7', 'AGGREGATOR of 6 bytes between 4-octet speakers', `${mandatory} c0 07 06 fbf4 c0000201`, discard, {
    subcode: 5,
  }),
  row(
    '7.7',
    'AGGREGATOR of 8 bytes from a 2-octet speaker',
    `${origin} 40 02 04 02 01 fbf4 ${nextHop} c0 07 08 0000fbf4 c0000201`,
    discard,
    {
      context: { fourOctetAsn: false },
      subcode: 5,
    },
  ),
  row('7.8', 'COMMUNITIES of 3 bytes', `${mandatory} c0 08 03 fbf400`, withdrawOne, { subcode: 5 }),
  row('7.9', 'ORIGINATOR_ID of 5 bytes from an internal peer', `${mandatory} 80 09 05 c000020900`, withdrawOne, {
    subcode: 5,
  }),
  row('7.9', 'ORIGINATOR_ID from an external peer', `${mandatory} 80 09 04 c0000209`, discard, {
    context: external,
    subcode: 9,
  }),
  row('7.10', 'CLUSTER_LIST of 5 bytes from an internal peer', `${mandatory} 80 0a 05 c000020900`, withdrawOne, {
    subcode: 5,
  }),
  row('7.10', 'CLUSTER_LIST from an external peer', `${mandatory} 80 0a 04 c0000209`, discard, {
    context: external,
    subcode: 9,
  }),
  row(
    '7.11',
    'MP_REACH_NLRI with a next hop of 12 bytes',
    `80 0e 11 0002 01 0c ${'00'.repeat(12)} 00 ${mandatory}`,
    reset,
    { subcode: 9 },
  ),
  row('7.11', 'MP_REACH_NLRI with a next hop beyond its end', `80 0e 08 0002 01 10 20010db8 ${mandatory}`, reset, {
    subcode: 9,
  }),
  row('7.12', 'MP_UNREACH_NLRI of one byte', `80 0f 01 00 ${mandatory}`, reset, { subcode: 5 }),
  row('7.13', 'a Traffic Engineering attribute is not ours to judge', `${mandatory} c0 18 01 00`, 'accept'),
  row('7.14', 'EXTENDED_COMMUNITIES of 7 bytes', `${mandatory} c0 10 07 0002fbf4000000`, withdrawOne, { subcode: 5 }),
  row('7.14', 'an extended community of an unknown type', `${mandatory} c0 10 08 ff02fbf400000001`, 'accept'),
  row('7.15', 'IPv6 extended communities are not ours to judge', `${mandatory} c0 19 03 000000`, 'accept'),
  row('7.16', 'ATTR_SET is not ours to judge', `${mandatory} c0 80 01 00`, 'accept'),
];
