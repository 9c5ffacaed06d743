/** Work that takes long: one line of progress on a terminal, and Ctrl-C ends it with what there is. */
import { systemClock } from '../../base/clock.ts';

/** The first Ctrl-C asks for the end; a second one takes its usual course. */
export function watchInterrupt(): { readonly asked: () => boolean; readonly end: () => void } {
  let asked = false;
  const listener = (): void => {
    asked = true;
  };
  process.once('SIGINT', listener);
  return { asked: () => asked, end: () => process.off('SIGINT', listener) };
}

/** Five times a second, on standard error. */
export function progressLine(all: number, what: string) {
  let shown = Number.NEGATIVE_INFINITY;
  return {
    show: (done: number): void => {
      if (process.stderr.isTTY !== true || systemClock.now() - shown < 200) return;
      shown = systemClock.now();
      process.stderr.write(`\r\u001b[K${Math.min(done, all)} of ${all} ${what}`);
    },
    end: (): void => {
      if (Number.isFinite(shown)) process.stderr.write('\r\u001b[K');
    },
  };
}

/** Lets signals be heard between two parts of the work. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
