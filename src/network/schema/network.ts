/**
 * The network file's schema: type, default, limit, unit, description and documentation of each field, in one place.
 *
 * Why strict: a key that nobody reads is a wish that nobody fulfils, and most often a misspelt one.
 * Not here: what needs more than one field to judge, see ../lint/.
 */
import { z } from 'zod';
import { bmpSchema } from './bmp.ts';
import { rpkiSchema } from './rpki.ts';
import { addressField, asnField, field, milliseconds, nameField, prefixField } from './scalars.ts';
import { popSchema } from './session.ts';

const prefixSchema = field(
  z.strictObject({
    prefix: prefixField,
    address: addressField(
      'either',
      'The anycast address inside the prefix that customers point their domains at.',
      '192.0.2.1',
    ),
  }),
  'A prefix to announce and the anycast address in it.',
  { expects: 'a map with prefix and address', example: { prefix: '192.0.2.0/24', address: '192.0.2.1' } },
);

const pathField = (description: string) =>
  field(z.string().regex(/^\/[!-~]*$/), description, {
    expects: 'a path that begins with /',
    example: '/healthz',
    code: 'network.path-syntax',
    fix: 'write a path without spaces, such as /healthz',
  });

const healthSchema = z.strictObject({
  edge: field(
    z.strictObject({
      http: pathField('The path that the agent asks of its edge.').default('/healthz'),
      intervalMs: milliseconds('Time between two checks.', { minimum: 50, maximum: 60_000 }, 500).default(500),
      timeoutMs: milliseconds(
        'A check without an answer after so long has failed.',
        { minimum: 20, maximum: 60_000 },
        400,
      ).default(400),
      rise: field(z.int().min(1).max(100), 'So many good checks in a row make the edge healthy.', {
        example: 2,
      }).default(2),
      fall: field(z.int().min(1).max(100), 'So many bad checks in a row make it unhealthy.', { example: 3 }).default(3),
    }),
    'How the agent checks its own edge.',
    { expects: 'a map' },
  ).prefault({}),
});

const originServerSchema = field(
  z.strictObject({
    region: field(z.string(), 'Where it stands: a region (us-east, eu), a city or an airport code.', {
      example: 'us-east',
    }),
    url: field(z.string(), 'Scheme, host and port: https://api-us.example.net', {
      example: 'https://api-us.example.net',
    }),
    health: pathField('A path to ask for, to find out whether the origin server is well.').optional(),
  }),
  'A server that answers for the service behind the edge.',
  { expects: 'a map with region and url', example: { region: 'eu', url: 'https://api-eu.example.net' } },
);

const serviceSchema = field(
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('static'),
      directory: field(z.string().min(1), 'The directory of the site, relative to this file.', { example: './site' }),
    }),
    z.strictObject({
      kind: z.literal('web'),
      originServers: field(
        z.array(originServerSchema).min(1).max(64),
        'Requests go to the healthy one nearest to the PoP.',
        {
          expects: 'a list of origin servers',
          example: [{ region: 'eu', url: 'https://api-eu.example.net' }],
          code: 'network.origin-servers',
          fix: 'name at least one { region, url }',
        },
      ),
    }),
  ]),
  'What domains lead to: a static site, or a web service on origin servers.',
  { expects: 'a map with kind: static or kind: web', example: { kind: 'static', directory: './site' } },
);

export const networkSchema = z
  .strictObject({
    network: field(nameField, "The network's name.", {
      expects: 'a name of lower-case letters, digits and hyphens, 63 at most',
      example: 'example',
      code: 'network.name',
      fix: 'use lower-case letters, digits and hyphens, such as example',
    }),
    asn: asnField('Your AS number: 64500, AS64500 or asdot, 1.10.'),
    registry: field(
      z.strictObject({
        rir: field(z.enum(['afrinic', 'apnic', 'arin', 'lacnic', 'ripe']), 'The Internet registry of your resources.', {
          example: 'arin',
        }),
        organization: field(z.string().min(1), "Your organization's handle there.", {
          example: 'EXAMPLE-1',
        }).optional(),
        maintainer: field(z.string().min(1), 'The maintainer of your objects there.', {
          example: 'MNT-EXAMPLE',
        }).optional(),
      }),
      'Where your ASN and prefixes are registered.',
      { expects: 'a map with rir, organization and maintainer' },
    ).optional(),
    prefixes: field(z.array(prefixSchema).min(1).max(64), 'What every PoP announces.', {
      expects: 'a list of { prefix, address }',
      example: [{ prefix: '192.0.2.0/24', address: '192.0.2.1' }],
      code: 'network.prefixes',
      fix: 'name at least one { prefix, address }',
    }),
    pops: field(z.record(nameField, popSchema), 'The points of presence by name.', {
      expects: 'a map from names to PoPs',
      example: { fra: { location: 'Frankfurt, DE' } },
    }),
    rpki: rpkiSchema.optional(),
    bmp: bmpSchema.optional(),
    edge: field(
      z.strictObject({
        httpPort: field(z.int().min(1).max(65535), 'The port that the edge listens on, on the anycast addresses.', {
          example: 80,
        }).default(80),
      }),
      'The edge on every PoP.',
      { expects: 'a map' },
    ).prefault({}),
    health: field(healthSchema, 'When a PoP counts as healthy.', { expects: 'a map' }).prefault({}),
    safety: field(
      z.strictObject({
        minimumAnnouncers: field(
          z.int().min(0).max(1000),
          'A failing health check never takes the number of PoPs that announce a prefix below this.',
          { example: 1 },
        ).default(1),
      }),
      'What no automatism may do.',
      { expects: 'a map' },
    ).prefault({}),
    drain: field(
      z.strictObject({
        depreferenceMs: milliseconds(
          'So long at most a draining PoP announces itself as the last choice before it withdraws.',
          { minimum: 0, maximum: 3_600_000 },
          5_000,
        ).default(5_000),
        quietMs: milliseconds(
          'So long at most it waits after the withdrawal for its last requests.',
          { minimum: 0, maximum: 3_600_000 },
          30_000,
        ).default(30_000),
      }),
      'How a PoP is taken out of service.',
      { expects: 'a map' },
    ).prefault({}),
    services: field(z.record(nameField, serviceSchema), 'Sites and web services by name.', {
      expects: 'a map from names to services',
      example: { docs: { kind: 'static', directory: './site' } },
    }).default({}),
    domains: field(
      z.record(
        z.string(),
        field(z.string(), 'The name of a service.', { expects: 'the name of a service', example: 'docs' }),
      ),
      'Which service answers for which domain; *.example.com stands for all names one label below.',
      { expects: 'a map from domains to services', example: { 'docs.example.com': 'docs' } },
    ).default({}),
  })
  .describe('A Nearcast network: one file describes the whole anycast network.');

/** A network file with its defaults filled in, each field valid by itself. */
export type NetworkDocument = z.output<typeof networkSchema>;
export type ServiceDocument = NetworkDocument['services'][string];
export type OriginServerDocument = z.output<typeof originServerSchema>;
