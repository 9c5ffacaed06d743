/** Decodes a capture: hex messages, one a line (FILE.hex), or an MRT file of a route collector, plain or packed. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { codecContext, decodeMessage, encodeMessage, messageJson, readMrt } from 'nearcast/bgp';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: decode-capture FILE.hex | FILE.mrt[.gz|.bz2]');
  process.exit(2);
}
if (file.endsWith('.hex')) await decodeHex(file);
else await decodeMrt(file);

async function decodeHex(path: string): Promise<void> {
  // What was negotiated changes what the bytes mean: say so where it was not 4-octet ASNs without path identifiers.
  const context = codecContext({ fourOctetAsn: true });
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const bytes = Buffer.from(line.replace(/[\s:]/g, ''), 'hex');
    const result = decodeMessage(bytes, context);
    if (!result.ok) {
      const { what, field, offset, rfc } = result.error;
      console.log(`error: ${what} (${field}, byte ${offset}; ${rfc})`);
      continue;
    }
    console.log(result.message.type, JSON.stringify(messageJson(result.message)));
    // And back: what was decoded is a plain value that can be changed and encoded again.
    const again = Buffer.concat(encodeMessage(result.message, context));
    console.log(again.equals(bytes) ? '  encodes to the same bytes' : `  encodes as ${again.toString('hex')}`);
  }
}

async function decodeMrt(path: string): Promise<void> {
  const counts = new Map<string, number>();
  const onFault = ({ offset, what }: { offset: number; what: string }) =>
    console.log(`damaged: byte ${offset}: ${what}`);
  for await (const entry of readMrt(path, { onFault })) {
    counts.set(entry.type, (counts.get(entry.type) ?? 0) + 1);
    if (entry.type === 'state') continue;
    const path = 'attributes' in entry ? JSON.stringify(entry.attributes.asPath) : '';
    console.log(entry.type, entry.prefix, `from AS${entry.peer.asn}`, path);
  }
  console.log(Object.fromEntries(counts));
}
