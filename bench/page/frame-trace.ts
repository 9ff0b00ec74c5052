import type { Browser, Page } from 'playwright-core';

/** What the browser's own trace says of a stretch of time. */
export interface Frames {
  /** Milliseconds between one presented frame and the next. */
  readonly times: readonly number[];
  /** Frames that came too late for their moment. */
  readonly dropped: number;
}

interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: string;
  readonly pid: number;
  readonly ts: number;
  readonly id2?: { readonly local?: string };
  readonly args: {
    readonly name?: string;
    readonly frame_reporter?: { readonly state?: string; readonly affects_smoothness?: boolean };
  };
}

/** One per frame that the compositor begins, with how it ended. */
const FRAME = 'PipelineReporter';
const CATEGORIES = ['-*', 'disabled-by-default-devtools.timeline.frame', '__metadata'];

/** Traces what `page` does for `durationMs`, while it is asked for a new frame whenever it can give one. */
export async function traceFrames(browser: Browser, page: Page, durationMs: number): Promise<Frames> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await page.evaluate(async (ms) => {
    const mark = document.createElement('i');
    document.body.append(mark);
    const end = performance.now() + ms;
    while (performance.now() < end) {
      await new Promise(requestAnimationFrame);
      // Something to paint: without it the browser rests.
      mark.textContent = mark.textContent === '.' ? '' : '.';
    }
    mark.remove();
  }, durationMs);
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  return framesOf(trace.traceEvents);
}

function framesOf(events: readonly TraceEvent[]): Frames {
  const isRenderer = (event: TraceEvent) => event.name === 'process_name' && event.args.name === 'Renderer';
  const renderers = new Set(events.filter(isRenderer).map(({ pid }) => pid));
  const states = new Map<string, NonNullable<TraceEvent['args']['frame_reporter']>>();
  const presented: number[] = [];
  let dropped = 0;
  const reports = events
    .filter(({ name, pid }) => name === FRAME && renderers.has(pid))
    .toSorted((a, b) => a.ts - b.ts);
  for (const { ph, pid, id2, ts, args } of reports) {
    const id = `${pid} ${id2?.local}`;
    if (ph === 'b') states.set(id, args.frame_reporter ?? {});
    if (ph !== 'e') continue;
    const { state, affects_smoothness: isSeen } = states.get(id) ?? {};
    if (state === 'STATE_PRESENTED_ALL') presented.push(ts / 1000);
    if (state === 'STATE_DROPPED' && isSeen === true) dropped += 1;
  }
  // What is presented at one moment is one frame.
  const moments = [...new Set(presented)].toSorted((a, b) => a - b);
  return { times: moments.slice(1).map((at, index) => at - (moments[index] ?? at)), dropped };
}
