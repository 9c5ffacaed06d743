/**
 * A bounded store of small bodies in memory, with the clock rule: what was used since the hand last passed stays.
 *
 * Why not an ordered list: marking a body as used must cost no more than writing a field, since each request does it.
 */

/** A place that a body can be kept in. */
export interface Slot {
  body: Buffer | string | undefined;
  used: boolean;
}

export interface Memory {
  /** Keeps `body` in `slot`, and lets go of others to make room. Returns whether it was small enough to keep. */
  keep(slot: Slot, body: Buffer): boolean;
  forget(slot: Slot): void;
  readonly usedBytes: number;
  readonly largestBytes: number;
}

/** Bodies up to this size are kept as Latin-1 text: one string with the head goes out in one cheap write. */
const asTextBelowBytes = 8 * 1024;

export function createMemory(limits: { readonly totalBytes: number; readonly largestBytes: number }): Memory {
  const ring = new Set<Slot>();
  let usedBytes = 0;

  function forget(slot: Slot): void {
    if (!ring.delete(slot)) return;
    usedBytes -= slot.body?.length ?? 0;
    slot.body = undefined;
  }

  return {
    keep(slot, body) {
      if (body.length > limits.largestBytes) return false;
      forget(slot);
      usedBytes += body.length;
      while (usedBytes > limits.totalBytes) {
        const oldest = ring.values().next().value;
        if (oldest === undefined) break;
        if (oldest.used) {
          oldest.used = false;
          ring.delete(oldest);
          ring.add(oldest);
        } else {
          forget(oldest);
        }
      }
      slot.body = body.length <= asTextBelowBytes ? body.toString('latin1') : body;
      slot.used = false;
      ring.add(slot);
      return true;
    },
    forget,
    get usedBytes() {
      return usedBytes;
    },
    largestBytes: limits.largestBytes,
  };
}
