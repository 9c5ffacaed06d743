/** Files that a command writes where the operator said: a full disk or a directory that is not there is told, and is no crash. */
import { fail, ProblemError } from '../../base/problem.ts';

/** Does `work`, which writes to `path`. Problem: `file.unwritable`. */
export async function writingTo<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError || (error as NodeJS.ErrnoException).code === undefined) throw error;
    // Without the system call and its file, which is one beside that the operator never named.
    const reason = (error as Error).message.replace(/, [a-z]+( '.*)?$/, '');
    return fail({
      code: 'file.unwritable',
      what: `it cannot be written: ${reason}`,
      where: path,
      fix: 'name a place in a directory that exists, may be written and has room',
    });
  }
}
