/** Which content coding a client gets (RFC 9110 §12.5.3): what it likes most, and of equals what is smallest. */

export type ContentCoding = 'br' | 'gzip' | 'identity';

/** Best first where the client has no preference. */
const ours: readonly ContentCoding[] = ['br', 'gzip', 'identity'];

/** Codings that the client accepts, the preferred first; `identity` is always in it, last where the client refuses it. */
export function acceptedCodings(header: string | undefined): readonly ContentCoding[] {
  if (header === undefined) return ['identity'];
  const weights = new Map<string, number>();
  for (const part of header.toLowerCase().split(',')) {
    const [name, ...parameters] = part.split(';').map((piece) => piece.trim());
    if (name === undefined || name === '') continue;
    weights.set(name === 'x-gzip' ? 'gzip' : name, weightOf(parameters));
  }
  const star = weights.get('*');
  const weight = (coding: ContentCoding) =>
    weights.get(coding) ?? (coding === 'identity' ? (star === 0 ? 0 : 0.0001) : (star ?? 0));
  const accepted = ours.filter((coding) => weight(coding) > 0);
  accepted.sort((a, b) => weight(b) - weight(a) || ours.indexOf(a) - ours.indexOf(b));
  // §12.5.3: where nothing is acceptable, a response without coding is sent.
  return accepted.includes('identity') ? accepted : [...accepted, 'identity'];
}

/** §12.4.2: 1 where no weight is given; a weight that is none counts as 0, so that nothing unwanted is sent. */
function weightOf(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  if (q === undefined) return 1;
  return /^q=(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Number(q.slice(2)) : 0;
}
