import type { ConfigWith } from '../settings/config.ts';

type LinkSettings = Pick<
  ConfigWith<'publicUrl'>,
  'publicUrl' | 'isPageEnabled' | 'grafanaUrl' | 'prometheusJob'
>;

/** Where an alert leads. Addresses may have a path, with or without a slash at its end. */
export class AlertLinks {
  readonly #config: LinkSettings;
  readonly #page: string;

  constructor(config: LinkSettings) {
    this.#config = config;
    this.#page = folder(config.publicUrl);
  }

  /** Like Alertmanager's own, without a slash at its end. */
  get external(): string {
    return this.#page.slice(0, -1);
  }

  /** Operations of that name on the live page; `''` where the page is not served. */
  generator(operation: string, status: string | null): string {
    if (!this.#config.isPageEnabled) return '';
    return withQuery(this.#page, { name: operation, ...(status === null ? undefined : { status }) });
  }

  /** Null where the page is not served: the runbooks are a page of it. */
  runbook(alertName: string): string | null {
    if (!this.#config.isPageEnabled) return null;
    return new URL(`runbooks#${alertName}`, this.#page).href;
  }

  /** Null where there is no Grafana. */
  dashboard(operation: string): string | null {
    const { grafanaUrl, prometheusJob } = this.#config;
    if (grafanaUrl === undefined) return null;
    const dashboard = new URL('d/mcp-pipeline', folder(grafanaUrl)).href;
    return withQuery(dashboard, { 'var-job': prometheusJob, 'var-operation': operation });
  }
}

/** The path is a folder, whose last part `new URL(…)` would replace if no slash followed it. */
function folder(text: string): string {
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname.replace(/\/*$/, '/')}`;
}

function withQuery(address: string, parameters: Record<string, string>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}
