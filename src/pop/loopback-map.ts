/**
 * The loopback map: where sessions and addresses of the network really are when the whole network runs on one machine.
 *
 * Why: without privileges nobody can bind 192.0.2.1 or tell peers apart by address, so on loopback a port stands for an
 * address. A file that names ports keeps everything else in the agent as in production.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { fail, type Problem } from '../base/problem.ts';
import type { PopIntent } from '../network/intent.ts';

const placeSchema = z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65535) });

export const loopbackMapSchema = z.strictObject({
  /** Session name → where to connect instead of to its neighbour. */
  sessions: z.record(z.string(), placeSchema),
  /** Anycast address → where the edge listens for it. */
  listen: z.record(z.string(), placeSchema),
});
export type LoopbackMap = z.infer<typeof loopbackMapSchema>;

/** Problem: `agent.loopback-map`. */
export function readLoopbackMap(file: string): LoopbackMap {
  const fix =
    'write {"sessions":{"fra/0/ipv4":{"host":"127.0.0.1","port":10179}},"listen":{"192.0.2.1":{"host":"127.0.0.1","port":10080}}}';
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    fail({
      code: 'agent.loopback-map',
      what: `the loopback map cannot be read: ${(error as Error).message}`,
      where: file,
      fix,
    });
  }
  const parsed = loopbackMapSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const what = `the loopback map is not one: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`;
  return fail({ code: 'agent.loopback-map', what, where: file, fix });
}

/** Addresses of the intent that the map does not know: they cannot be served, so their prefixes are not announced. */
export function unplacedAddresses(intent: PopIntent | undefined, loopback: LoopbackMap | undefined): Problem[] {
  if (intent === undefined || loopback === undefined) return [];
  return intent.addresses
    .filter(({ address }) => loopback.listen[address] === undefined)
    .map(({ address }) => ({
      code: 'agent.loopback-map-address',
      severity: 'error',
      what: `the loopback map has no place for ${address}; its prefix is not announced`,
      where: address,
      fix: `add ${JSON.stringify(address)} to "listen" in the loopback map`,
    }));
}
