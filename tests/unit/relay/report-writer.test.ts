import { expect, test } from 'vitest';

import { Redactor } from '../../../src/redaction/redactor.ts';
import { ReportQueue } from '../../../src/relay/report-queue.ts';
import { ReportWriter } from '../../../src/relay/report-writer.ts';
import type { Report } from '../../../src/relay/report-schema.ts';
import { SessionAnnouncements } from '../../../src/relay/session-announcements.ts';
import { WireEvents } from '../../../src/relay/wire-event.ts';

const connection = { serverName: 's', transport: 'pipe', protocolVersion: '' } as const;
const direction = 'server_to_client';
const LATE = { type: 'late_response', connection, direction, method: 'ping', sizeBytes: 10 } as const;
const FACT = { type: 'child_started', serverName: 's' } as const;

function writing() {
  const queue = new ReportQueue(20_000);
  const wire = new WireEvents({
    redactor: new Redactor(),
    clientOf: () => null,
    serverNameOf: () => null,
    subscriptionsOf: () => 0,
  });
  const onError = (error: unknown) => {
    throw error;
  };
  const writer = new ReportWriter({ queue, announcements: new SessionAnnouncements(), wire, onError });
  const next = (isClosing = false) => JSON.parse(writer.next(isClosing).body) as Report;
  return { queue, next };
}

test('optional events have a list of their own, which an empty report does not have', () => {
  const { queue, next } = writing();
  for (const event of [LATE, FACT, LATE]) queue.add(event, 0);
  expect(next()).toMatchObject({
    first_seq: 1,
    optional_events: [{ type: 'late_response' }, { type: 'late_response' }],
    events: [{ type: 'child_started' }],
  });
  expect(next()).toEqual({ reporter_id: expect.any(String) as unknown, first_seq: 4, events: [] });
});

test('a report has at most 500 events of both kinds together', () => {
  const { queue, next } = writing();
  for (let i = 0; i < 600; i++) queue.add(i % 2 === 0 ? LATE : FACT, 0);
  const { events, optional_events = [] } = next();
  expect([events.length, optional_events.length]).toEqual([250, 250]);
});

test('losses are not sent with optional events alone, because an older hub cannot tell that such a report is resent', () => {
  const { queue, next } = writing();
  queue.addLost(3);
  queue.add(LATE, 0);
  expect(next().lost).toBeUndefined();
  queue.add(FACT, 0);
  expect(next().lost).toBe(3);
  queue.addLost(2);
  expect(next().lost).toBeUndefined();
  expect(next(true).lost).toBe(2);
});
