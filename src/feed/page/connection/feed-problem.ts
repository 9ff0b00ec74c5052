/** Why the feed is not available. */
export type FeedProblem =
  | { readonly kind: 'unreachable' | 'blocked' | 'viewer_limit' | 'signed_out' | 'throttled' }
  /** A program in front of the exporter answers with this HTTP status. */
  | { readonly kind: 'other_answer'; readonly status: number }
  /** `message` is the exporter's own, which names the setting that would allow the request. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'key_needed' };

/**
 * Finds the reason over HTTP, because a browser does not report why a handshake failed.
 *
 * @param request - sends a request to the API that the exporter checks like the feed; null if the exporter is unreachable
 */
export async function findFeedProblem(
  request: (method: 'GET' | 'POST') => Promise<Response | null>,
): Promise<FeedProblem> {
  const problem = await problemOfAnswer(await request('GET'));
  if (problem) return problem;
  // A handshake has an `Origin`. Of the requests to its own host, a browser adds it only to this one.
  const refusal = await problemOfAnswer(await request('POST'));
  return refusal?.kind === 'refused' ? refusal : { kind: 'blocked' };
}

/** The problem that a response of the API shows; null if the exporter itself has answered. */
async function problemOfAnswer(response: Response | null): Promise<FeedProblem | null> {
  if (!response) return { kind: 'unreachable' };
  const { status } = response;
  const error = await exporterError(response);
  if (error === 'no_json') return problemOfOther(response);
  if (error?.code === 'unauthorized') return { kind: 'key_needed' };
  if (error?.code === 'too_many_attempts') return { kind: 'throttled' };
  return error && status === 403 ? { kind: 'refused', message: error.message } : null;
}

/** The exporter redirects no API request and answers with JSON. Everything else comes from a program in front of it. */
function problemOfOther({ type, status }: Response): FeedProblem {
  const isSignIn = type === 'opaqueredirect' || [200, 302, 303, 307, 401, 403, 407].includes(status);
  return isSignIn ? { kind: 'signed_out' } : { kind: 'other_answer', status };
}

/** The exporter's error; null if the response is an answer of the exporter. */
async function exporterError(
  response: Response,
): Promise<{ code: string; message: string } | null | 'no_json'> {
  try {
    const body: unknown = await response.json();
    if (typeof body !== 'object' || body === null) return 'no_json';
    if (response.ok) return null;
    const { error } = body as { error?: { code?: unknown; message?: unknown } };
    const isOurs = typeof error?.code === 'string' && typeof error.message === 'string';
    return isOurs ? { code: String(error.code), message: String(error.message) } : 'no_json';
  } catch {
    return 'no_json';
  }
}
