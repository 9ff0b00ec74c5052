/** Redirects that repeat the request with its method and body. */
const REPEATING = new Set([307, 308]);
/** Redirects after which clients send a GET without a body. */
const CHANGING = new Set([301, 302, 303]);

/** A redirect of the webhook that is not followed. The message names hosts only, because paths can be secrets. */
export class WebhookRedirect extends Error {
  override readonly name = 'WebhookRedirect';

  constructor(status: number, problem: string) {
    super(`HTTP status ${status}, ${problem}`);
  }
}

/**
 * The address to which a message must be posted again; null if the response is not a redirect.
 *
 * @throws WebhookRedirect if the message would lose its body, or its encryption
 */
export function redirectOf({ status, headers }: Response, from: URL): URL | null {
  const location = headers.get('location');
  if (location === null || !URL.canParse(location, from.href)) return null;
  const to = new URL(location, from);
  if (CHANGING.has(status)) throw new WebhookRedirect(status, `redirects to ${to.host}`);
  if (!REPEATING.has(status)) return null;
  const isUsable = to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:');
  if (!isUsable) throw new WebhookRedirect(status, `redirects from https to ${to.origin}`);
  to.username = '';
  to.password = '';
  return to;
}
