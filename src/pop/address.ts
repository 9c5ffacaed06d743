/**
 * Binds the anycast addresses to an interface, and takes them off again, with `ip` of iproute2.
 *
 * Why a list on disk: an agent that crashed left its addresses bound, which is right, as its edge serves on. The next agent
 * must know that they are its own to remove; an address that somebody else put there is never removed.
 * Without an interface nothing is done: the addresses are then managed outside.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';
import type { Logger } from '../base/log.ts';
import { fail } from '../base/problem.ts';

export interface AddressBinder {
  /** Makes the address one of this machine's; throws a `ProblemError` (`agent.address-not-bound`). */
  bind(address: string): Promise<void>;
  /** Takes it off where we put it there. Never throws: an address too many harms nobody once its route is gone. */
  unbind(address: string): Promise<void>;
  /** The addresses that we put there, now or in an earlier life. */
  bound(): readonly string[];
}

export const addressesManagedOutside: AddressBinder = {
  bind: async () => {},
  unbind: async () => {},
  bound: () => [],
};

/** Runs `ip` with these arguments and returns what it printed. */
export type IpCommand = (args: readonly string[]) => Promise<string>;

export const ipCommand: IpCommand = async (args) => {
  const { stdout } = await promisify(execFile)('ip', [...args], { timeout: 10_000 });
  return stdout;
};

const boundFileSchema = z.strictObject({ interface: z.string(), addresses: z.array(z.string()) });
const shownSchema = z.array(z.object({ addr_info: z.array(z.object({ local: z.string().optional() })).default([]) }));

export function bindAddressesTo(options: {
  readonly interface: string;
  readonly stateDirectory: string;
  readonly logger: Logger;
  readonly ip: IpCommand;
}): AddressBinder {
  const { ip, logger } = options;
  const path = join(options.stateDirectory, 'addresses.json');
  const ours = new Set(remembered(path, options.interface));

  function remember(): void {
    try {
      writeFileAtomic(path, `${JSON.stringify({ interface: options.interface, addresses: [...ours] })}\n`);
    } catch (error) {
      logger.error({ err: error }, 'cannot write down which addresses were bound');
    }
  }

  async function present(address: string): Promise<boolean> {
    const shown = shownSchema.parse(JSON.parse(await ip(['-json', 'address', 'show', 'dev', options.interface])));
    return shown.some(({ addr_info }) => addr_info.some(({ local }) => local === address));
  }

  return {
    async bind(address) {
      try {
        if (await present(address)) return;
        ours.add(address);
        remember(); // before it is bound: better to remove one that never was than to leave one for ever
        // `nodad`: the same address is on purpose at every PoP, and detection would delay it (RFC 4862 §5.4).
        const flags = address.includes(':') ? ['nodad'] : [];
        await ip(['address', 'replace', hostPrefix(address), 'dev', options.interface, ...flags]);
        logger.info({ address, interface: options.interface }, 'bound the anycast address');
      } catch (error) {
        fail({
          code: 'agent.address-not-bound',
          what: `${address} cannot be bound to ${options.interface}: ${lastLine(error)}`,
          where: address,
          fix: 'run the agent with the capability CAP_NET_ADMIN, check the name of the interface, or bind the address yourself and leave out --bind-interface',
        });
      }
    },
    async unbind(address) {
      if (!ours.has(address)) return;
      try {
        await ip(['address', 'del', hostPrefix(address), 'dev', options.interface]);
        logger.info({ address, interface: options.interface }, 'unbound the anycast address');
      } catch (error) {
        logger.warn({ address, why: lastLine(error) }, 'cannot unbind the anycast address');
      }
      ours.delete(address);
      remember();
    },
    bound: () => [...ours],
  };
}

function hostPrefix(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

function remembered(path: string, name: string): string[] {
  try {
    const parsed = boundFileSchema.safeParse(JSON.parse(readFileIfThere(path) ?? 'null'));
    return parsed.success && parsed.data.interface === name ? parsed.data.addresses : [];
  } catch {
    return [];
  }
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr ?? '').trim().split('\n').at(-1) || message;
}
