/**
 * The pages that the edge answers by itself: short, plain, with what to do and an id to ask about, and nothing of the inside.
 */
import { STATUS_CODES } from 'node:http';

export interface ErrorPage {
  readonly contentType: string;
  readonly body: Buffer;
}

/** What a visitor reads under each status; a more exact sentence may be given. */
const sentences: Record<number, string> = {
  400: 'The request could not be understood.',
  404: 'There is no such page.',
  405: 'This method is not served here.',
  406: 'There is nothing in a form that the request accepts.',
  408: 'The request came too slowly.',
  412: 'A condition of the request does not hold.',
  413: 'The request is too large.',
  414: 'The address is too long.',
  416: 'The requested part does not exist.',
  417: 'The expectation of the request cannot be met.',
  421: 'No service is set up here for this host name. If it is yours, add the domain to your service first; if you have just added it, try again in a moment.',
  431: 'The headers of the request are too large.',
  500: 'Something went wrong at this point of presence.',
  501: 'The request asks for something that is not understood here.',
  502: 'The service behind this address could not be reached, or did not answer properly. Try again in a moment.',
  503: 'The service is not available at the moment. Try again in a moment.',
  504: 'The service behind this address did not answer in time. Try again in a moment.',
  508: 'The request has come back to where it started: the origin server of this service points to this network itself.',
};

export function errorPage(facts: {
  readonly status: number;
  readonly why?: string | undefined;
  readonly accept: string | undefined;
  readonly requestId: string;
  readonly pop: string;
}): ErrorPage {
  const title = `${facts.status} ${STATUS_CODES[facts.status] ?? 'Error'}`;
  const sentence = facts.why ?? sentences[facts.status] ?? 'The request could not be answered.';
  if (facts.accept?.includes('text/html')) {
    const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}small{color:#666}</style>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(sentence)}</p>
<p><small>Request ${escapeHtml(facts.requestId)} at ${escapeHtml(facts.pop)}</small></p>
</html>
`;
    return { contentType: 'text/html; charset=utf-8', body: Buffer.from(html) };
  }
  const text = `${title}\n\n${sentence}\n\nRequest ${facts.requestId} at ${facts.pop}\n`;
  return { contentType: 'text/plain; charset=utf-8', body: Buffer.from(text) };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
