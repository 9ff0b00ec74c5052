import { expect, test } from 'vitest';

import { codeRangeMiB } from '../../../../src/pipeline/host/code-range.ts';

test('finds the largest private range that is both writable and executable', () => {
  const maps = `0074d000-03081000 r-xp 0034d000 fe:00 2892337   /usr/bin/node
7fc080000000-7fc0c0000000 ---p 00000000 00:00 0
7fc0c8000000-7fc0e7f00000 rwxp 00000000 00:00 0
7fc0e7f80000-7fc0e8000000 rwxp 00000000 00:00 0
7fc0f0000000-7fc0f0030000 rw-p 00000000 00:00 0
`;
  expect(codeRangeMiB(() => maps)).toBe(511);
});

test('finds none in a process without such a range, or on a system without /proc', () => {
  const readMaps = () => {
    throw new Error('ENOENT');
  };
  expect(codeRangeMiB(() => '')).toBe(0);
  expect(codeRangeMiB(readMaps)).toBe(0);
});
