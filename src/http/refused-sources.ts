import type { IncomingHttpHeaders } from 'node:http';

import type { Logger } from '../logging/logger.ts';

/** Maximum number of hosts and origins that are logged. Clients can send any number. */
const MAX_LOGGED = 20;
const MAX_LENGTH = 200;

/** Logs each refused host and origin once, with the settings that would allow it. */
export class RefusedSources {
  readonly #logger: Logger;
  readonly #prefix: string;
  readonly #logged = new Set<string>();

  /** @param prefix - the prefix of the exporter's variables */
  constructor(logger: Logger, prefix: string) {
    this.#logger = logger;
    this.#prefix = prefix;
  }

  add(headers: IncomingHttpHeaders, reason: 'forbidden_host' | 'forbidden_origin'): void {
    const host = headers.host?.slice(0, MAX_LENGTH);
    const origin = headers.origin?.slice(0, MAX_LENGTH);
    const source = reason === 'forbidden_host' ? `host ${host}` : `origin ${origin}`;
    if (this.#logged.has(source) || this.#logged.size >= MAX_LOGGED) return;
    this.#logged.add(source);
    const other = reason === 'forbidden_host' ? 'MONITORING_ALLOWED_HOSTS' : 'MONITORING_ALLOWED_ORIGINS';
    const settings = ['MONITORING_PUBLIC_URL', other].map((name) => this.#prefix + name);
    // The logger writes one line per minute for each `reason`, so the source is part of it.
    const fields = { reason: `${reason}: ${source}`, host, origin, settings };
    this.#logger.warn(fields, 'refused, because no setting allows it');
  }
}
