import { setTimeout as delay } from 'node:timers/promises';

import { report, type ReportedStep } from '../../tests/support/reports.ts';

const RUNNING = 100;
const PER_REPORT = 10;

/** The session, server and name of an operation. */
const placeOf = (index: number) => ({
  session_id: `session-${index % 8}`,
  server_name: `server-${index % 3}`,
  operation_id: `op-${index}`,
  operation_name: `tool_${index % 12}`,
});

/** Reports ended operations of several sessions. */
export async function fill(url: string, count: number): Promise<void> {
  const steps = Array.from({ length: count }, (_, index): ReportedStep => {
    const details = { message: `done ${index}` };
    return {
      ...placeOf(index),
      operation_id: `before-${count}-${index}`,
      kind: 'completed',
      duration: 0.1,
      details,
    };
  });
  for (let from = 0; from < count; from += 250) await report(url, steps.slice(from, from + 250), 'the-past');
}

/** Starts, updates and ends operations at a constant rate until it is stopped. */
export function keepWorking(url: string, eventsPerSecond: number): { stop: () => Promise<void> } {
  let last = 0;
  let sent = 0;
  const running: number[] = [];
  const start = (): ReportedStep => {
    last += 1;
    running.push(last);
    return { ...placeOf(last), kind: 'started' };
  };
  const step = (): ReportedStep => {
    sent += 1;
    // Of ten events, one starts an operation, one ends an operation, and eight are progress.
    if (sent % 10 === 0 || running.length === 0) return start();
    const index = (sent % 10 === 5 ? running.shift() : running[sent % running.length]) ?? 0;
    if (sent % 10 !== 5) {
      return {
        ...placeOf(index),
        kind: 'progressed',
        progress: sent % 100,
        details: { message: `step ${sent}` },
      };
    }
    const hasFailed = sent % 30 === 5;
    return hasFailed
      ? { ...placeOf(index), kind: 'failed', error: `a reason ${sent}` }
      : { ...placeOf(index), kind: 'completed', details: { message: `done ${sent}` } };
  };
  const stopped = new AbortController();
  const work = async (): Promise<void> => {
    await report(url, Array.from({ length: RUNNING }, start), 'the-present');
    const startedAtMs = performance.now();
    for (let due = 0; !stopped.signal.aborted; due += PER_REPORT) {
      const waitMs = startedAtMs + (due / eventsPerSecond) * 1000 - performance.now();
      if (waitMs > 0) await delay(waitMs);
      await report(url, Array.from({ length: PER_REPORT }, step), 'the-present');
    }
    const ends = running.map((index): ReportedStep => ({ ...placeOf(index), kind: 'completed' }));
    await report(url, ends, 'the-present');
  };
  const done = work();
  return {
    async stop() {
      stopped.abort();
      await done;
    },
  };
}
