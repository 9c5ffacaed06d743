/**
 * Takes faulty parts out of a plain value, so that the rules can still judge the healthy rest of a file.
 *
 * Why: an operator who has made ten mistakes wants to hear of ten, not of the three that the first pass can see.
 * Array elements that go leave the indices behind them shifted; `original` translates paths back.
 */
import type { Path } from './yaml.ts';

export interface Pruned {
  readonly value: unknown;
  /** The path in the original value of a path in the pruned one. */
  readonly original: (path: Path) => Path;
}

interface Cut {
  removed: boolean;
  readonly below: Map<string, Cut>;
}

/** A copy of `value` without what stands at `paths`; nothing shared with it is changed. The empty path removes all. */
export function prune(value: unknown, paths: readonly Path[]): Pruned {
  const root: Cut = { removed: false, below: new Map() };
  for (const path of paths) {
    let cut = root;
    for (const step of path) {
      const next = cut.below.get(String(step)) ?? { removed: false, below: new Map() };
      cut.below.set(String(step), next);
      cut = next;
    }
    cut.removed = true;
  }
  return {
    value: root.removed ? undefined : without(value, root),
    original: (path) => translate(value, root, path),
  };
}

function without(value: unknown, cut: Cut): unknown {
  if (cut.below.size === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => {
      const below = cut.below.get(String(index));
      if (below === undefined) return [item];
      return below.removed ? [] : [without(item, below)];
    });
  }
  const kept = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
    const below = cut.below.get(key);
    if (below === undefined) return [[key, item]];
    return below.removed ? [] : [[key, without(item, below)]];
  });
  return Object.fromEntries(kept);
}

function translate(value: unknown, root: Cut, path: Path): Path {
  let cut: Cut | undefined = root;
  let at = value;
  return path.map((step) => {
    const original: string | number = Array.isArray(at) && typeof step === 'number' ? indexBefore(cut, step) : step;
    at = (at as Record<string | number, unknown> | undefined)?.[original];
    cut = cut?.below.get(String(original));
    return original;
  });
}

function indexBefore(cut: Cut | undefined, index: number): number {
  let kept = -1;
  let original = -1;
  while (kept < index) {
    original++;
    if (cut?.below.get(String(original))?.removed !== true) kept++;
  }
  return original;
}
