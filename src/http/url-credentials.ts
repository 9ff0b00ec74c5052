/** A URL to show: without user, password, query and fragment. */
export function withoutCredentials(url: string | URL): URL {
  const { origin, pathname } = new URL(url);
  return new URL(pathname, origin);
}
