/** A directory that lives as long as a test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export function temporaryDirectory(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-test-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
