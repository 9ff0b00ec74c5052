/** Returns the URL without user, password, query and fragment, so that it can be shown. */
export function withoutCredentials(url: string | URL): URL {
  const { origin, pathname } = new URL(url);
  return new URL(pathname, origin);
}
