/** SVG as text: elements with escaped attributes and contents. */

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** `children` are elements already; text goes through `escapeText`. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeText(typeof value === 'number' ? round(value) : (value as string))}"`)
    .join('');
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`;
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeText(content));
}

/** A whole picture. `title` is read out to those who cannot see it. */
export function picture(width: number, height: number, title: string, ...children: readonly string[]): string {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'font-family': fontFamily,
    'font-size': 13,
  };
  return element('svg', attributes, element('title', {}, escapeText(title)), ...children);
}

export const fontFamily = 'system-ui, "Segoe UI", Helvetica, Arial, "DejaVu Sans", sans-serif';

export function escapeText(content: string): string {
  return content.replace(
    /[&<>"']/g,
    (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[char] as string,
  );
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
