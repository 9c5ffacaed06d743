/** Random messages for property tests: any value that our own code may hand to the encoder, in its canonical form. */
import fc from 'fast-check';
import type { Address, Family } from '../../ip/address.ts';
import { addressBits, type Prefix, prefixOf } from '../../ip/prefix.ts';
import { attributeByType } from './attribute/table.ts';
import { capabilityTable } from './capability/table.ts';
import { unicastFamily } from './family/table.ts';
import { sendsPathIds } from './nlri.ts';
import type { Capability, CodecContext, Message, Nlri, PathAttributes, UpdateMessage } from './types.ts';

const bothFamilies = ['ipv4-unicast', 'ipv6-unicast'] as const;

/** Any session; ADD-PATH is the same both ways, so that what goes out comes in. */
export const anyContext: fc.Arbitrary<CodecContext> = fc
  .record({
    fourOctetAsn: fc.boolean(),
    external: fc.boolean(),
    addPathFamilies: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.subarray([...bothFamilies])),
    extendedMessages: fc.boolean(),
    extendedNextHop: fc.subarray(['ipv4-unicast' as const]),
    enhancedRouteRefresh: fc.boolean(),
  })
  .map(({ addPathFamilies, ...context }) => ({
    ...context,
    families: bothFamilies,
    addPath: { receive: addPathFamilies, send: addPathFamilies },
    allowAsSet: true,
  }));

function bytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

/** fast-check makes records without a prototype, which deep comparison takes for another kind of object. */
function plain<T extends object>(values: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return values.map((value) => ({ ...value }));
}

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const asn = fc.oneof(
  fc.integer({ min: 1, max: 0xffff }),
  fc.integer({ min: 1, max: 0xffff_ffff }),
  fc.constantFrom(1, 23456, 65535, 65536, 0xffff_ffff),
);

function host(family: Family): fc.Arbitrary<Address> {
  const length = addressBits(family) / 8;
  const first = family === 4 ? fc.integer({ min: 1, max: 223 }) : fc.integer({ min: 1, max: 0xfd });
  return fc
    .tuple(first, bytes(length))
    .map(([byte, rest]) => ({ family, bytes: Uint8Array.of(byte, ...rest.subarray(1)) }));
}

const linkLocal: fc.Arbitrary<Address> = bytes(14).map((rest) => ({
  family: 6,
  bytes: Uint8Array.of(0xfe, 0x80, ...rest),
}));

function prefix(family: Family): fc.Arbitrary<Prefix> {
  const bits = addressBits(family);
  return fc
    .tuple(bytes(bits / 8), fc.nat(bits))
    .map(([address, length]) => prefixOf({ family, bytes: address }, length));
}

/** Where the family has path identifiers, the same prefix may come several times. */
function prefixes(family: Family, context: CodecContext): fc.Arbitrary<readonly Nlri[]> {
  if (!sendsPathIds(context, unicastFamily(family))) return plainPrefixes(family);
  return fc.tuple(plainPrefixes(family), u32).map(([list, first]) =>
    list.flatMap((one, index) => {
      const pathId = (first + index) % 2 ** 32;
      return index % 3 === 0
        ? [
            { ...one, pathId },
            { ...one, pathId: (pathId + 7) % 2 ** 32 },
          ]
        : [{ ...one, pathId }];
    }),
  );
}

function plainPrefixes(family: Family): fc.Arbitrary<readonly Prefix[]> {
  const few = { maxLength: 5, selector: ({ bytes: key, length }: Prefix) => `${key.join('.')}/${length}` };
  return fc.oneof(
    { weight: 20, arbitrary: fc.uniqueArray(prefix(family), few) },
    // Enough for several messages.
    {
      weight: 1,
      arbitrary: fc.integer({ min: 300, max: 1500 }).map((count) =>
        Array.from({ length: count }, (_, index) => {
          const address = new Uint8Array(addressBits(family) / 8);
          address.set([32, index >> 8, index & 0xff]);
          return prefixOf({ family, bytes: address }, 24);
        }),
      ),
    },
  );
}

const segment = plain(
  fc.record({
    kind: fc.constantFrom('sequence' as const, 'set' as const),
    asns: fc.array(asn, { minLength: 1, maxLength: 6 }),
  }),
);

/** Those that have no row in the table. */
const unknownCodes = Array.from({ length: 256 }, (_, code) => code).filter(
  (code) => !capabilityTable.some((row) => row.code === code),
);

const unknown = fc
  .uniqueArray(fc.integer({ min: 19, max: 255 }), { minLength: 1, maxLength: 3 })
  .chain((types) =>
    fc.tuple(
      ...types
        .filter((type) => attributeByType(type) === undefined)
        .map((type) => fc.uint8Array({ maxLength: 300 }).map((value) => ({ type, flags: 0xe0, bytes: value }))),
    ),
  )
  .map((list) => list.toSorted((a, b) => a.type - b.type))
  .filter((list) => list.length > 0);

/** Without what only internal peers exchange. */
const externalAttributes = fc.record(
  {
    originCode: fc.constantFrom('igp' as const, 'egp' as const, 'incomplete' as const),
    asPath: fc.array(segment, { maxLength: 4 }),
    multiExitDiscriminator: u32,
    atomicAggregate: fc.constant(true as const),
    aggregator: plain(fc.record({ asn, address: host(4) })),
    communities: fc.array(u32, { minLength: 1, maxLength: 100 }),
    largeCommunities: fc.uniqueArray(fc.tuple(u32, u32, u32), {
      minLength: 1,
      maxLength: 30,
      selector: (value) => value.join(':'),
    }),
    extendedCommunities: fc.array(fc.tuple(u32, u32), { minLength: 1, maxLength: 30 }),
    onlyToCustomer: u32,
    unknown,
  },
  { requiredKeys: ['originCode', 'asPath'] },
);

const internalAttributes = fc.record(
  {
    localPreference: u32,
    originatorId: host(4),
    clusterList: fc.array(host(4), { minLength: 1, maxLength: 5 }),
  },
  { requiredKeys: [] },
);

function attributes(context: CodecContext): fc.Arbitrary<PathAttributes> {
  return fc.tuple(externalAttributes, internalAttributes, fc.boolean()).map(([base, internal, isPartial]) => ({
    ...base,
    ...(context.external ? {} : internal),
    ...(isPartial && base.communities !== undefined ? { partial: [8] } : {}),
  }));
}

export function anyUpdate(context: CodecContext): fc.Arbitrary<UpdateMessage> {
  const parts = fc.record({
    withdrawn4: prefixes(4, context),
    withdrawn6: prefixes(6, context),
    reach4: prefixes(4, context),
    reach6: prefixes(6, context),
    nextHop4: context.extendedNextHop?.length === 1 ? fc.oneof(host(4), host(6)) : host(4),
    nextHop6: host(6),
    linkLocal: fc.option(linkLocal, { nil: undefined }),
    attributes: attributes(context),
  });
  return parts.map((part) => ({
    type: 'update',
    withdrawn: [
      { family: 'ipv4-unicast' as const, prefixes: part.withdrawn4 },
      { family: 'ipv6-unicast' as const, prefixes: part.withdrawn6 },
    ].filter((one) => one.prefixes.length > 0),
    reach: [
      { family: 'ipv4-unicast' as const, nextHop: part.nextHop4, prefixes: part.reach4 },
      {
        family: 'ipv6-unicast' as const,
        nextHop: part.nextHop6,
        ...(part.linkLocal && { linkLocalNextHop: part.linkLocal }),
        prefixes: part.reach6,
      },
    ].filter((reach) => reach.prefixes.length > 0),
    attributes: part.attributes,
    errors: [],
  }));
}

const family = fc.constantFrom('ipv4-unicast' as const, 'ipv6-unicast' as const);
const restartFamily = { family, forwardingPreserved: fc.boolean() };

const otherCapability: fc.Arbitrary<Capability> = fc.oneof(
  fc.constantFrom<Capability>(
    { kind: 'route-refresh' },
    { kind: 'enhanced-route-refresh' },
    { kind: 'extended-message' },
    { kind: 'extended-next-hop', families: ['ipv4-unicast'] },
    { kind: 'role', role: 'customer' },
    { kind: 'role', role: 'route-server' },
  ),
  family.map((name): Capability => ({ kind: 'multiprotocol', family: name })),
  plain(
    fc.record({
      kind: fc.constant('graceful-restart' as const),
      restarted: fc.boolean(),
      notification: fc.boolean(),
      restartTimeSeconds: fc.nat(4095),
      families: fc.array(plain(fc.record(restartFamily)), { maxLength: 3 }),
    }),
  ),
  plain(
    fc.record({
      kind: fc.constant('long-lived-graceful-restart' as const),
      families: fc.array(plain(fc.record({ ...restartFamily, staleTimeSeconds: fc.nat(0xffffff) })), { maxLength: 3 }),
    }),
  ),
  plain(
    fc.record({
      kind: fc.constant('add-path' as const),
      families: fc.array(
        plain(fc.record({ family, direction: fc.constantFrom('send' as const, 'receive' as const, 'both' as const) })),
        { maxLength: 3 },
      ),
    }),
  ),
  plain(
    fc.record({
      kind: fc.constant('unknown' as const),
      code: fc.constantFrom(...unknownCodes),
      bytes: fc.uint8Array({ maxLength: 255 }),
    }),
  ),
);

/** Everything but UPDATE: what one message says whole. */
export const anyOther: fc.Arbitrary<Message> = fc.oneof(
  fc
    .record({
      asn,
      withCapability: fc.boolean(),
      holdTimeSeconds: fc.constantFrom(0, 3, 9, 240, 65535),
      routerId: host(4),
      capabilities: fc.array(otherCapability, { maxLength: 8 }),
    })
    .map(({ withCapability, capabilities, ...open }): Message => {
      const own: Capability[] = withCapability || open.asn > 0xffff ? [{ kind: 'four-octet-asn', asn: open.asn }] : [];
      return { type: 'open', ...open, capabilities: [...capabilities, ...own] };
    }),
  fc.constant<Message>({ type: 'keepalive' }),
  fc
    .constantFrom('ipv4-unicast' as const, 'ipv6-unicast' as const)
    .map((family): Message => ({ type: 'route-refresh', family })),
  plain(
    fc.record({
      type: fc.constant('notification' as const),
      code: fc.nat(255),
      subcode: fc.nat(255),
      data: fc.uint8Array({ maxLength: 300 }),
    }),
  ),
  fc
    .constantFrom('ipv4-unicast' as const, 'ipv6-unicast' as const)
    .map((endOfRib): Message => ({ type: 'update', withdrawn: [], reach: [], attributes: {}, endOfRib, errors: [] })),
);
