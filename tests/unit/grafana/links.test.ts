import { DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { expect, test } from 'vitest';

import { substitute } from '../../support/grafana-queries.ts';
import { metricsIn } from '../../support/known-metrics.ts';
import { parsePromQl } from '../../support/promql.ts';
import {
  dataLinksOf,
  shippedDashboards,
  shippedPanels,
  targetsOf,
} from '../../support/shipped-dashboards.ts';

const links = shippedPanels.flatMap(({ name, dashboard, panel }) =>
  dataLinksOf(panel).map((link) => ({ ...link, name: `${name}, link “${link.title}”`, dashboard, panel })),
);

const alertTables = () =>
  shippedPanels.filter(
    ({ panel }) =>
      panel.type === 'table' &&
      targetsOf(panel).some(({ expr }) => metricsIn(substitute(expr)).includes('ALERTS')),
  );

/** `/d/<uid>?<parameters>`; the parameters are Grafana's to fill in. */
const TO_DASHBOARD = /^\/d\/([^?]+)\?(.*)$/;
const variablesOf = (uid: string) =>
  shippedDashboards.find((one) => one.uid === uid)?.json.templating.list?.map(({ name }) => name) ?? [];

test('there are links of values', () => {
  expect(links.length).toBeGreaterThan(10);
});

test.each(links.map((link) => [link.name, link] as const))(
  '%s leads to a shipped dashboard, or to the live page',
  (_, { url = '', dashboard }) => {
    const [, uid = '', parameters = ''] = TO_DASHBOARD.exec(url) ?? [];
    if (uid === '') {
      expect(url).toMatch(/^\$\{page\}\/(\?(name|server)=|runbooks#)/);
      return;
    }
    const own = variablesOf(dashboard.uid);
    for (const parameter of parameters.split('&')) {
      const [, kept] = /^\$\{(\w+):queryparam\}$/.exec(parameter) ?? [];
      if (kept !== undefined) expect(own, parameter).toContain(kept);
      const [, set] = /^var-(\w+)=/.exec(parameter) ?? [];
      if (set !== undefined && !uid.startsWith('$')) expect(variablesOf(uid), parameter).toContain(set);
    }
    expect(parameters).toContain('${__url_time_range}');
    // An alert says itself where it leads; its labels are tested with the rules.
    if (uid === '${__data.fields.dashboard}')
      expect(parameters).toContain('viewPanel=${__data.fields.panel}');
    else expect(shippedDashboards.map((one) => one.uid)).toContain(uid);
  },
);

test.each(links.map((link) => [link.name, link] as const))(
  '%s is filled in from labels that its series have',
  (_, { url = '', title, panel }) => {
    const used = [...`${url} ${title}`.matchAll(/\$\{__(?:data\.fields|field\.labels)\.(\w+)/g)].map(
      ([, label = '']) => label,
    );
    const { expr } = targetsOf(panel)[0] ?? { expr: '' };
    const kept = parsePromQl(substitute(expr)).aggregations.flatMap(({ labels }) => labels);
    for (const label of used) expect(kept).toContain(label);
  },
);

test.each(shippedDashboards.map(({ uid, json }) => [uid, json] as const))(
  '%s leads to the live page and to the runbooks',
  (_, { links = [] }) => {
    const urls = links.filter(({ type }) => type === DashboardLinkType.Link).map(({ url }) => url);
    expect(urls).toEqual(['${page}/', '${page}/runbooks']);
  },
);

test('an alert is a click away from its panel, and another from its runbook', () => {
  const tables = alertTables();
  expect(tables.map(({ dashboard }) => dashboard.uid)).toEqual(['mcp-overview', 'mcp-slo']);
  for (const { panel } of tables) {
    expect(dataLinksOf(panel).map(({ url }) => url?.split('?')[0])).toEqual([
      '/d/${__data.fields.dashboard}',
      '${page}/runbooks#${__data.fields.alertname}',
    ]);
  }
});

test('a table of alerts shows those of the selected servers, the most urgent first, and keeps server and operation in links', () => {
  for (const { panel } of alertTables()) {
    expect(targetsOf(panel)[0]?.expr).toContain('mcp_server_name=~"$server|"');
    expect(panel.options).toMatchObject({ sortBy: [{ displayName: 'Severity', desc: false }, {}] });
    expect(dataLinksOf(panel)[0]?.url).toMatch(
      /var-server=\$\{__data\.fields\.of_server.*var-operation=\$\{__data\.fields\.of_operation/,
    );
  }
});

test('what fails leads to the failed ones on the live page', () => {
  const failedOnes = links.filter(({ url = '' }) => url.endsWith('&status=failed'));
  expect(failedOnes.map(({ name }) => name.split(' “')[0])).toEqual([
    'mcp-overview: panel 8',
    'mcp-pipeline: panel 1',
    'mcp-slo: panel 8',
    'mcp-tools: panel 1',
    'mcp-tools: panel 3',
  ]);
});

test('a row of the table of tools chooses its tool of its server, and leads to its calls on the live page', () => {
  const all = shippedPanels.find(
    ({ dashboard, panel }) => dashboard.uid === 'mcp-tools' && panel.type === 'table',
  );
  const [choose, live] = all ? dataLinksOf(all.panel) : [];
  expect(choose?.url).toContain(
    '/d/mcp-tools?var-tool=${__data.fields.gen_ai_tool_name:percentencode}&var-server=${__data.fields.mcp_server_name:percentencode}&',
  );
  expect(live?.url).toBe(
    '${page}/?name=${__data.fields.gen_ai_tool_name:percentencode}&server=${__data.fields.mcp_server_name:percentencode}',
  );
});
