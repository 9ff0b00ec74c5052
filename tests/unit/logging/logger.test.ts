import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { createLogger, protectLogger } from '../../../src/logging/logger.ts';
import { LogBuffer } from '../../../src/logging/log-buffer.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

function logging(level = 'info') {
  let text = '';
  const buffer = new LogBuffer({
    write(bytes) {
      text += Buffer.from(bytes).toString();
      return bytes.length;
    },
  });
  const lines = () =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { logger: createLogger(level, buffer), lines };
}

describe('an error that repeats', () => {
  test('a repeating error is one line, then one line a minute with the number of repeats', () => {
    const { logger, lines } = logging();
    for (let i = 0; i < 1000; i++) logger.error({ err: new Error('broken'), call: i }, 'a part failed');
    expect(lines()).toHaveLength(1);
    vi.advanceTimersByTime(60_000);
    expect(lines()).toHaveLength(2);
    expect(lines()[1]).toMatchObject({ msg: 'a part failed', repeats: 999 });
    vi.advanceTimersByTime(60_000);
    expect(lines()).toHaveLength(2);
    logger.error({ err: new Error('broken') }, 'a part failed');
    expect(lines()).toHaveLength(3);
  });

  test('errors with another stack or at another place are logged separately', () => {
    const { logger, lines } = logging();
    logger.error({ err: new Error('one') }, 'a part failed');
    logger.error({ err: new Error('two') }, 'a part failed');
    logger.error({ err: new Error('one') }, 'another part failed');
    logger.warn({ reason: 'one' }, 'a part failed');
    expect(lines()).toHaveLength(4);
  });

  test('the memory for repeated errors is bounded', () => {
    const { logger, lines } = logging();
    for (let i = 0; i < 20_000; i++) {
      logger.error({ err: new Error(`error ${i}`) }, 'a part failed');
      if (i % 10 === 0) vi.advanceTimersByTime(200);
    }
    expect(lines().length).toBeGreaterThan(19_000);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(201);
  });
});

test('info lines may repeat', () => {
  const { logger, lines } = logging();
  for (let i = 0; i < 3; i++) logger.info('started');
  expect(lines()).toHaveLength(3);
});

test('a flood of different lines is cut to the rate limit, and counted', () => {
  const { logger, lines } = logging();
  for (let i = 0; i < 5000; i++) logger.warn({ reason: `reason ${i}` }, 'flood');
  expect(lines().filter(({ msg }) => msg === 'flood')).toHaveLength(200);
  expect(logger.droppedLines).toBe(4800);
  vi.advanceTimersByTime(1000);
  for (let i = 0; i < 100; i++) logger.warn({ reason: `more ${i}` }, 'flood');
  expect(lines().filter(({ msg }) => msg === 'flood')).toHaveLength(250);
});

test('a line with unreadable fields does not throw', () => {
  const failures: unknown[] = [];
  const { logger } = logging();
  const hostile = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('not readable');
      },
    },
  );
  expect(() => logger.info(hostile, 'text')).not.toThrow();
  const broken = () => {
    throw new Error('broken');
  };
  const safe = protectLogger({ debug: broken, info: broken, warn: broken, error: broken }, (error) =>
    failures.push(error),
  );
  safe.warn({ a: 1 }, 'text');
  expect(failures).toEqual([new Error('broken')]);
});
