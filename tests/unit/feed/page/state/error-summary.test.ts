import { expect, it } from 'vitest';

import { summarizeError } from '../../../../../src/feed/page/state/error-summary.ts';

it.each([
  ['no such file', 'no such file'],
  ['', ''],
  [' \n ', ''],
  ['404', '404'],
  ['\n\n  Access denied\nat line 3', 'Access denied'],
  ['### Error\nTimeoutError: waited 5 s\n### Code', 'TimeoutError: waited 5 s'],
  ['# Cannot connect', '# Cannot connect'],
  ['Error:\n  the file is locked', 'the file is locked'],
  ['**Error**\n\nthe file is locked', 'the file is locked'],
  ['```\nthe file is locked\n```', 'the file is locked'],
  ['╔════╗\n║ Looks like Playwright was just installed ║', '║ Looks like Playwright was just installed ║'],
  ['<error>\n  <message>no</message>', '<message>no</message>'],
  ['failed', 'failed'],
  ['文件不存在', '文件不存在'],
  ['{\n  "error": "not found",\n  "code": 404\n}', 'not found'],
  ['{"error":{"code":404,"message":"No \\"such\\" page\\n"}}', 'No "such" page'],
  ['[\n {\n  "code": "invalid_type",\n  "message": "Required"\n }\n]', 'Required'],
  ['{\n  "status": 500,\n  "detail": "a long text that was cut…', 'a long text that was cut…'],
  ['{\n  "detail": "cut in an escape\\u00…', 'cut in an escape\\u00…'],
  ['{\n  "status": 500\n}', '"status": 500'],
  ['{', '{'],
  [
    'MCP error -32602: Invalid arguments: [\n {\n "message": "Required" }]',
    'MCP error -32602: Invalid arguments: [',
  ],
])('summarizes %j as %j', (error, summary) => {
  expect(summarizeError(error)).toBe(summary);
});
