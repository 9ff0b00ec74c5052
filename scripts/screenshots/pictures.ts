import { execFileSync } from 'node:child_process';

import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const DESK = { viewport: { width: 1280, height: 760 } } as const;
const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 } as const;

interface Picture {
  readonly name: string;
  readonly options: BrowserContextOptions;
  /** Opens the view of the picture. */
  readonly arrange: (page: Page) => Promise<void>;
}

const PICTURES: readonly Picture[] = [
  { name: 'live.png', options: DESK, arrange: waitForRun },
  { name: 'live-dark.png', options: { ...DESK, colorScheme: 'dark' }, arrange: openStages },
  { name: 'live-phone.png', options: { ...PHONE, colorScheme: 'dark' }, arrange: waitForRun },
  {
    name: 'operation.png',
    options: DESK,
    arrange: async (page) => {
      await openEnded(page, 'pipeline_run_full');
      await page.locator('.waterfall-row').nth(5).waitFor();
      await page.locator('.spark').first().waitFor();
    },
  },
  {
    name: 'failure.png',
    options: DESK,
    arrange: async (page) => {
      await page.goto(`${page.url()}?name=version_keeper_scan&status=failed`);
      await openEnded(page, 'version_keeper_scan');
      await page.locator('.spark').first().waitFor();
    },
  },
  {
    name: 'operations.png',
    options: DESK,
    arrange: async (page) => {
      await page.getByRole('link', { name: 'Operations', exact: true }).click();
      await page.locator('.spark').first().waitFor();
    },
  },
  {
    name: 'sessions.png',
    options: DESK,
    arrange: async (page) => {
      await page.getByRole('link', { name: 'Sessions', exact: true }).click();
      await page.locator('.sessions tbody tr').first().waitFor();
    },
  },
  {
    name: 'replay.png',
    options: DESK,
    arrange: async (page) => {
      await page.getByRole('link', { name: 'Sessions', exact: true }).click();
      await page.locator('.sessions tbody').getByRole('link', { name: 'run-2', exact: true }).click();
      await page.locator('.replay-bar').first().waitFor();
      await page.getByRole('slider', { name: 'Moment' }).fill('420');
    },
  },
];

/** @returns the names of the pictures */
export async function takePictures(url: string, pathOf: (name: string) => string): Promise<string[]> {
  const executablePath = execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    for (const picture of PICTURES) await take(browser, url, picture, pathOf(picture.name));
  } finally {
    await browser.close();
  }
  return PICTURES.map(({ name }) => name);
}

async function take(
  browser: Browser,
  url: string,
  { options, arrange }: Picture,
  path: string,
): Promise<void> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('.feed-row').first().waitFor();
  await arrange(page);
  await page.screenshot({ path });
  await context.close();
}

/** Waits for a running operation with a stage. */
async function waitForRun(page: Page): Promise<void> {
  const run = page.locator('.now-row', { hasText: 'pipeline_run_full' });
  await run.locator('.stage', { hasText: 'pipeline_scan' }).waitFor({ timeout: 60_000 });
  await run.locator('.percent', { hasText: /[2-6]\d/ }).waitFor({ timeout: 60_000 });
}

async function openStages(page: Page): Promise<void> {
  await waitForRun(page);
  await page.locator('.feed-row', { hasText: 'pipeline_run_full' }).first().locator('.toggle').click();
  await page.locator('.feed-row[aria-level="2"]').first().waitFor();
}

async function openEnded(page: Page, name: string): Promise<void> {
  const row = page.locator('.feed-row', { hasText: name }).first();
  // In one step, because the list can change between two steps.
  await row.waitFor();
  const href = await row.getByRole('link').getAttribute('href');
  await page.goto(new URL(href ?? '', page.url()).href);
}
