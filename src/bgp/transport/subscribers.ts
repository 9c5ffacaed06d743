/** Who wants to hear of a speaker's events, by the event's name. */
import type { SpeakerEvents } from './types.ts';

type Listener<Name extends keyof SpeakerEvents> = (event: SpeakerEvents[Name]) => void;

export class Subscribers {
  readonly #listeners: { readonly [Name in keyof SpeakerEvents]: Set<Listener<Name>> } = {
    session: new Set(),
    best: new Set(),
    limit: new Set(),
    update: new Set(),
  };

  /** Returns what ends the subscription. */
  add<Name extends keyof SpeakerEvents>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners[name] as Set<Listener<Name>>;
    const own: Listener<Name> = (event) => listener(event); // one listener may subscribe twice
    listeners.add(own);
    return () => listeners.delete(own);
  }

  has(name: keyof SpeakerEvents): boolean {
    return this.#listeners[name].size > 0;
  }

  tell<Name extends keyof SpeakerEvents>(name: Name, event: SpeakerEvents[Name]): void {
    for (const listener of [...(this.#listeners[name] as Set<Listener<Name>>)]) listener(event);
  }
}
