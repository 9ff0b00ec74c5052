import { describe, expect, test } from 'vitest';

import { OPERATION_STATUSES } from '../../../../src/monitor/operation.ts';
import { readRepositoryFile } from '../../../support/repository-file.ts';

const css = readRepositoryFile('src/feed/page/styles/opening/colours.css');
const schemes = {
  light: blockAfter(':root'),
  dark: blockAfter('@media screen and (prefers-color-scheme: dark)'),
};

describe.each(OPERATION_STATUSES)('the status %s', (status) => {
  test.each(['--status', '--status-bar', '--status-surface'])(
    'sets %s to a color of either scheme',
    (name) => {
      const [, color] =
        new RegExp(`${name}: var\\((--[\\w-]+)\\)`).exec(blockAfter(`[data-status='${status}']`)) ?? [];
      expect(color).toBeDefined();
      for (const [scheme, block] of Object.entries(schemes)) expect(block, scheme).toContain(`${color}: #`);
    },
  );
});

/** What stands between the braces after the first `start`; empty where there is none. */
function blockAfter(start: string): string {
  const at = css.indexOf(start);
  return at < 0 ? '' : css.slice(css.indexOf('{', at), css.indexOf('}', at));
}
