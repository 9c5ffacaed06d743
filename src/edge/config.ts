/**
 * The edge's configuration file: read, checked whole, and named by its digest.
 *
 * Why checked again although the agent wrote it: a file can be cut short, mended by hand, or written by an older agent.
 * One that does not validate changes nothing.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Checked, Problem } from '../base/problem.ts';
import { type EdgeConfig, edgeConfigSchema } from '../feed/edge-config.ts';
import { canonicalHost } from './request/host.ts';

/** All but the domains, which may be a million. */
export type ConfigFacts = Omit<EdgeConfig, 'domains'>;

/** More would hide the first ones. */
const mostProblems = 50;
const domainsAtOnce = 5_000;
/** Domains and their services in turn, in pieces. */
export function* domainPieces(domains: Readonly<Record<string, string>>): Iterable<readonly string[]> {
  let piece: string[] = [];
  for (const domain in domains) {
    piece.push(domain, domains[domain] as string);
    if (piece.length >= domainsAtOnce * 2) {
      yield piece;
      piece = [];
    }
  }
  yield piece;
}

/**
 * Reads the file and checks it whole; Problems `edge.config-unreadable`, `edge.config-not-json`, `edge.config-invalid`,
 * `edge.domain-without-service`, `edge.domain-spelling`.
 */
export function readConfig(path: string): Checked<{ readonly config: EdgeConfig; readonly sha256: string }> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return failed([
      {
        code: 'edge.config-unreadable',
        severity: 'error',
        what: `the edge's configuration cannot be read: ${(error as Error).message}`,
        where: path,
        fix: 'give the path of the file that the agent writes, with `--config`',
      },
    ]);
  }
  const checked = checkConfig(bytes.toString('utf8'), path);
  if (!checked.ok) return checked;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { ok: true, value: { config: checked.value, sha256 }, warnings: [] };
}

/** Checks a configuration's text; `path` is for the problems' places. */
export function checkConfig(text: string, path: string): Checked<EdgeConfig> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return failed([
      {
        code: 'edge.config-not-json',
        severity: 'error',
        what: `the edge's configuration is not JSON: ${(error as Error).message}`,
        where: path,
        fix: 'have the agent write it anew',
      },
    ]);
  }
  const parsed = edgeConfigSchema.safeParse(json);
  if (!parsed.success) {
    return failed(
      parsed.error.issues.slice(0, mostProblems).map((issue) => ({
        code: 'edge.config-invalid',
        severity: 'error',
        what: `${issue.path.length === 0 ? 'the configuration' : `\`${issue.path.join('.')}\``}: ${issue.message}`,
        where: `${path}  ${issue.path.join('.')}`,
        fix: 'have the agent write it anew; agent and edge should be of one version',
      })),
    );
  }
  const problems = crossCheck(parsed.data, path);
  return problems.length > 0 ? failed(problems) : { ok: true, value: parsed.data, warnings: [] };
}

function failed(problems: readonly Problem[]): { ok: false; problems: readonly Problem[] } {
  return { ok: false, problems };
}

/** What no schema says: domains lead to services that exist, and are in the spelling that requests are looked up by. */
function crossCheck(config: EdgeConfig, path: string): Problem[] {
  const problems: Problem[] = [];
  const add = (problem: Omit<Problem, 'severity'>) => {
    if (problems.length < mostProblems) problems.push({ severity: 'error', ...problem });
  };
  for (const domain in config.domains) {
    const service = config.domains[domain] as string;
    const where = `${path}  domains.${domain}`;
    if (!Object.hasOwn(config.services, service)) {
      add({
        code: 'edge.domain-without-service',
        what: `the domain ${domain} leads to the service "${service}", which is not there`,
        where,
        fix: 'add the service, or take the domain out',
      });
    }
    const name = domain.startsWith('*.') ? domain.slice(2) : domain;
    if (canonicalHost(name) !== name) {
      add({
        code: 'edge.domain-spelling',
        what: `"${domain}" is not a domain in ASCII, lower case and without a trailing dot`,
        where,
        fix: 'write it as IDNA spells it; only the first label may be `*`',
      });
    }
  }
  return problems;
}
