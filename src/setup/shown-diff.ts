import { FILE_HEADERS_ONLY, createTwoFilesPatch } from 'diff';

import { redactText } from '../redaction/redactor.ts';

const CONTEXT_LINES = 2;

/** The difference between two versions of a file, for a terminal: without secrets and control characters. */
export function shownDiff(file: string, before: string, after: string): string {
  const patch = createTwoFilesPatch(file, file, before, after, undefined, undefined, {
    context: CONTEXT_LINES,
    headerOptions: FILE_HEADERS_ONLY,
  });
  const lines = patch.trimEnd().split(/\r?\n/);
  return lines
    .map((line) => redactText(line).replaceAll(/\p{Cc}/gu, (char) => (char === '\t' ? char : '?')))
    .join('\n');
}
