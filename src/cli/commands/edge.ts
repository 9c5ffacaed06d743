/** `nearcast edge`: runs the edge of one PoP by itself; in production its agent starts it so. */
import type { Command } from 'commander';
import { runEdgeProcess } from '../../edge/process.ts';

export function register(command: Command): void {
  command
    .requiredOption('--config <file>', 'what to serve; read at start and at each reload')
    .requiredOption('--admin <socket>', 'path of the Unix socket for status, reload, metrics and stop')
    .option('--access-log <file>', 'one JSON line a request; `-` for standard output; reopened at SIGHUP')
    .addHelpText(
      'after',
      `
Examples:
  nearcast edge --config edge.json --admin /run/nearcast/edge.sock
  nearcast edge --config edge.json --admin edge.sock --access-log -
  curl --unix-socket edge.sock http://edge/status
  curl --unix-socket edge.sock -X POST http://edge/reload
  curl --unix-socket edge.sock http://edge/metrics
  curl --unix-socket edge.sock -X POST 'http://edge/stop?graceMs=5000'`,
    )
    .action(async (options: { config: string; admin: string; accessLog?: string }) => {
      await runEdgeProcess({ configPath: options.config, adminPath: options.admin, accessLogPath: options.accessLog });
    });
}
