import { execFileSync } from 'node:child_process';

import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** Chromium of Debian. */
export const chromiumPath = () => execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchBrowser(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: [...ARGS, ...args] });
}

export interface Visit {
  readonly page: Page;
  /** Errors, dialogs, violations of the security policy, and requests to other hosts. */
  readonly complaints: string[];
  /** The received bodies, with their sizes. */
  readonly received: () => Promise<{ readonly url: string; readonly sizeBytes: number }[]>;
}

type VisitOptions = BrowserContextOptions & { width?: number; height?: number };

/** Opens a page in a new context, and collects its complaints. */
export async function openPage(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visit> {
  const { width = 1280, height = 800, ...rest } = options;
  const context = await browser.newContext({ viewport: { width, height }, ...rest });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  const received: Promise<{ url: string; sizeBytes: number }>[] = [];
  const { origin } = new URL(url);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.protocol !== 'blob:' && asked.origin !== origin) complaints.push(`it asked ${asked.origin}`);
  });
  page.on('response', (response) =>
    received.push(
      response.body().then(
        (body) => ({ url: response.url(), sizeBytes: body.length }),
        () => ({ url: response.url(), sizeBytes: 0 }),
      ),
    ),
  );
  await page.goto(url);
  return { page, complaints, received: () => Promise.all(received) };
}

/** The pixels by which the page is wider than the window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}
