import type { Browser, Page } from 'playwright-core';

/** The frames in a browser trace. */
export interface Frames {
  /** Milliseconds between consecutive presented frames. */
  readonly times: readonly number[];
  /** Number of frames that missed their deadline. */
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

/** The trace event of a frame. It records whether the frame was presented or dropped. */
const FRAME = 'PipelineReporter';
const CATEGORIES = ['-*', 'disabled-by-default-devtools.timeline.frame', '__metadata'];

/** Traces `page` for `durationMs` while it requests a new frame as often as possible. */
export async function traceFrames(browser: Browser, page: Page, durationMs: number): Promise<Frames> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await page.evaluate(async (ms) => {
    const mark = document.createElement('i');
    document.body.append(mark);
    const end = performance.now() + ms;
    while (performance.now() < end) {
      await new Promise(requestAnimationFrame);
      // Without a change, the browser paints no frames.
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
  // Reports of the same time belong to one frame.
  const moments = [...new Set(presented)].toSorted((a, b) => a - b);
  return { times: moments.slice(1).map((at, index) => at - (moments[index] ?? at)), dropped };
}
