/** Waits for a condition with a deadline; the only place where a test lets time pass. */

/**
 * Calls `probe` until it returns a value that is neither `undefined`, `null` nor `false`, and returns that value.
 * A probe that throws counts as not yet; after `deadlineMs` the last reason is in the error.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  deadlineMs = 10_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + deadlineMs;
  let reason = '';
  for (;;) {
    const started = performance.now();
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value as NonNullable<Exclude<T, false>>;
      reason = '';
    } catch (error) {
      reason = ` (last error: ${error instanceof Error ? error.message : String(error)})`;
    }
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}${reason}`);
    // A probe that costs (a router's command, a table to be parsed) must not take the machine from what it waits for.
    const pauseMs = Math.max(10, 2 * (performance.now() - started));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
