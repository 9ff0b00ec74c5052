import { describe, expect, it } from 'vitest';

import type { FeedSession } from '../../../../../src/feed/feed-protocol.ts';
import { listProblems } from '../../../../../src/feed/page/state/problem-list.ts';
import { endedOf, operationOf, sessionOf, timeAt } from '../feed-messages.ts';
import { createLive, createLoadedLive } from './live-page-model.ts';

const alert = { severity: 'critical', server: 'files', operation: null, description: null };
const quiet = { source: 'prometheus', problem: null, firing: [] } as const;

describe('is anything wrong?', () => {
  it('is unknown before the operations are loaded, and while the page is disconnected', async () => {
    expect(listProblems(createLive().live, quiet)).toEqual({ problems: [], calm: null });
    const { live, disconnect } = await createLoadedLive();
    disconnect();
    expect(listProblems(live, quiet)).toEqual({ problems: [], calm: null });
  });

  it('says what is fine, and mentions alerts only if they are evaluated', async () => {
    const { live } = await createLoadedLive({ ended: [endedOf('a', [0, 1])] });
    expect(listProblems(live, quiet).calm).toBe('No firing alerts, and no failures in the last hour.');
    for (const alerts of [null, { ...quiet, source: null }]) {
      expect(listProblems(live, alerts).calm).toBe('No failures in the last hour.');
    }
  });

  it('lists alerts, failures and long calls, each with a link', async () => {
    const { live, elapse } = await createLoadedLive({
      active: [operationOf('runs')],
      ended: [
        endedOf('b', [0, 2], { status: 'failed' }),
        endedOf('a', [0, 1], { status: 'failed' }),
        endedOf('c', [0, 1], { status: 'cancelled' }),
        endedOf('d', [0, 1], { status: 'unobserved' }),
      ],
    });
    elapse(61);
    const alerts = { ...quiet, firing: [{ ...alert, name: 'McpServerCrashing' }] };
    const { problems, calm } = listProblems(live, alerts);
    expect(calm).toBeNull();
    expect(problems.map(({ text, href }) => [text, href.split('&')[0]])).toEqual([
      ['Alert McpServerCrashing: files', './runbooks#McpServerCrashing'],
      ['2 failures in the last hour', '?status=failed'],
      ['scan has been running for over a minute', '?operation=runs'],
    ]);
  });

  it('names servers that are down, for an hour after their end', async () => {
    const { live, elapse } = await createLoadedLive();
    const down = {
      server_state: 'crashed',
      server_state_reason: 'ended by SIGSEGV',
      status: 'closed',
    } as const;
    const session = (id: string, given: Partial<FeedSession>) =>
      live.sessions.update(sessionOf(id, { server_name: id, ...given }));
    session('fine', { server_state: 'ready' });
    session('files', down);
    const problems = () => listProblems(live, quiet).problems.map(({ text, href }) => [text, href]);
    expect(problems()).toEqual([['files crashed: ended by SIGSEGV', '?view=session&session=files']]);
    session('web', { ...down, server_state: 'never_initialized' });
    expect(problems()).toEqual([['2 servers are down: files, web', '?view=sessions']]);
    elapse(3700);
    expect(problems()).toEqual([]);
    session('slow', { server_state: 'starting' });
    expect(problems()).toEqual([
      [expect.stringMatching(/^slow not initialized: started .* ago/), '?view=session&session=slow'],
    ]);
  });

  it('names unreachable servers, even without sessions, until they respond', async () => {
    const { live, elapse } = await createLoadedLive();
    const unreachable = (...names: string[]) =>
      live.receive({
        type: 'unreachable_servers',
        servers: names.map((server_name) => ({ server_name, reason: 'timed out', since: timeAt(0) })),
      });
    const problems = () => listProblems(live, quiet).problems.map(({ text, href }) => [text, href]);
    unreachable('weather');
    elapse(4000);
    expect(problems()).toEqual([
      [expect.stringMatching(/^weather is unreachable: timed out, since /), '?view=sessions'],
    ]);
    unreachable(...Array.from({ length: 30 }, (_, index) => `s${index}`));
    expect(problems()).toEqual([['30 servers are down: s0, s1, s2, s3, s4 and 25 more', '?view=sessions']]);
    unreachable();
    expect(problems()).toEqual([]);
  });

  it('names the servers of failures and of a long call', async () => {
    const sessionOfServer = (name: string) => sessionOf(name, { server_name: name });
    const failures = (server: string, count: number) =>
      Array.from({ length: count }, (_, index) =>
        endedOf(`${server}-${index}`, [0, 1], { session_id: server, status: 'failed' }),
      );
    const { live, elapse } = await createLoadedLive({
      active: [operationOf('hung', { session_id: 'figma' })],
      ended: [
        ...failures('a', 2),
        ...failures('b', 1),
        ...failures('c', 5),
        ...failures('d', 3),
        ...failures('e', 1),
      ],
    });
    live.receive({ type: 'session_list', sessions: ['a', 'b', 'c', 'd', 'e', 'figma'].map(sessionOfServer) });
    elapse(61);
    expect(listProblems(live, quiet).problems.map(({ text, href }) => [text, href])).toEqual([
      ['c: 5 failures in the last hour', '?status=failed&server=c'],
      ['d: 3 failures in the last hour', '?status=failed&server=d'],
      ['a: 2 failures in the last hour', '?status=failed&server=a'],
      ['2 failures of 2 other servers in the last hour', '?status=failed'],
      ['figma: scan has been running for over a minute', expect.stringContaining('?operation=hung')],
    ]);
  });

  it('leads from a single failure to its operation', async () => {
    const { live } = await createLoadedLive({ ended: [endedOf('b', [0, 2], { status: 'failed' })] });
    const { problems } = listProblems(live, quiet);
    expect(problems.map(({ text, href }) => [text, href.split('&')[0]])).toEqual([
      ['scan failed', '?operation=b'],
    ]);
  });

  it('knows failures that newer operations have displaced', async () => {
    const { live } = await createLoadedLive({ ended: [endedOf('latest', [8, 9])], ended_total: 2 });
    const failedAt = (id: string, seconds: number) =>
      sessionOf(id, {
        server_name: `server ${id}`,
        last_failed_operation: `of ${id}`,
        last_failed_at: timeAt(seconds),
      });
    live.receive({
      type: 'session_list',
      sessions: [failedAt('a', -60), failedAt('b', -3700), sessionOf('c')],
    });
    const { problems, calm } = listProblems(live, quiet);
    expect(calm).toBeNull();
    expect(problems).toEqual([
      {
        text: expect.stringMatching(/^server a: failed at \d\d:59$/) as string,
        href: '?operation=of+a&session=a',
        isBad: true,
      },
    ]);
  });

  it('shows the alerts of one name together', async () => {
    const { live } = await createLoadedLive();
    const firing = ['read', 'write', 'read', 'list', 'move'].map((operation) => ({
      ...alert,
      name: 'McpHighErrorRate',
      server: null,
      operation,
    }));
    expect(listProblems(live, { ...quiet, firing }).problems.map(({ text }) => text)).toEqual([
      'Alert McpHighErrorRate: read, write and 2 more',
    ]);
  });

  it('names an alert about unknown tools', async () => {
    const { live } = await createLoadedLive();
    const firing = [{ ...alert, name: 'McpErrorRateHigh', operation: '_OTHER' }];
    expect(listProblems(live, { ...quiet, firing }).problems.map(({ text }) => text)).toEqual([
      'Alert McpErrorRateHigh: files · unknown tools',
    ]);
  });

  it('does not list failures of earlier hours', async () => {
    const { live, elapse } = await createLoadedLive({ ended: [endedOf('a', [0, 1], { status: 'failed' })] });
    elapse(3700);
    expect(listProblems(live, quiet).problems).toEqual([]);
  });

  it('does not claim an hour if only the latest operations are known', async () => {
    const { live } = await createLoadedLive({ ended: [endedOf('latest', [0, 1])], ended_total: 2 });
    live.operations.addEnded([endedOf('old', [-9000, -8999])]);
    expect(listProblems(live, quiet).calm).toMatch(/^No firing alerts, and no failures since \d/);
  });

  it('says why alerts are unknown', async () => {
    const { live } = await createLoadedLive();
    const { problems } = listProblems(live, { ...quiet, problem: 'Prometheus is unreachable' });
    expect(problems.map(({ text }) => text)).toEqual(['Alerts are unknown: Prometheus is unreachable']);
  });
});
