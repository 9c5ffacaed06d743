/**
 * What a search may change: PoPs on or off, sessions on or off, prepends, and whom a session avoids; all as differences from
 * the network file, so that a plan can say what to write there.
 */
import type { LocatedSession } from '../deployment/deployment.ts';

/** One session as a set-up has it. */
export interface SessionSetup {
  readonly on: boolean;
  readonly prepend: number;
  /** ASNs, ascending. */
  readonly avoid: readonly number[];
}

/** By session, in the order of the space. */
export type Setup = readonly SessionSetup[];

export type Vary = 'pops' | 'sessions' | 'prepends' | 'avoid';

export interface SearchSpace {
  readonly sessions: readonly LocatedSession[];
  readonly popNames: readonly string[];
  /** As the network file has it. */
  readonly today: Setup;
  readonly vary: ReadonlySet<Vary>;
  readonly maximumPrepend: number;
  /** Whom a session may be told to avoid: those that its announcement reaches first. By session. */
  readonly avoidable: readonly (readonly number[])[];
}

export function spaceOf(input: Omit<SearchSpace, 'today'>): SearchSpace {
  const today = input.sessions.map(({ announce }) => ({
    on: true,
    prepend: announce.prepend,
    avoid: [...announce.avoid].sort((a, b) => a - b),
  }));
  return { ...input, today };
}

/** Every set-up that is one change away. */
export function neighborsOf(setup: Setup, space: SearchSpace): readonly Setup[] {
  const { sessions, vary, maximumPrepend, avoidable } = space;
  const found: Setup[] = [];
  const change = (index: number, part: Partial<SessionSetup>): void => {
    found.push(setup.map((session, at) => (at === index ? { ...session, ...part } : session)));
  };
  if (vary.has('pops')) {
    for (const pop of space.popNames.keys()) {
      const of = sessions.flatMap((session, index) => (session.pop === pop ? [index] : []));
      if (of.length === 0 || (of.length === 1 && vary.has('sessions'))) continue; // the same as its only session
      const on = of.some((index) => setup[index]?.on === true);
      found.push(setup.map((session, at) => (of.includes(at) ? { ...session, on: !on } : session)));
    }
  }
  for (const [index, { on, prepend, avoid }] of setup.entries()) {
    if (vary.has('sessions')) change(index, { on: !on });
    if (!on) continue;
    if (vary.has('prepends')) {
      if (prepend > 0) change(index, { prepend: prepend - 1 });
      if (prepend < maximumPrepend) change(index, { prepend: prepend + 1 });
    }
    if (!vary.has('avoid')) continue;
    for (const asn of avoidable[index] ?? []) {
      const without = avoid.filter((other) => other !== asn);
      change(index, { avoid: without.length < avoid.length ? without : [...avoid, asn].sort((a, b) => a - b) });
    }
  }
  return found;
}

/** How many set-ups there are; infinite beyond 2^53. */
export function sizeOf({ sessions, popNames, vary, maximumPrepend, avoidable, today }: SearchSpace): number {
  const perSession = sessions.map(
    (_, index) =>
      (vary.has('prepends') ? maximumPrepend + 1 : 1) * 2 ** (vary.has('avoid') ? (avoidable[index]?.length ?? 0) : 0),
  );
  if (vary.has('sessions')) return perSession.reduce((size, options) => size * (options + 1), 1);
  const pops = popNames.map((_, pop) => {
    const options = sessions.reduce(
      (size, session, index) => (session.pop === pop ? size * (perSession[index] ?? 1) : size),
      1,
    );
    const fixed = today.every((_session, index) => sessions[index]?.pop !== pop);
    return vary.has('pops') && !fixed ? options + 1 : options;
  });
  return pops.reduce((size, options) => size * options, 1);
}

/** All of them, each once; only for small spaces. */
export function* allSetups(space: SearchSpace): Generator<Setup> {
  const seen = new Set<string>([setupKey(space.today)]);
  const open: Setup[] = [space.today];
  for (let setup = open.pop(); setup !== undefined; setup = open.pop()) {
    yield setup;
    for (const next of neighborsOf(setup, space)) {
      const key = setupKey(next);
      if (seen.has(key)) continue;
      seen.add(key);
      open.push(next);
    }
  }
}

/** Equal for set-ups that announce the same: what a session that is off would say does not count. */
export function setupKey(setup: Setup): string {
  return setup.map(({ on, prepend, avoid }) => (on ? `${prepend}:${avoid.join()}` : '-')).join(' ');
}

export interface Change {
  /** `pops.fra.sessions[0]`, or `pops.fra` where a whole PoP goes or comes. */
  readonly where: string;
  /** For the network file, and for people. */
  readonly what: string;
  /** `today` with this change alone. */
  readonly apply: (setup: Setup) => Setup;
}

/** What turns `from` into `to`, as an operator would do it. */
export function changesBetween(from: Setup, to: Setup, { sessions, popNames }: SearchSpace): readonly Change[] {
  const changes: Change[] = [];
  const whole = new Set<number>();
  for (const [pop, name] of popNames.entries()) {
    const of = sessions.flatMap((session, index) => (session.pop === pop ? [index] : []));
    const was = of.some((index) => from[index]?.on === true);
    const is = of.some((index) => to[index]?.on === true);
    if (of.length === 0 || was === is) continue;
    for (const index of of) whole.add(index);
    const apply = (setup: Setup): Setup =>
      setup.map((session, at) => (of.includes(at) ? (to[at] as SessionSetup) : session));
    const settings = of.map((index) => settingsOf(to[index] as SessionSetup)).filter((text) => text !== '');
    const with_ = settings.length === 0 ? '' : `, with ${settings.join('; ')}`;
    changes.push({
      where: `pops.${name}`,
      what: is ? `announce at ${name}${with_}` : `announce nothing at ${name}`,
      apply,
    });
  }
  for (const [index, { where }] of sessions.entries()) {
    const [before, after] = [from[index], to[index]];
    if (before === undefined || after === undefined || whole.has(index)) continue;
    const set =
      (part: Partial<SessionSetup>) =>
      (setup: Setup): Setup =>
        setup.map((session, at) => (at === index ? { ...session, ...part } : session));
    if (before.on !== after.on)
      changes.push({ where, what: after.on ? 'announce here' : 'announce nothing here', apply: set(after) });
    if (!after.on || !before.on) continue;
    if (before.prepend !== after.prepend) {
      changes.push({ where, what: `announce: { prepend: ${after.prepend} }`, apply: set({ prepend: after.prepend }) });
    }
    if (before.avoid.join() !== after.avoid.join()) {
      changes.push({
        where,
        what: `announce: { avoid: [${after.avoid.join(', ')}] }`,
        apply: set({ avoid: after.avoid }),
      });
    }
  }
  return changes;
}

function settingsOf({ on, prepend, avoid }: SessionSetup): string {
  if (!on) return '';
  return [prepend > 0 ? `prepend: ${prepend}` : '', avoid.length > 0 ? `avoid: [${avoid.join(', ')}]` : '']
    .filter((text) => text !== '')
    .join(', ');
}
