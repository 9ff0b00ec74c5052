import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

import { chromium, type Browser, type Page } from 'playwright-core';

import { startProgram } from '../../scripts/running-program.ts';
import { firstContent, firstPaint } from './first-paint.ts';
import { traceFrames, type Frames } from './frame-trace.ts';
import { quantile, table } from '../report.ts';
import { fill, keepWorking } from './workload.ts';

const ROWS = 5000;
const EVENTS_PER_SECOND = 500;
const STRETCH_MS = 8000;
const ROUNDS = 3;
const OPENINGS = 9;
const HEADER = [
  'load',
  'median',
  '95th percentile',
  '99th percentile',
  'late frames',
  '95th percentile, ratio to idle',
];

/** Measures the live page under load by the frames in the browser's trace. Returns a Markdown section. */
export async function benchPage(): Promise<string> {
  const exporter = await startProgram(['hub']);
  const { url } = exporter;
  const browser = await launch();
  try {
    const openings = [];
    await fill(url, 500);
    const word = new URL('health', url).href;
    const bare = { word: [] as number[], openTab: [] as number[] };
    for (let round = 0; round < OPENINGS; round++) {
      bare.word.push(await firstContent(browser, word));
      openings.push(await firstPaint(browser, url));
      bare.openTab.push(await firstContent(browser, url, url));
    }
    const page = await open(browser, url);
    await fill(url, ROWS);
    await page.locator('#feed-count', { hasText: /^5,/ }).waitFor();

    const measured: Record<'idle' | 'control' | 'loaded' | 'filtered', Frames[]> = {
      idle: [],
      control: [],
      loaded: [],
      filtered: [],
    };
    for (let round = 0; round < ROUNDS; round++) {
      measured.idle.push(await traceFrames(browser, page, STRETCH_MS));
      const work = keepWorking(url, EVENTS_PER_SECOND);
      await delay(500);
      measured.loaded.push(await traceFrames(browser, page, STRETCH_MS));
      await page.locator('#filter-text').fill('a reason');
      await delay(500);
      measured.filtered.push(await traceFrames(browser, page, STRETCH_MS));
      await page.locator('#filter-text').fill('');
      await work.stop();
      await delay(500);
      measured.control.push(await traceFrames(browser, page, STRETCH_MS));
    }
    return report(measured, openings, bare);
  } finally {
    await browser.close();
    await exporter.stop();
  }
}

function report(
  measured: Record<string, Frames[]>,
  openings: Awaited<ReturnType<typeof firstPaint>>[],
  bare: Readonly<Record<'word' | 'openTab', readonly number[]>>,
): string {
  const base = summarize(measured['idle'] ?? []);
  const rows = [
    ['idle', 'idle'],
    ['same again (control)', 'control'],
    [`${EVENTS_PER_SECOND} events per second`, 'loaded'],
    [`${EVENTS_PER_SECOND} events per second, with a text filter`, 'filtered'],
  ].map(([label = '', key = '']) => {
    const { median, p95, p99, dropped, count } = summarize(measured[key] ?? []);
    return [
      label,
      ms(median),
      ms(p95),
      ms(p99),
      `${((dropped / (count + dropped)) * 100).toFixed(2)} %`,
      (p95 / base.p95).toFixed(2),
    ];
  });
  if (openings.some(({ operationsMs }) => Number.isNaN(operationsMs)))
    throw new Error('an opening was not measured');
  const wordMs = quantile(bare.word, 0.5);
  const contentMs = quantile(
    openings.map((opening) => opening.contentMs),
    0.5,
  );
  const operations = openings.map(({ operationsMs }) => operationsMs);
  return `## The live page

The page shows 100 running and ${ROWS.toLocaleString('en')} ended operations, in Chromium without a GPU. The table has the times between two
frames, from the browser's trace. At 60 frames per second, the time is 16.7 ms. A late frame misses its deadline.

${table(HEADER, rows)}

Opening the page over loopback, medians of ${OPENINGS} runs. A page of one word, for comparison, shows its text after ${ms(wordMs)}.

- With an empty cache, the first text appears after ${ms(contentMs)}, ${(contentMs / wordMs).toFixed(1)} times as long as the page of one word.
- The first of 500 operations appears after ${ms(quantile(operations, 0.5))}.
- In a tab that has shown the page before, the first text appears after ${ms(quantile(bare.openTab, 0.5))}.
- The page loads ${((openings[0]?.bytes ?? 0) / 1000).toFixed(1)} kB of files, before compression.
`;
}

function summarize(frames: readonly Frames[]) {
  const times = frames.flatMap((each) => each.times);
  return {
    count: times.length,
    median: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    p99: quantile(times, 0.99),
    dropped: frames.reduce((sum, each) => sum + each.dropped, 0),
  };
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function launch(): Promise<Browser> {
  const executablePath = execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

async function open(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url);
  await page.locator('#connection-text', { hasText: 'Connected' }).waitFor();
  return page;
}
