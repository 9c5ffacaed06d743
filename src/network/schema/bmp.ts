/**
 * BMP, as the network file writes it: the monitoring stations that every PoP tells of its sessions and tables (RFC 7854).
 *
 * Why network-wide: whoever looks at the tables of an anycast network wants those of all its PoPs side by side.
 */
import { z } from 'zod';
import { sendableRibs } from '../../bgp/bmp/sender/types.ts';
import { secretReferenceSchema } from '../secret-reference.ts';
import { hostField } from './host.ts';
import { field } from './scalars.ts';

const stationSchema = field(
  z.strictObject({
    host: hostField('bmp.example.net'),
    port: field(z.int().min(1).max(65535), 'The TCP port; 11019 where not given.', { example: 11019 }).default(11019),
    password: field(
      secretReferenceSchema,
      'Where the agent finds a TCP MD5 password (RFC 2385) for the station: in its environment or a file.',
      {
        expects: '{ env: NAME } or { file: PATH }',
        example: { env: 'BMP_PASSWORD' },
        code: 'network.password-literal',
        fix: 'put the password into an environment variable of the agent and write password: { env: BMP_PASSWORD }',
        secret: true,
      },
    ).optional(),
  }),
  'A monitoring station.',
  { expects: 'a map with host', example: { host: '10.0.0.1', port: 11019 } },
);

export const bmpSchema = field(
  z.strictObject({
    stations: field(z.array(stationSchema).min(1).max(8), 'Each is told everything, by each PoP itself.', {
      expects: 'a list of stations',
      example: [{ host: '10.0.0.1', port: 11019 }],
      code: 'network.bmp-stations',
      fix: 'name at least one { host, port }',
    }),
    tables: field(
      z.array(z.enum(sendableRibs)).min(1),
      'What neighbors sent, before and behind import policy; what they were told; the routes in use. All where not given.',
      {
        expects: `a list of tables: ${sendableRibs.join(', ')}`,
        example: ['adj-rib-in-pre-policy', 'adj-rib-out-post-policy'],
        code: 'network.bmp-tables',
        fix: 'name at least one table, or take the line out: then all are told',
      },
    ).default([...sendableRibs]),
    statisticsSeconds: field(z.int().min(0).max(86_400), 'Time between two reports of counters; 0: none.', {
      unit: 's',
      example: 60,
    }).default(60),
  }),
  'Stations that every PoP tells of its BGP sessions and tables (BMP, RFC 7854).',
  { expects: 'a map with stations', example: { stations: [{ host: '10.0.0.1', port: 11019 }] } },
);
export type BmpDocument = z.output<typeof bmpSchema>;
