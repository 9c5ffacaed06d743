/** Logs as JSON lines by pino, with secrets redacted by name, whatever object they stand in. */
import pino from 'pino';

export type Logger = pino.Logger;

const secretNames = ['password', 'token', 'authorization', 'secret', 'privateKey'];

/** A logger to standard error, or to `destination` (a file's path). Level from `NEARCAST_LOG`, else `info`. */
export function createLogger(name: string, destination?: string): Logger {
  return pino(
    {
      name,
      level: process.env.NEARCAST_LOG ?? 'info',
      redact: {
        paths: secretNames.flatMap((secret) => [secret, `*.${secret}`, `*.*.${secret}`]),
        censor: '[redacted]',
      },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ dest: destination ?? 2, sync: true, mkdir: true }),
  );
}

export const silentLogger: Logger = pino({ level: 'silent' });
