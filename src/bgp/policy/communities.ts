/** Well-known communities by name (IANA BGP well-known communities registry), and the text form of any community. */

export const gracefulShutdown = 0xffff_0000; // RFC 8326 §4.2
export const noExport = 0xffff_ff01; // RFC 1997
export const noAdvertise = 0xffff_ff02; // RFC 1997
export const noExportSubconfed = 0xffff_ff03; // RFC 1997

/** `65535:0` for 0xffff0000. */
export function formatCommunity(community: number): string {
  return `${Math.floor(community / 0x10000)}:${community % 0x10000}`;
}

/** The community that `text` spells as `65535:0`; `undefined` where it is none. */
export function parseCommunity(text: string): number | undefined {
  const match = /^(\d{1,5}):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [high, low] = [Number(match[1]), Number(match[2])];
  return high <= 0xffff && low <= 0xffff ? high * 0x10000 + low : undefined;
}
