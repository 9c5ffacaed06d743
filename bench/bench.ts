/** What a benchmark is: a name, a run, and figures beside those of named peers in the same run. */

export interface BenchOptions {
  /** As a smoke test: a fraction of a second each, figures that mean nothing. */
  readonly small: boolean;
  /** Tells a person what goes on. */
  readonly say: (line: string) => void;
}

export interface Figure {
  /** `edge proxy, 1 KB` */
  readonly what: string;
  /** `Nearcast`, `nginx`, `plain Node` */
  readonly who: string;
  readonly value: number;
  readonly unit: string;
  /** Our value divided by this peer's in the same run; absent on our own row. */
  readonly ratio?: number;
  readonly aim?: string;
  /** Whether the aim is met; absent where there is none. */
  readonly met?: boolean;
}

export interface Bench {
  run(options: BenchOptions): Promise<readonly Figure[]>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
