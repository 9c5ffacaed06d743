/** The little of SVG that the documentation's pictures need. Colours read on light and dark pages alike. */

export const popColours: Readonly<Record<string, string>> = { fra: '#d97706', iad: '#2563eb', sin: '#059669' };
export const muted = '#64748b';

export function text(
  x: number,
  y: number,
  content: string,
  options: { size?: number; colour?: string; anchor?: 'start' | 'middle' | 'end'; weight?: number } = {},
): string {
  const { size = 13, colour = '#334155', anchor = 'start', weight = 400 } = options;
  const safe = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${colour}" text-anchor="${anchor}" font-weight="${weight}">${safe}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, colour: string, width = 1, dash = ''): string {
  const dashes = dash === '' ? '' : ` stroke-dasharray="${dash}"`;
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}" stroke-width="${width}"${dashes}/>`;
}

export function dot(x: number, y: number, radius: number, colour: string): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="${colour}"/>`;
}

export function drawing(width: number, height: number, title: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" role="img">
<title>${title}</title>
<rect width="${width}" height="${height}" rx="10" fill="#f8fafc"/>
${parts.join('\n')}
</svg>
`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
