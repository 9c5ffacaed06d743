/** Draws an SVG picture to a PNG file's bytes, with a font of our own: a server has none. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';

let ready: Promise<unknown> | undefined;

/** `scale` 2 suits screens of twice the density and print. */
export async function pngOf(svg: string, scale = 2): Promise<Uint8Array> {
  const { resolve } = createRequire(import.meta.url);
  // The module can be compiled once in a process and no second time.
  ready ??= initWasm(readFileSync(resolve('@resvg/resvg-wasm/index_bg.wasm')));
  await ready;
  const fonts = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) =>
    readFileSync(resolve(`dejavu-fonts-ttf/ttf/${name}`)),
  );
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    background: '#ffffff',
    font: {
      fontBuffers: fonts,
      defaultFontFamily: 'DejaVu Sans',
      sansSerifFamily: 'DejaVu Sans',
      loadSystemFonts: false,
    },
  });
  const image = drawing.render();
  const bytes = image.asPng();
  image.free();
  drawing.free();
  return bytes;
}
