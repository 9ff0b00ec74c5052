import type { ConfigWith } from '../settings/config.ts';
import type { AlertSubject } from './operation-windows.ts';

type LinkSettings = Pick<
  ConfigWith<'publicUrl'>,
  'publicUrl' | 'isPageEnabled' | 'grafanaUrl' | 'prometheusJob'
>;

/** The links of an alert. The configured addresses may have a path, with or without a final slash. */
export class AlertLinks {
  readonly #config: LinkSettings;
  readonly #page: string;

  constructor(config: LinkSettings) {
    this.#config = config;
    this.#page = folder(config.publicUrl);
  }

  /** The page's address without a final slash, as in Alertmanager. */
  get external(): string {
    return this.#page.slice(0, -1);
  }

  /** The operations of that name on the live page; `''` if the page is not served. */
  generator({ server, operation }: AlertSubject, status: string | null): string {
    if (!this.#config.isPageEnabled) return '';
    return withQuery(this.#page, {
      name: operation,
      ...(status === null ? undefined : { status }),
      ...(server === null ? undefined : { server }),
    });
  }

  /** Null if the page is not served, because the runbooks are part of it. */
  runbook(alertName: string): string | null {
    if (!this.#config.isPageEnabled) return null;
    return new URL(`runbooks#${alertName}`, this.#page).href;
  }

  /** Null if Grafana is not configured. */
  dashboard(operation: string): string | null {
    const { grafanaUrl, prometheusJob } = this.#config;
    if (grafanaUrl === undefined) return null;
    const dashboard = new URL('d/mcp-pipeline', folder(grafanaUrl)).href;
    return withQuery(dashboard, { 'var-job': prometheusJob, 'var-operation': operation });
  }
}

/** Adds a final slash, without which `new URL(…)` would replace the last part of the path. */
function folder(text: string): string {
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname.replace(/\/*$/, '/')}`;
}

function withQuery(address: string, parameters: Record<string, string>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}
