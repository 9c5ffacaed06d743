/** Diagnostic codes: why a session last changed state (RFC 5880 §4.1, and the IANA registry of BFD parameters). */

export const diagnostic = {
  none: 0,
  detectionTimeExpired: 1,
  echoFailed: 2,
  neighborSignaledDown: 3,
  forwardingReset: 4,
  pathDown: 5,
  concatenatedPathDown: 6,
  administrativelyDown: 7,
  reverseConcatenatedPathDown: 8,
} as const;

const names: readonly string[] = [
  'No Diagnostic',
  'Control Detection Time Expired',
  'Echo Function Failed',
  'Neighbor Signaled Session Down',
  'Forwarding Plane Reset',
  'Path Down',
  'Concatenated Path Down',
  'Administratively Down',
  'Reverse Concatenated Path Down',
];

/** `1 (Control Detection Time Expired)`; a code that nobody has named yet keeps its number. */
export function describeDiagnostic(code: number): string {
  return `${code} (${names[code] ?? 'unassigned'})`;
}
