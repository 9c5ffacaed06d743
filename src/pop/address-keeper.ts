/** Keeps the wanted addresses bound: tries again where it cannot, and remembers what is. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { type Problem, problemsOf } from '../base/problem.ts';
import type { AddressBinder } from './address.ts';

export interface AddressKeeper {
  /** From now on these are wanted. What is no longer wanted stays until `release`. */
  want(addresses: readonly string[]): void;
  isBound(address: string): boolean;
  /** Each wanted address was tried at least once. */
  settled(): boolean;
  /** Takes off what is not wanted; its route must be gone and nobody may listen on it. */
  release(): Promise<void>;
  problems(): readonly Problem[];
  stop(): void;
}

const retryMs = 5_000;

export function keepAddresses(options: {
  readonly binder: AddressBinder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onChange: () => void;
}): AddressKeeper {
  const { binder, clock, logger } = options;
  let wanted: readonly string[] = [];
  const bound = new Set<string>();
  const tried = new Set<string>();
  const problems = new Map<string, Problem>();
  let queue: Promise<void> = Promise.resolve();
  let cancelRetry = (): void => {};
  let stopped = false;

  async function bindWanted(): Promise<void> {
    for (const address of wanted) {
      if (bound.has(address) || stopped) continue;
      try {
        await binder.bind(address);
        bound.add(address);
        problems.delete(address);
      } catch (error) {
        const [problem] = problemsOf(error);
        if (problem !== undefined) problems.set(address, problem);
        logger.error({ problem }, 'cannot bind an address');
      }
      tried.add(address);
    }
    for (const address of [...problems.keys()]) if (!wanted.includes(address)) problems.delete(address);
    cancelRetry();
    if (problems.size > 0 && !stopped) cancelRetry = clock.after(retryMs, enqueue);
    if (!stopped) options.onChange();
  }

  /** One after the other: binding and unbinding of one address must not overtake each other. */
  function enqueue(): void {
    queue = queue.then(bindWanted);
  }

  return {
    want(addresses) {
      const more = addresses.some((address) => !tried.has(address) || !bound.has(address));
      wanted = addresses;
      if (more) enqueue();
    },
    isBound: (address) => bound.has(address),
    settled: () => wanted.every((address) => tried.has(address)),
    release() {
      queue = queue.then(async () => {
        for (const address of new Set([...bound, ...binder.bound()])) {
          if (wanted.includes(address)) continue;
          await binder.unbind(address);
          bound.delete(address);
          tried.delete(address);
        }
      });
      return queue;
    },
    problems: () => [...problems.values()],
    stop() {
      stopped = true;
      cancelRetry();
    },
  };
}
