/** What of a speaker's effects goes to the log, and how loud. */
import type { Logger } from '../../base/log.ts';
import { formatPrefix } from '../../ip/prefix.ts';
import type { SpeakerEffect } from '../speaker/types.ts';

type Logged = Extract<SpeakerEffect, { type: 'session-up' | 'session-down' | 'prefix-limit' | 'best-changed' }>;

export function logEffect(logger: Logger, effect: Logged): void {
  switch (effect.type) {
    case 'session-up': {
      const { peer, negotiated } = effect;
      const { holdTimeSeconds, codec } = negotiated;
      logger.info({ peer, holdTimeSeconds, families: codec.families }, 'session established');
      return;
    }
    case 'session-down':
      logger[downLevel(effect)]({ peer: effect.peer, ...effect.reason }, 'session down');
      return;
    case 'prefix-limit':
      logger.warn({ peer: effect.peer, ...effect.notice }, `prefix limit: ${effect.notice.level}`);
      return;
    case 'best-changed':
      logger.debug({ prefix: formatPrefix(effect.prefix), by: effect.best?.source.peer }, 'best route changed');
      return;
  }
}

/** A session that was asked to stop is no cause for alarm; an attempt that failed will be followed by others. */
function downLevel({ wasEstablished, reason }: Extract<SpeakerEffect, { type: 'session-down' }>) {
  if (!wasEstablished) return 'debug';
  return reason.kind === 'stopped' ? 'info' : 'warn';
}
