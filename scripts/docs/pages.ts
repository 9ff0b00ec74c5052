import { existsSync } from 'node:fs';

const docs = new URL('../../docs/', import.meta.url);

/** A page of the documentation: `NAME.md` in `docs`. */
interface Page {
  readonly name: string;
  readonly title: string;
}

interface PageGroup {
  readonly title: string;
  readonly pages: readonly Page[];
}

const GROUPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Get started': {
    'getting-started': 'Getting started',
    'proxy-stdio': 'Watch a stdio server',
    'proxy-http': 'Watch an HTTP server',
    hub: 'Collect many servers in a hub',
    'typescript-servers': 'Watch your TypeScript server',
    'pipeline-server': 'Serve the pipeline server',
  },
  Observe: {
    'live-page': 'Live page',
    dashboards: 'Dashboards',
    alerting: 'Alerting',
    runbooks: 'Runbooks',
  },
  Reference: {
    settings: 'Settings',
    metrics: 'Metrics',
    'http-api': 'HTTP API',
    feed: 'Live feed',
    limits: 'Limits',
  },
  Operate: {
    security: 'Security',
    'reverse-proxies': 'Reverse proxies',
    performance: 'Performance',
    troubleshooting: 'Troubleshooting',
    faq: 'FAQ',
    migration: 'Migration',
  },
  Develop: {
    architecture: 'Architecture',
    'decisions/0001-page-without-a-view-library': 'Decision 1: a page without a view library',
    'decisions/0002-no-native-histograms': 'Decision 2: durations are classic histograms',
    mutants: 'Disabled mutants',
  },
};

/** The pages that exist, in the order of the site's sidebar. */
export const PAGE_GROUPS: readonly PageGroup[] = Object.entries(GROUPS)
  .map(([title, pages]) => ({
    title,
    pages: Object.entries(pages)
      .map(([name, pageTitle]) => ({ name, title: pageTitle }))
      .filter(({ name }) => existsSync(new URL(`${name}.md`, docs))),
  }))
  .filter(({ pages }) => pages.length > 0);

/** docs/index.md: the site's first page. */
export function indexPage(): string {
  const groups = PAGE_GROUPS.map(({ title, pages }) => {
    const links = pages.map((page) => `- [${page.title}](${page.name}.md)`);
    return `## ${title}\n\n${links.join('\n')}\n`;
  });
  return ['# mcp-exporter\n\nMetrics, alerts and a live page for MCP servers.\n', ...groups].join('\n');
}
