/** What the network file's `bmp` means for one PoP: under which name it tells which stations of which tables. */
import { z } from 'zod';
import { sendableRibs } from '../bgp/bmp/sender/types.ts';
import type { BmpDocument } from './schema/bmp.ts';
import { secretReferenceSchema } from './secret-reference.ts';

export const bmpIntentSchema = z.strictObject({
  /** Names the PoP to stations, which hear of others of this network and of other networks, too. */
  sysName: z.string().min(1),
  stations: z
    .array(
      z.strictObject({
        host: z.string().min(1),
        port: z.int().min(1).max(65535),
        password: secretReferenceSchema.optional(),
      }),
    )
    .min(1),
  tables: z.array(z.enum(sendableRibs)).min(1),
  /** 0: none are told. */
  statisticsSeconds: z.int().min(0),
});
export type BmpIntent = z.infer<typeof bmpIntentSchema>;

export function compileBmp(bmp: BmpDocument, names: { readonly network: string; readonly pop: string }): BmpIntent {
  const { stations, tables, statisticsSeconds } = bmp;
  return {
    sysName: `${names.pop}.${names.network}`,
    stations: stations.map(({ host, port, password }) => ({ host, port, ...(password && { password }) })),
    tables: sendableRibs.filter((table) => tables.includes(table)),
    statisticsSeconds,
  };
}
