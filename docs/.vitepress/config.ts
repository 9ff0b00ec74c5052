import { defineConfig } from 'vitepress';

import { anchorOf } from '../../scripts/docs/anchors.ts';
import { PAGE_GROUPS } from '../../scripts/docs/pages.ts';
import { copyLinkedFiles, linkRepositoryFiles } from './repository-files.ts';

const API = { text: 'TypeScript API', link: '/api/' };

export default defineConfig({
  title: 'mcp-exporter',
  description: 'Prometheus exporter and live view for MCP servers',
  outDir: '../reports/docs-site',
  cacheDir: '../reports/docs-cache',
  markdown: {
    anchor: { slugify: anchorOf },
    // The highlighter has no PromQL; SQL has the same strings, numbers and keywords.
    languageAlias: { promql: 'sql' },
    config: linkRepositoryFiles,
  },
  buildEnd: ({ outDir }) => copyLinkedFiles(outDir),
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: PAGE_GROUPS.map(({ title, pages }) => {
      const items = pages.map((page) => ({ text: page.title, link: `/${page.name}` }));
      return { text: title, items: title === 'Reference' ? [...items, API] : items };
    }),
  },
});
