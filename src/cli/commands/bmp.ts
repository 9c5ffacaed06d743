/** `nearcast bmp`: `listen` is a monitoring station, to which routers tell what they hear; `decode` reads a captured stream. */
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { exitCode } from '../../base/exit-codes.ts';
import { noticeJson } from '../../bgp/bmp/json.ts';
import type { StationNotice } from '../../bgp/bmp/station/station.ts';
import { startStation } from '../../bgp/bmp/transport/station-server.ts';
import { formatHostPort } from '../../ip/address.ts';
import { decodeBmpStream, fromHexStream } from '../bmp/decode.ts';
import { parseEndpoint } from '../bmp/endpoint.ts';
import { noticeText } from '../bmp/notice-text.ts';
import { onEndRequests } from '../signals.ts';

export function register(command: Command): void {
  command
    .command('listen')
    .description('Take the BMP connections of routers, and print what they tell')
    .requiredOption('--listen <host:port>', 'where routers connect to, like 0.0.0.0:11019 or [::]:11019')
    .option('--json', 'print one JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  nearcast bmp listen --listen 0.0.0.0:11019
  nearcast bmp listen --listen [::1]:11019 --json | jq -c 'select(.type == "peer-down")'

BMP is neither authenticated nor encrypted: listen where only your routers reach it.
Runs until it is stopped (Ctrl-C). What it prints is described in docs/bmp.md.`,
    )
    .action(listen);
  command
    .command('decode')
    .description('Decode a captured BMP stream on standard input; one line of JSON for each thing that it tells')
    .option('--hex', 'the input is hex digits; without this it is bytes')
    .option('--json', 'what it prints anyway')
    .addHelpText(
      'after',
      `
Examples:
  nearcast bmp decode < stream.bin
  echo '03 0000000f 04 0002 0005 6672613031' | nearcast bmp decode --hex

Ends with 0, or with 3 where the stream could not be followed to its end.`,
    )
    .action(decode);
  command.addHelpText('after', '\nExamples:\n  nearcast bmp listen --listen 0.0.0.0:11019');
}

async function listen(options: { readonly listen: string; readonly json?: boolean }): Promise<void> {
  // What is printed is not kept: memory does not grow with the routers' tables.
  const station = await startStation({ clock: systemClock, listen: parseEndpoint(options.listen), maximumRoutes: 0 });
  const names = new Map<string, string>();
  const print = options.json === true ? jsonLine : (notice: StationNotice) => textLines(notice, names);
  station.subscribe((notice) => {
    // Whoever reads our output slowly slows the routers down, and not our memory up.
    if (process.stdout.write(print(notice))) return;
    station.pause();
    process.stdout.once('drain', () => station.resume());
  });
  const { host, port } = station.listen;
  const where = formatHostPort(host, port);
  process.stdout.write(
    options.json === true ? `${JSON.stringify({ type: 'ready', listen: where })}\n` : `ready on ${where}\n`,
  );
  await new Promise<void>((resolve) => {
    onEndRequests(systemClock, { onEnd: () => resolve(), onHurry: () => process.exit(exitCode.failure) });
  });
  await station.stop();
}

function jsonLine(notice: StationNotice): string {
  return `${JSON.stringify(noticeJson(notice))}\n`;
}

function textLines(notice: StationNotice, names: Map<string, string>): string {
  const { router } = notice;
  if (notice.type === 'router-up') names.set(router, notice.remote);
  const lines = noticeText(notice, names.get(router) ?? router);
  if (notice.type === 'router-named' && notice.sysName !== undefined) names.set(router, notice.sysName);
  if (notice.type === 'router-down') names.delete(router);
  return lines.map((line) => `${line}\n`).join('');
}

async function decode({ hex = false }: { readonly hex?: boolean }): Promise<void> {
  const input: AsyncIterable<Uint8Array> = process.stdin;
  const lines = decodeBmpStream(hex ? fromHexStream(input) : input);
  let followed: boolean | undefined;
  async function* output(): AsyncGenerator<string> {
    followed = yield* lines;
  }
  for await (const text of Readable.from(output())) {
    if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
  if (followed !== true) process.exitCode = exitCode.invalidInput;
}
