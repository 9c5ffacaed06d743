/** What a vantage (a place from which the network is watched) sees of the anycast address: `PUT /api/v1/vantages`, whole. */
import { z } from 'zod';

export const vantageReportSchema = z.strictObject({
  name: z.string(),
  /** Where a client on this machine reaches the anycast address as this vantage's network would. */
  url: z.string(),
  /** The PoP that the best path ends at; null where the address is not reachable. */
  pop: z.string().nullable(),
  /** The ASes crossed, the vantage's own first, ours last. */
  asPath: z.array(z.int()),
  roundTripMs: z.number().nullable(),
});
export const vantageListSchema = z.array(vantageReportSchema);
export type VantageReport = z.infer<typeof vantageReportSchema>;
