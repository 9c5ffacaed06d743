/**
 * Takes one file out of the newest version of an npm package, and trusts it only where its hash is the registry's.
 *
 * Why the registry and not the npm command: a machine that runs Nearcast need not have npm, and of 19 megabytes one file is wanted.
 * The package is unpacked as data; nothing of it is ever run.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import { exitCode } from '../../base/exit-codes.ts';
import { fail } from '../../base/problem.ts';
import { UnpackError, unpackedChunks } from '../../base/unpacked-chunks.ts';
import { download, get } from './download.ts';
import { fileOfTar, TarError } from './tar.ts';

/** The registry that npm is set up with on this machine. Problem: `internet.no-registry`, where there is no npm to ask. */
export async function configuredRegistry(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  if (env.npm_config_registry !== undefined) return env.npm_config_registry;
  const answer = await promisify(execFile)('npm', ['config', 'get', 'registry'], { env }).catch(() => undefined);
  const registry = answer?.stdout.trim();
  if (registry !== undefined && URL.canParse(registry)) return registry;
  return fail({
    code: 'internet.no-registry',
    what: 'the places come from an npm registry, and there is no npm here that knows one',
    fix: 'give --registry URL',
  });
}

export interface PackageVersion {
  readonly name: string;
  readonly version: string;
  readonly tarball: string;
  /** `sha512-…` as in Subresource Integrity, or a hex SHA-1 of old packages. */
  readonly hash: { readonly algorithm: 'sha512' | 'sha1'; readonly digest: string };
}

/** The newest version. Problems: `internet.fetch-failed`, `internet.registry-answer`. */
export async function newestVersion(registry: string, name: string, signal: AbortSignal): Promise<PackageVersion> {
  const base = registry.endsWith('/') ? registry : `${registry}/`;
  const url = `${base}${name.replace('/', '%2f')}`;
  const limit = (): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
  const headers = { accept: 'application/json' };
  let response = await get(`${url}/latest`, headers, limit());
  let manifest = response.ok ? await jsonOf(response, url) : undefined;
  // Some mirrors know only the whole document of a package.
  if (manifest === undefined) {
    response = await get(url, { accept: 'application/vnd.npm.install-v1+json, application/json' }, limit());
    if (!response.ok) badAnswer(url, `the registry answered ${response.status} ${response.statusText}`);
    const whole = (await jsonOf(response, url)) as {
      'dist-tags'?: { latest?: string };
      versions?: Record<string, unknown>;
    };
    manifest = whole?.versions?.[whole?.['dist-tags']?.latest ?? ''];
  }
  const { version, dist } = (manifest ?? {}) as {
    version?: unknown;
    dist?: { tarball?: unknown; integrity?: unknown; shasum?: unknown };
  };
  if (typeof version !== 'string' || !/^[\w.+-]{1,60}$/.test(version) || typeof dist?.tarball !== 'string')
    badAnswer(url, 'what it answered describes no package');
  const { tarball, integrity, shasum } = dist as { tarball: string; integrity?: unknown; shasum?: unknown };
  const [, sha512] = typeof integrity === 'string' ? (/\bsha512-([A-Za-z0-9+/=]+)/.exec(integrity) ?? []) : [];
  if (sha512 === undefined && typeof shasum !== 'string') badAnswer(url, 'it gives no hash of the package');
  return {
    name,
    version: version as string,
    tarball: atRegistry(tarball, base),
    hash:
      sha512 === undefined
        ? { algorithm: 'sha1', digest: Buffer.from(shasum as string, 'hex').toString('base64') }
        : { algorithm: 'sha512', digest: sha512 },
  };
}

/** A mirror may pass on the addresses of the registry behind it: packages come from the mirror all the same, and are held against their hash. */
function atRegistry(tarball: string, registry: string): string {
  const url = URL.canParse(tarball) ? new URL(tarball) : badAnswer(registry, `"${tarball}" is no address`);
  // `/name/-/name-1.0.0.tgz` is where registries keep packages; anything else is a store of files that the registry meant.
  if (url.host === new URL(registry).host || !url.pathname.includes('/-/')) return url.href;
  return new URL(`.${url.pathname}`, registry).href;
}

export interface PackageFile {
  readonly of: PackageVersion;
  /** In the package: `asn-ipv4.csv`. */
  readonly path: string;
  /** Where to put it. */
  readonly file: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress?: (bytes: number, all: number | undefined) => void;
}

/** Problems: those of `download`; `internet.package-damaged`, where it is not what the registry describes. */
export async function fetchPackageFile({ of, path, file, onProgress, ...options }: PackageFile): Promise<void> {
  const archive = join(file, '..', `.${of.name.replaceAll(/\W+/g, '-')}-${of.version}.tgz`);
  const progress = onProgress === undefined ? {} : { onProgress };
  if (!existsSync(archive) || (await digestOf(archive, of)) !== of.hash.digest) {
    rmSync(archive, { force: true });
    await download({ url: of.tarball, file: archive, ...options, ...progress });
  }
  try {
    const digest = await digestOf(archive, of);
    if (digest !== of.hash.digest)
      damaged(of, `its ${of.hash.algorithm} hash is ${digest}; the registry says ${of.hash.digest}`);
    const part = `${file}.new`;
    const out = await open(part, 'w', 0o644);
    try {
      const chunks = unpackedChunks(archive, { stdin: new PassThrough() });
      for await (const piece of fileOfTar(chunks, `package/${path}`)) await out.write(piece);
    } finally {
      await out.close();
    }
    renameSync(part, file);
  } catch (error) {
    rmSync(`${file}.new`, { force: true });
    if (error instanceof TarError || error instanceof UnpackError) damaged(of, error.message);
    throw error;
  } finally {
    rmSync(archive, { force: true });
  }
}

async function digestOf(file: string, { hash }: PackageVersion): Promise<string> {
  const hashing = createHash(hash.algorithm);
  for await (const chunk of createReadStream(file)) hashing.update(chunk as Uint8Array);
  return hashing.digest('base64');
}

async function jsonOf(response: Response, url: string): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    return badAnswer(url, `what it answered is no JSON: ${(error as Error).message}`);
  }
}

function badAnswer(url: string, what: string): never {
  return fail(
    {
      code: 'internet.registry-answer',
      what: `the npm registry is of no help: ${what}`,
      where: url,
      fix: 'name a registry that has the package by --registry, or make the table yourself: docs/internet-data.md',
    },
    exitCode.unreachable,
  );
}

function damaged({ name, version, tarball }: PackageVersion, what: string): never {
  return fail({
    code: 'internet.package-damaged',
    what: `${name} ${version} is not what its registry describes: ${what}`,
    where: tarball,
    fix: 'run the command again; if it stays so, somebody on the way changes what you download',
  });
}
