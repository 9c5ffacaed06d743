/** The pictures of a small prediction: well formed, of the right size, and saying what they should. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallPrediction } from '../../testing/small-prediction.ts';
import { catchmentOf } from '../catchment/catchment.ts';
import { detoursOf } from '../catchment/detours.ts';
import { lossesOf } from '../catchment/nminus1.ts';
import { summarize } from '../catchment/summary.ts';
import { latencyModel } from '../world/latency.ts';
import { drawPrediction, rttsOf } from './draw.ts';
import { pngOf } from './png.ts';
import { reportHtml } from './report.ts';
import { element, escapeText } from './svg.ts';

function drawn(network = 'small & <fine>') {
  const input = smallPrediction();
  const catchment = catchmentOf(input);
  const summary = summarize(catchment, input);
  const detours = detoursOf(catchment, input, 10);
  const before = { name: 'old.yaml', summary, rtt: rttsOf(input, catchment).actual };
  const pictures = drawPrediction({ network, input, catchment, summary, detours, before });
  return { input, network, summary, detours, before, pictures };
}

/** Every tag that opens closes, in order; attributes are quoted. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  for (const [tag, slash, name, self] of xml.matchAll(/<(\/?)([A-Za-z][\w-]*)(?:\s+[\w:-]+="[^"<]*")*\s*(\/?)>/g)) {
    if (slash === '/') assert.equal(open.pop(), name, tag);
    else if (self !== '/') open.push(name as string);
  }
  assert.deepEqual(open, []);
  assert.equal(xml.replaceAll(/<\/?[A-Za-z][^<>]*>/g, '').match(/[<>]/), null);
}

test('text and attributes are escaped', () => {
  assert.equal(escapeText(`<a href="x">'&`), '&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
  assert.equal(element('g', { title: '"<', x: 1.23456, y: undefined }), '<g title="&quot;&lt;" x="1.23"/>');
});

test('every picture is well-formed SVG with PoPs by name', () => {
  const { pictures } = drawn();
  for (const svg of Object.values(pictures)) assertWellFormed(svg);
  for (const name of ['fra', 'sin'])
    assert(pictures.map.includes(`>${name}</text>`) && pictures.shares.includes(`>${name}</text>`));
  assert.match(pictures.map, /stroke-dasharray="5 3"[^>]*><title>AS103 to sin<\/title>/);
  assert.match(pictures.shares, /71\.4 %/);
});

test('a PNG has the size of the picture at its scale, and something in it', async () => {
  const png = await pngOf(drawn().pictures.shares, 2);
  assert.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  assert.equal(Buffer.from(png).readUInt32BE(16), 1280);
  assert(png.length > 3000, 'text and bars take more than an empty page');
});

test('the report stands by itself: no script, nothing fetched, names and remedies in it', () => {
  const { input, summary, detours, before, pictures, network } = drawn();
  const html = reportHtml({
    network,
    date: '2026-01-01',
    summary,
    detours,
    losses: lossesOf(input, new Map([['sin', 500]])),
    before,
    trust: 'as far as it goes',
    world: input.world,
    latency: latencyModel(),
    sources: ['a.txt'],
    pictures,
  });
  assert.equal(/<script|src=|href=|@import|url\((?!#)/.test(html), false);
  assert.match(html, /<h1>small &amp; &lt;fine&gt;: who lands where<\/h1>/);
  assert.match(html, /of DE \(AS103\)<\/strong> in Germany land at <strong>sin<\/strong>/);
  assert.match(html, /avoid: \[20\]/);
  assert.match(html, /sin at 280\u00a0%/);
});
