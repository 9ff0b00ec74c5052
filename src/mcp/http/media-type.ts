export type MediaType = 'event_stream' | 'json';

/** The kind of a body by its Content-Type, as clients determine it: they search for the name of the type. */
export function mediaTypeOf(contentType = ''): MediaType | null {
  const lower = contentType.toLowerCase();
  if (lower.includes('text/event-stream')) return 'event_stream';
  return lower.includes('application/json') ? 'json' : null;
}
