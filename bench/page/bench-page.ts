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

/** The live page under load, by what the browser's own trace says of its frames. */
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
    ['nothing happens', 'idle'],
    ['the same again (control)', 'control'],
    [`${EVENTS_PER_SECOND} events a second`, 'loaded'],
    ['the same, filtered by a text', 'filtered'],
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
  const content = openings.map(({ contentMs }) => contentMs);
  const operations = openings.map(({ operationsMs }) => operationsMs);
  return `## The live page

${ROWS.toLocaleString('en')} operations in the list, a hundred running ones beside them, in Chromium without a graphics card. A frame
is due every 16.7 ms. Times between frames and frames that came too late are from the browser's own trace.

${table(['', 'median', '95 %', '99 %', 'late frames', '95 % against nothing'], rows)}

Opening it over loopback, ${OPENINGS} times each, in turns with a page of one word; medians. A new tab of a browser that has nothing of it shows
the first text after ${ms(quantile(content, 0.5))}, ${(quantile(content, 0.5) / quantile(bare.word, 0.5)).toFixed(1)} times what the word takes (${ms(quantile(bare.word, 0.5))}: most of it is the browser's own), and the first operation of 500 after
${ms(quantile(operations, 0.5))}. In a tab in which it was open before, the first text is there after ${ms(quantile(bare.openTab, 0.5))}. It loads ${((openings[0]?.bytes ?? 0) / 1000).toFixed(1)} kB of files, before compression.
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
