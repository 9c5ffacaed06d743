/**
 * A rule: looks at a document whose fields are each valid by themselves, and finds what an experienced engineer would.
 *
 * Why findings name paths and no places: a rule knows the document, not the text it came from.
 */
import type { NetworkDocument } from '../schema/network.ts';
import type { SessionDocument } from '../schema/session.ts';
import type { Path } from '../yaml.ts';

/**
 * error · warning · lab-only: a warning, with `--production` an error · production-only: nothing but with `--production`
 * an error, since it is how every lab looks.
 */
export type Level = 'error' | 'warning' | 'lab-only' | 'production-only';

export interface Finding {
  readonly code: string;
  readonly level: Level;
  readonly what: string;
  readonly fix?: string;
  readonly source?: string;
  readonly path: Path;
  /** Whether the key or its value is at fault; the value where not said. */
  readonly at?: 'key' | 'value';
}

/** Looks at directories; a path is as in the file, relative to it. */
export interface SiteFiles {
  readonly kindOf: (path: string) => 'directory' | 'other' | 'missing' | 'unreadable';
}

export interface LintContext {
  readonly document: NetworkDocument;
  readonly production: boolean;
  readonly files?: SiteFiles;
  /** The names under a top-level key as they stand in the file, those of faulty parts too. */
  readonly declared: (key: 'pops' | 'services' | 'domains') => readonly string[];
  /** False where the schema has refused a part at, above or below `path`: then the absence of something proves nothing. */
  readonly intact: (...path: Path) => boolean;
}

export interface Rule {
  /** What the rule sees to, in a line. */
  readonly name: string;
  /** All codes that it may find. */
  readonly codes: readonly string[];
  readonly find: (context: LintContext) => Iterable<Finding>;
}

export interface SessionAt {
  readonly pop: string;
  readonly index: number;
  readonly session: SessionDocument;
  readonly path: Path;
}

export function* sessionsOf(document: NetworkDocument): Generator<SessionAt> {
  for (const [pop, { sessions }] of Object.entries(document.pops)) {
    for (const [index, session] of sessions.entries()) {
      yield { pop, index, session, path: ['pops', pop, 'sessions', index] };
    }
  }
}
