import type { Browser } from 'playwright-core';

export interface FirstPaint {
  /** Milliseconds from the navigation to the first text on the screen. */
  readonly contentMs: number;
  /** Milliseconds from the navigation to the first operation in the list. */
  readonly operationsMs: number;
  /** Size of all files before compression, without API answers. */
  readonly bytes: number;
}

/** Opens `url` with an empty cache. */
export async function firstPaint(browser: Browser, url: string): Promise<FirstPaint> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const bodies: Promise<number>[] = [];
  page.on('response', (response) => {
    if (!response.url().includes('/api/')) bodies.push(response.body().then((body) => body.length));
  });
  await page.addInitScript(() => {
    // Measures the time of the first row by the page's own clock.
    new MutationObserver((_, observer) => {
      if (!document.querySelector('.feed-row')) return;
      performance.measure('operations');
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(url);
  await page.locator('.feed-row').first().waitFor();
  const times = await page.evaluate(() => ({
    contentMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    operationsMs: performance.getEntriesByName('operations')[0]?.duration ?? Number.NaN,
  }));
  const bytes = (await Promise.all(bodies)).reduce((sum, size) => sum + size, 0);
  await context.close();
  return { ...times, bytes };
}

/** Milliseconds to the first text of a page, in a new tab, or in a tab that has opened `before`. */
export async function firstContent(browser: Browser, url: string, before?: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  if (before !== undefined) await page.goto(before);
  await page.goto(url);
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
  const [paint] = await page.evaluate(() =>
    performance.getEntriesByName('first-contentful-paint').map(({ startTime }) => startTime),
  );
  await context.close();
  return paint ?? Number.NaN;
}
