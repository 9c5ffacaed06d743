/**
 * One colour for each PoP, the same in all pictures of a report.
 *
 * The first six are Okabe and Ito's (2008), which people with any kind of colour vision tell apart; beyond the list hues are spread by
 * the golden angle, so that neighbours in the list differ most. Names stand beside colours everywhere: no picture needs them alone.
 */
const distinct =
  '#0072b2 #e69f00 #009e73 #cc79a7 #d55e00 #56b4e9 #8c6d1f #7b4fb5 #b8c832 #2f3e50 #d81b60 #4fb0a5'.split(' ');

export function popColor(pop: number): string {
  const known = distinct[pop];
  if (known !== undefined) return known;
  const hue = Math.round((pop * 137.508) % 360);
  return `hsl(${hue}, 55%, ${pop % 2 === 0 ? 40 : 58}%)`;
}

export const ink = '#1b2733';
export const faint = '#7a8792';
export const land = '#eceff1';
export const border = '#ffffff';
export const sea = '#f8fafb';
