/**
 * RPKI and what is received, as the network file writes them: which caches validate, and what a session does with routes.
 *
 * Why accepting is a wish of its own: a PoP announces, and needs no route of its neighbours to serve. Accepted routes go into
 * the PoP's own table, for people to look at; they are passed on to nobody and never reach the kernel.
 */
import { z } from 'zod';
import { type Fault, parsed } from './hints.ts';
import { hostField, readHost } from './host.ts';
import { field } from './scalars.ts';

const invalidChoice = z.enum(['reject', 'depreference', 'accept']);
export type InvalidChoice = z.output<typeof invalidChoice>;

function fileField(description: string, example: string) {
  const read = (path: string): string | Fault => {
    if (/^\/[^\0\n]+$/.test(path)) return path;
    // Somebody may have pasted a key, which must not be printed.
    const what = /-----BEGIN|\n/.test(path) ? 'the PEM itself stands here' : `"${path}" is no absolute path`;
    return { code: 'network.file-path', what, fix: `give the path of a file on the PoP's machine, such as ${example}` };
  };
  return field(
    parsed<string>(z.string(), (value) => read(String(value))),
    description,
    { expects: 'the absolute path of a file', example },
  );
}

const tlsSchema = field(
  z.union([
    z.boolean(),
    z.strictObject({
      serverName: field(
        parsed<string>(z.string(), (value) => readHost(String(value), 'rtr.example.net')),
        "The name in the cache's certificate, where it is not the host.",
        { expects: 'a name or an IP address', example: 'rtr.example.net' },
      ).optional(),
      ca: fileField(
        "PEM of the authority that signed the cache's certificate, instead of the system's.",
        '/etc/nearcast/rtr-ca.pem',
      ).optional(),
      certificate: fileField(
        'PEM of the certificate that we show, where the cache asks.',
        '/etc/nearcast/rtr-client.pem',
      ).optional(),
      privateKey: fileField("PEM of that certificate's key.", '/etc/nearcast/rtr-client.key').optional(),
    }),
  ]),
  'Speak TLS with the cache (RFC 8210 §9.2); files are on the machine of each PoP.',
  { expects: 'true, or a map with serverName, ca, certificate and privateKey', example: true },
);

const cacheSchema = field(
  z.strictObject({
    host: hostField('rtr.example.net'),
    port: field(z.int().min(1).max(65535), 'The TCP port; 323 where not given, with TLS 324.', {
      example: 3323,
    }).optional(),
    tls: tlsSchema.optional(),
  }),
  'An RPKI cache: the RTR server of a validator.',
  { expects: 'a map with host', example: { host: '10.0.0.1', port: 3323 } },
);
export type CacheDocument = z.output<typeof cacheSchema>;

export const rpkiSchema = field(
  z.strictObject({
    caches: field(z.array(cacheSchema).min(1).max(16), 'In order of preference: the next is asked where one fails.', {
      expects: 'a list of caches',
      example: [{ host: '10.0.0.1', port: 3323 }],
      code: 'network.rpki-caches',
      fix: 'name at least one { host, port }',
    }),
    invalid: field(
      invalidChoice,
      'What sessions that accept routes do with invalid ones: reject, depreference (use where nothing else is there) or accept.',
      { example: 'reject' },
    ).default('reject'),
    aspa: field(z.boolean(), 'Check AS paths by ASPA, too; one that is invalid counts as an invalid route.', {
      example: true,
    }).default(false),
  }),
  'Validation of received routes by RPKI (RFC 6811), on every PoP.',
  { expects: 'a map with caches', example: { caches: [{ host: '10.0.0.1', port: 3323 }] } },
);
export type RpkiDocument = z.output<typeof rpkiSchema>;

export const receiveSchema = field(
  z.strictObject({
    accept: field(
      z.enum(['none', 'all']),
      'none: what the neighbor sends can be looked at, and no more; all: it goes into the table of this PoP, but to nobody else.',
      { example: 'all' },
    ).default('none'),
    rpkiInvalid: field(invalidChoice, 'What to do with invalid routes here, instead of what rpki.invalid says.', {
      example: 'reject',
    }).optional(),
  }),
  'What becomes of the routes that the neighbor sends.',
  { expects: 'a map with accept', example: { accept: 'all' } },
);
export type ReceiveDocument = z.output<typeof receiveSchema>;
