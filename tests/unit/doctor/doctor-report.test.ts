import { expect, test } from 'vitest';

import { ok, problem, warning, type Check } from '../../../src/doctor/check.ts';
import { checksAsJson, describeChecks, isHealthy } from '../../../src/doctor/doctor-report.ts';
import { sectionLink } from '../../../src/troubleshooting.ts';

const CHECKS: Check[] = [
  ok('Node.js', 'v24.0.0'),
  problem('port 3001', 'in use by another program', { fix: 'Stop it.', section: 'portInUse' }),
  warning('hub', 'unreachable', { fix: 'Start it.' }),
];
const LINK = sectionLink('portInUse');

test('each check is a line, and its remedy follows', () => {
  expect(describeChecks(CHECKS, (status, text) => `<${status}>${text}`)).toBe(`<ok>ok       Node.js: v24.0.0
<problem>problem  port 3001: in use by another program
         Stop it.
         See ${LINK}
<warning>warning  hub: unreachable
         Start it.

1 problem, 1 warning
`);
});

test('without findings the last line says so', () => {
  const text = describeChecks([ok('Node.js', 'v24.0.0')], (_status, each) => each);
  expect(text).toBe('ok  Node.js: v24.0.0\n\nEverything works.\n');
});

test('programs read the same as JSON', () => {
  expect(JSON.parse(checksAsJson(CHECKS, '1.2.3'))).toEqual({
    version: '1.2.3',
    isHealthy: false,
    checks: [
      { name: 'Node.js', status: 'ok', message: 'v24.0.0' },
      {
        name: 'port 3001',
        status: 'problem',
        message: 'in use by another program',
        fix: 'Stop it.',
        link: LINK,
      },
      { name: 'hub', status: 'warning', message: 'unreachable', fix: 'Start it.' },
    ],
  });
});

test('a warning is not a problem', () => {
  expect(isHealthy(CHECKS)).toBe(false);
  expect(isHealthy(CHECKS.filter(({ status }) => status !== 'problem'))).toBe(true);
});
