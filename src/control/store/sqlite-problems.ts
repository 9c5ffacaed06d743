/** Turns SQLite's result codes into problems that say what to do: a full disk, a second control, a broken file. */
import { exitCode } from '../../base/exit-codes.ts';
import { ProblemError } from '../../base/problem.ts';

interface Advice {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
}

const locked: Advice = {
  code: 'control.store-locked',
  what: 'the store is in use by another control',
  fix: 'stop the other control first, or give this one its own --state directory',
};
const corrupt: Advice = {
  code: 'control.store-corrupt',
  what: 'the store is damaged, or no Nearcast store',
  fix: 'restore it from a backup, or move it away: control then makes a new one from the network file (drains are lost)',
};
const unwritable: Advice = {
  code: 'control.store-unwritable',
  what: 'the store cannot be written',
  fix: 'give the user that runs control read and write permission on the state directory and all files in it',
};
const ioError: Advice = {
  code: 'control.store-io',
  what: 'the disk under the store fails',
  fix: 'look into the system log for disk errors; what was stored before is untouched',
};
const full: Advice = {
  code: 'control.store-full',
  what: 'the disk under the store is full; nothing was changed',
  fix: 'free some space and try again',
};

/** https://www.sqlite.org/rescode.html, the primary codes. */
const byResultCode: ReadonlyMap<number, Advice> = new Map([
  [3, unwritable],
  [5, locked],
  [6, locked],
  [8, unwritable],
  [10, ioError],
  [11, corrupt],
  [13, full],
  [14, unwritable],
  [26, corrupt],
]);

/** The problem that an error of node:sqlite stands for; any other error as it is. */
export function storeError(error: unknown, path: string): unknown {
  const resultCode = (error as { errcode?: unknown } | null)?.errcode;
  // The low byte is the primary code, the rest tells the variant.
  const advice = typeof resultCode === 'number' ? byResultCode.get(resultCode & 0xff) : undefined;
  return advice === undefined ? error : storeProblem(advice, path, error);
}

export function corruptStore(path: string, detail: string): ProblemError {
  return storeProblem(corrupt, path, new Error(detail));
}

function storeProblem(advice: Advice, path: string, cause: unknown): ProblemError {
  const detail = cause instanceof Error ? ` (${cause.message})` : '';
  return new ProblemError(
    [{ severity: 'error', code: advice.code, what: advice.what + detail, where: path, fix: advice.fix }],
    exitCode.failure,
  );
}
