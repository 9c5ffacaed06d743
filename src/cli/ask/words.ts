/** Small things in words, alike in all that shows routes and neighbours: durations, AS paths, attributes. */

/** `42 s`, `12 min`, `3 h 12 min`, `5 d 3 h`: two units at most. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes === 0) return `${Math.floor(seconds)} s`;
  if (hours === 0) return `${minutes} min`;
  if (days === 0) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

type Json = Readonly<Record<string, unknown>>;

/** `64501 64502 {64503 64504}`; our own routes have none. */
export function asPath(attributes: Json): string {
  const segments = Array.isArray(attributes.asPath) ? (attributes.asPath as Json[]) : [];
  return segments
    .map(({ kind, asns }) => {
      const text = Array.isArray(asns) ? asns.join(' ') : '';
      return kind === 'set' ? `{${text}}` : text;
    })
    .join(' ');
}

const originLetters: Readonly<Record<string, string>> = { igp: 'i', egp: 'e', incomplete: '?' };

/** As routers show it: the path, then where the route came from: i, e or ?. */
export function pathWithOrigin(attributes: Json): string {
  const origin = originLetters[String(attributes.originCode)] ?? '';
  return [asPath(attributes), origin].filter((part) => part !== '').join(' ');
}

/** All but the path, one `name value` each: `origin igp`, `local preference 10`, `communities 64501:1 no-export`. */
export function otherAttributes({ asPath: _, ...attributes }: Json): readonly string[] {
  return Object.entries(attributes).map(([name, value]) => {
    if (name === 'originCode') return `origin ${String(value)}`;
    if (name === 'multiExitDiscriminator') return `MED ${String(value)}`;
    return value === true ? spaced(name) : `${spaced(name)} ${textOf(value)}`;
  });
}

function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
