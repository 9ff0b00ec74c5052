import { expect, test } from 'vitest';

import type { AlertSubject } from '../../../src/alerting/operation-windows.ts';
import { AlertGroup } from '../../../src/alerting/alert-group.ts';
import { FakeClock, HOUR_MS } from '../../support/fake-clock.ts';

const MINUTE_MS = 60_000;

const subjects = new Map<string, AlertSubject>();

/** The subject of an operation: one object for each name. */
function of(operation: string): AlertSubject {
  const subject = subjects.get(operation) ?? { server: null, operation };
  subjects.set(operation, subject);
  return subject;
}

function group() {
  const clock = new FakeClock();
  const alerts = new AlertGroup(clock);
  return {
    clock,
    alerts,
    /** What is told, evaluated every ten seconds for `ms`. */
    evaluateFor: (ms: number, wrong: Record<string, string | null>) => {
      const told: string[][] = [];
      for (let passedMs = 0; passedMs < ms; passedMs += 10_000) {
        for (const [operation, description] of Object.entries(wrong))
          alerts.update(of(operation), description);
        const taken = alerts.take();
        if (taken.length > 0) told.push(taken.map(say));
        clock.advance(10_000);
      }
      return told;
    },
  };
}

const say = ({ subject, endsAtMs }: { subject: AlertSubject; endsAtMs: number | null }) =>
  `${subject.operation} ${endsAtMs === null ? 'fires' : 'resolved'}`;

test('an alert fires at once, and is told once', () => {
  const { evaluateFor } = group();
  expect(evaluateFor(HOUR_MS, { scan: 'bad' })).toEqual([['scan fires']]);
});

test('an alert that still fires is told again every four hours', () => {
  const { evaluateFor } = group();
  expect(evaluateFor(4 * HOUR_MS, { scan: 'bad' })).toHaveLength(1);
  expect(evaluateFor(4 * HOUR_MS, { scan: 'bad' })).toEqual([['scan fires']]);
});

test('an alert resolves when nothing was wrong for five minutes, is told once, and no more', () => {
  const { clock, alerts, evaluateFor } = group();
  const startsAtMs = clock.now();
  evaluateFor(10 * MINUTE_MS, { scan: 'bad' });
  expect(evaluateFor(5 * MINUTE_MS, { scan: null })).toEqual([]);
  alerts.update(of('scan'), null);
  expect(alerts.take()).toEqual([
    { subject: of('scan'), description: 'bad', startsAtMs, endsAtMs: startsAtMs + 15 * MINUTE_MS },
  ]);
  expect(evaluateFor(24 * HOUR_MS, { scan: null })).toEqual([]);
});

test('an operation that is well and ill by turns has one alert', () => {
  const { evaluateFor } = group();
  const told = Array.from({ length: 30 }, () => [
    ...evaluateFor(10_000, { scan: 'bad' }),
    ...evaluateFor(4 * MINUTE_MS, { scan: null }),
  ]);
  expect(told.flat()).toEqual([['scan fires']]);
});

test('what is new about a group is told five minutes later, all of it at once, in the order of the names', () => {
  const { evaluateFor } = group();
  evaluateFor(MINUTE_MS, { scan: 'bad' });
  expect(evaluateFor(4 * MINUTE_MS, { fix: 'bad', scan: 'worse' })).toEqual([]);
  expect(evaluateFor(MINUTE_MS, { fix: 'bad', lint: 'bad' })).toEqual([
    ['fix fires', 'lint fires', 'scan fires'],
  ]);
  evaluateFor(5 * MINUTE_MS + 10_000, { lint: null });
  expect(evaluateFor(6 * MINUTE_MS, { fix: null, scan: 'bad' })).toEqual([['fix resolved', 'scan fires']]);
});

test('a new alert after a resolved one has a start of its own', () => {
  const { clock, alerts, evaluateFor } = group();
  evaluateFor(10_000, { scan: 'bad' });
  evaluateFor(HOUR_MS, { scan: null });
  alerts.update(of('scan'), 'bad again');
  expect(alerts.take()).toEqual([
    { subject: of('scan'), description: 'bad again', startsAtMs: clock.now(), endsAtMs: null },
  ]);
});

test('the description is that of the latest evaluation at which something was wrong', () => {
  const { alerts, evaluateFor } = group();
  evaluateFor(10_000, { scan: '20%' });
  evaluateFor(10_000, { scan: '40%' });
  evaluateFor(5 * MINUTE_MS, { scan: null });
  alerts.update(of('scan'), null);
  expect(alerts.take()).toMatchObject([{ description: '40%' }]);
});

test('what did not arrive is told again after five minutes, as it is then', () => {
  const { alerts, evaluateFor } = group();
  alerts.update(of('scan'), 'bad');
  alerts.putBack(alerts.take());
  expect(evaluateFor(5 * MINUTE_MS, { scan: 'bad' })).toEqual([]);
  expect(evaluateFor(HOUR_MS, { scan: 'bad' })).toEqual([['scan fires']]);
});

test('a resolution that did not arrive is told again, unless the alert fires again', () => {
  const { clock, alerts, evaluateFor } = group();
  const resolve = () => {
    alerts.update(of('scan'), 'bad');
    alerts.take();
    alerts.update(of('scan'), null);
    clock.advance(5 * MINUTE_MS);
    alerts.update(of('scan'), null);
    alerts.putBack(alerts.take());
  };
  resolve();
  expect(evaluateFor(HOUR_MS, {})).toEqual([['scan resolved']]);
  resolve();
  expect(evaluateFor(HOUR_MS, { scan: 'bad' })).toEqual([['scan fires']]);
});

test('what did not arrive and is over by now is not told', () => {
  const { alerts, evaluateFor } = group();
  alerts.update(of('scan'), 'bad');
  const lost = alerts.take();
  // Its resolution arrived before the group heard of the loss.
  expect(evaluateFor(6 * MINUTE_MS, { scan: null })).toEqual([['scan resolved']]);
  alerts.putBack(lost);
  expect(evaluateFor(HOUR_MS, { scan: null })).toEqual([]);
});

test('operations of one name have an alert for each server', () => {
  const { alerts } = group();
  const [a, b] = ['a', 'b'].map((server) => ({ server, operation: 'scan' }));
  if (!a || !b) throw new Error('two subjects were expected');
  alerts.update(b, 'bad');
  alerts.update(a, 'bad');
  expect(alerts.take().map(({ subject }) => subject)).toEqual([a, b]);
});
