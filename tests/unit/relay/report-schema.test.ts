import { describe, expect, test } from 'vitest';

import { EXAMPLE } from '../../../src/relay/openapi.ts';
import { parseReport } from '../../../src/relay/report-schema.ts';
import { DECLARATIONS, isOptional } from '../../../src/relay/wire-members.ts';

const report = (event: object) => ({ reporter_id: 'r', events: [event] });
const connection = { id: 1, server_name: 's', transport: 'pipe' };

describe('a report', () => {
  test('the hub accepts the short example of the documentation', () => {
    const { events, first_seq, lost } = parseReport(EXAMPLE);
    expect({ first_seq, lost }).toEqual({ first_seq: undefined, lost: 0 });
    expect(events).toMatchObject([{ type: 'operation', server_name: null, parent_id: null, progress: 0 }]);
  });

  test('the hub ignores members of a report that it does not know', () => {
    const event = { type: 'child_exited', server_name: 's', reason: 'success', mood: 'good' };
    expect(parseReport({ ...report(event), colour: 'green' }).events).toEqual([
      { type: 'child_exited', serverName: 's', reason: 'success' },
    ]);
  });

  test('all events that were added since the first version are optional, because older hubs refuse unknown types', () => {
    const required = DECLARATIONS.map(([type]) => type).filter((type) => !isOptional(type));
    expect(required).toEqual([
      'server_seen',
      'connection_opened',
      'connection_closed',
      'request_started',
      'request_ended',
      'notification',
      'progress_notified',
      'subscriptions_changed',
      'task_changed',
      'transport_error',
      'http_rejected',
      'upstream_checked',
      'child_started',
      'child_exited',
      'files_scanned',
      'issues_found',
      'fixes_tried',
      'limit_reached',
      'part_failed',
    ]);
  });

  test('the hub counts unknown methods and versions as _OTHER', () => {
    const { events } = parseReport(
      report({
        type: 'notification',
        connection: { ...connection, protocol_version: '1999-01-01' },
        direction: 'client_to_server',
        method: 'made/up',
      }),
    );
    expect(events).toMatchObject([{ method: '_OTHER', connection: { protocolVersion: '_OTHER' } }]);
  });

  test.each([
    ['nothing', null, 'report: '],
    ['no events', { reporter_id: 'r' }, 'events: '],
    ['no id', { events: [] }, 'reporter_id: '],
    [
      'an unknown type',
      report({ type: 'party' }),
      'events.0.type: expected one of operation, session_closed, ',
    ],
    [
      'a duration below nothing',
      report({
        type: 'operation',
        kind: 'completed',
        session_id: 's',
        operation_id: 'o',
        operation_name: 'n',
        duration: -1,
      }),
      'events.0.duration: ',
    ],
    [
      'a time that is none',
      report({
        type: 'operation',
        kind: 'started',
        session_id: 's',
        operation_id: 'o',
        operation_name: 'n',
        timestamp: 'yesterday',
      }),
      'events.0.timestamp: ',
    ],
    [
      'another transport',
      report({ type: 'connection_opened', connection: { ...connection, transport: 'pigeon' } }),
      'events.0.connection.transport: ',
    ],
    [
      'a status that is none',
      report({ type: 'http_rejected', server_name: 's', http_status: 1000 }),
      'events.0.http_status: ',
    ],
    [
      'too many events',
      { reporter_id: 'r', events: Array.from({ length: 1001 }, () => ({ type: 'files_scanned', files: 1 })) },
      'events: ',
    ],
  ])(
    'a report with %s is refused, and the error names the place and what was expected',
    (_title, body, beginning) => {
      let message = '';
      try {
        parseReport(body);
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_report' });
        message = (error as Error).message;
      }
      expect(message.slice(0, beginning.length)).toBe(beginning);
      expect(message.length).toBeGreaterThan(beginning.length);
    },
  );
});

test.each<[unknown, string]>([
  [null, 'report: expected object, received null'],
  [{ reporter_id: 'r', events: 7 }, 'events: expected array, received number'],
  [report({ type: 'files_scanned', files: -1 }), 'events.0.files: expected number to be >=0'],
  [
    report({ type: 'child_exited', server_name: 's', reason: 'bored' }),
    'events.0.reason: Invalid option: expected one of "success"|"failure"|"signal"',
  ],
  [
    report({ type: 'notification', connection: { id: true, server_name: 's' }, method: 'ping' }),
    'events.0.connection.id: expected a string of 1 to 256 characters, or an integer',
  ],
])('the error of the report %j is: %s', (body, message) => {
  expect(() => parseReport(body)).toThrow(expect.objectContaining({ message }) as Error);
});

test('the error of a report has the schema’s error as its cause', () => {
  expect(() => parseReport(null)).toThrow(
    expect.objectContaining({ cause: expect.any(Error) as unknown }) as Error,
  );
});

test('a connection without a version has none, and a request has the names of its method only', () => {
  const named = { tool_name: 't', prompt_name: 'p' };
  const started = (method: string) => ({
    type: 'request_started',
    connection: { id: 1, server_name: 's' },
    request: { id: 1, method, ...named },
  });
  const { events } = parseReport({
    reporter_id: 'r',
    events: [started('tools/call'), started('prompts/get'), started('ping')],
  });
  expect(events).toMatchObject([
    { request: { connection: { protocolVersion: '', transport: 'pipe' }, toolName: 't', promptName: '' } },
    { request: { toolName: '', promptName: 'p' } },
    { request: { toolName: '', promptName: '' } },
  ]);
});
