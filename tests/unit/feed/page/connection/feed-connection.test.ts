import { describe, expect, it } from 'vitest';

import { parseClientMessage } from '../../../../../src/feed/client-message.ts';
import { keyFromProtocols } from '../../../../../src/feed/feed-key.ts';
import { FEED_PROTOCOL, type ServerMessage } from '../../../../../src/feed/feed-protocol.ts';
import type { FeedProblem } from '../../../../../src/feed/page/connection/feed-problem.ts';
import {
  RESPONSE_TIMEOUT_MS,
  FeedConnection,
  FIRST_RETRY_MS,
  LONGEST_RETRY_MS,
  PING_AFTER_MS,
  PROBE_TIMEOUT_MS,
  type ConnectionState,
  type FeedSocketListener,
} from '../../../../../src/feed/page/connection/feed-connection.ts';
import { eventOf, helloOf, timeAt } from '../feed-messages.ts';

class FakeSocket {
  readonly protocols: string[];
  readonly sent: unknown[] = [];
  isClosed = false;
  readonly #listener: FeedSocketListener;

  constructor(protocols: string[], listener: FeedSocketListener) {
    this.protocols = protocols;
    this.#listener = listener;
  }

  send(text: string): void {
    const parsed = parseClientMessage(text);
    if (!('message' in parsed)) throw new Error(`the server would not take ${text}`);
    this.sent.push(parsed.message);
  }

  close(): void {
    this.isClosed = true;
  }

  hear(message: ServerMessage): void {
    this.#listener.received(JSON.stringify(message));
  }

  hearText(text: string): void {
    this.#listener.received(text);
  }

  break(code = 1006): void {
    this.#listener.closed(code);
  }
}

/** A connection whose sockets, timers and HTTP answers the test holds in its hands. */
function createHarness(options: { random?: number; key?: string } = {}) {
  const sockets: FakeSocket[] = [];
  const states: ConnectionState[] = [];
  const messages: string[] = [];
  const probedKeys: (string | null)[] = [];
  let key = options.key ?? null;
  let timer: { callback: () => void; delayMs: number } | null = null;
  let answerProblem: (problem: FeedProblem) => void = () => undefined;
  const connection = new FeedConnection({
    openSocket: (protocols, listener) => {
      const socket = new FakeSocket(protocols, listener);
      sockets.push(socket);
      return socket;
    },
    findProblem: (probedKey) => {
      probedKeys.push(probedKey);
      return new Promise((resolve) => (answerProblem = resolve));
    },
    schedule: (callback, delayMs) => {
      const scheduled = { callback, delayMs };
      timer = scheduled;
      return () => {
        if (timer === scheduled) timer = null;
      };
    },
    random: () => options.random ?? 1,
    keys: { load: () => key, save: (saved) => (key = saved), clear: () => (key = null) },
    onMessage: (message) => messages.push(message.type),
    onState: (state) => states.push(state),
  });
  return {
    connection,
    sockets,
    states,
    messages,
    probedKeys,
    key: () => key,
    socket: (): FakeSocket => {
      const socket = sockets.at(-1);
      if (!socket) throw new Error('no socket was opened');
      return socket;
    },
    state: () => states.at(-1),
    timerMs: () => timer?.delayMs ?? null,
    elapse: () => {
      const due = timer;
      timer = null;
      due?.callback();
    },
    answer: async (kind: 'unreachable' | 'blocked' | 'signed_out' | 'throttled' | 'key_needed') => {
      answerProblem({ kind });
      await Promise.resolve();
    },
  };
}

function connected(options: { random?: number; key?: string } = {}) {
  const harness = createHarness(options);
  harness.connection.connect();
  harness.socket().hear(helloOf('boot-1', 10));
  return harness;
}

/** The waits before the next attempts while nobody answers. */
async function failedAttempts(
  harness: ReturnType<typeof createHarness>,
  count: number,
): Promise<(number | null)[]> {
  const waits: (number | null)[] = [];
  for (let i = 0; i < count; i++) {
    harness.socket().break();
    await harness.answer('unreachable');
    waits.push(harness.timerMs());
    harness.elapse();
  }
  return waits;
}

describe('a connection to the feed', () => {
  it('speaks the protocol that the server does', () => {
    const { connection, socket } = createHarness();
    connection.connect();
    expect(socket().protocols).toEqual([FEED_PROTOCOL]);
  });

  it('stands once the server has said hello, and says from where it wants events', () => {
    const harness = createHarness();
    harness.connection.connect();
    expect(harness.state()).toEqual({ kind: 'connecting', isAgain: false });
    harness.socket().hear(helloOf('boot-1', 10));
    expect(harness.state()).toEqual({ kind: 'connected' });
    expect(harness.socket().sent).toEqual([{ type: 'resume', boot_id: 'boot-1', seq: 10 }]);
  });

  it('hands on every message, and survives what is none', () => {
    const { socket, messages } = connected();
    for (const text of ['', 'null', '[]', '{"no":"type"}']) socket().hearText(text);
    socket().hearText('{"type":"of a later version"}');
    socket().hear({ type: 'session_list', sessions: [] });
    expect(messages).toEqual(['hello', 'of a later version', 'session_list']);
  });

  it('sends nothing before the server has said hello', () => {
    const { connection, socket, elapse } = createHarness();
    connection.connect();
    socket().hear({ type: 'gap', from_seq: 1, to_seq: 5, reason: 'too_old' });
    elapse();
    expect(socket().sent).toEqual([]);
  });

  it('asks for the sessions alone after a gap, and resumes behind it', () => {
    const { socket, elapse } = connected();
    socket().sent.length = 0;
    socket().hear({ type: 'gap', from_seq: 11, to_seq: 50, reason: 'too_old' });
    expect(socket().sent).toEqual([{ type: 'list_sessions' }]);
    socket().break();
    elapse();
    socket().hear(helloOf('boot-1', 60));
    expect(socket().sent).toEqual([{ type: 'resume', boot_id: 'boot-1', seq: 50 }]);
  });

  it('does not go back behind events that it has heard where a gap lies before them', () => {
    const { socket, elapse } = connected();
    socket().hear({ type: 'operations', seq: 40, events: [eventOf('started', 'a', 40, 0)] });
    socket().hear({ type: 'gap', from_seq: 12, to_seq: 30, reason: 'slow_client' });
    socket().break();
    elapse();
    socket().hear(helloOf('boot-1', 60));
    expect(socket().sent).toEqual([{ type: 'resume', boot_id: 'boot-1', seq: 40 }]);
  });
});

describe('a broken connection', () => {
  it('is opened again, and resumes after the last event that was heard', () => {
    const { socket, sockets, state, elapse } = connected();
    socket().hear({ type: 'operations', seq: 17, events: [eventOf('started', 'a', 17, 0)] });
    socket().break();
    expect(state()).toEqual({ kind: 'waiting', delayMs: FIRST_RETRY_MS, problem: null });
    elapse();
    expect(sockets).toHaveLength(2);
    expect(state()).toEqual({ kind: 'connecting', isAgain: true });
    socket().hear(helloOf('boot-1', 30));
    expect(socket().sent).toEqual([{ type: 'resume', boot_id: 'boot-1', seq: 17 }]);
  });

  it('does not resume what another run of the server has sent', () => {
    const { socket, elapse } = connected();
    socket().break();
    elapse();
    socket().hear(helloOf('boot-2', 3));
    expect(socket().sent).toEqual([{ type: 'resume', boot_id: 'boot-2', seq: 3 }]);
  });

  it('waits twice as long after each failure, up to a bound', async () => {
    const harness = createHarness();
    harness.connection.connect();
    const waits = await failedAttempts(harness, 8);
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, LONGEST_RETRY_MS, LONGEST_RETRY_MS]);
  });

  it('spreads its attempts over half of the wait', async () => {
    const harness = createHarness({ random: 0 });
    harness.connection.connect();
    expect(await failedAttempts(harness, 3)).toEqual([250, 500, 1000]);
  });

  it('waits briefly again once it has stood', async () => {
    const harness = createHarness();
    harness.connection.connect();
    await failedAttempts(harness, 4);
    harness.socket().hear(helloOf('boot-1'));
    harness.socket().break();
    expect(harness.state()).toEqual({ kind: 'waiting', delayMs: FIRST_RETRY_MS, problem: null });
  });

  it('is opened at once when a person asks for it, and only once', () => {
    const { connection, socket, sockets, timerMs } = connected();
    socket().break();
    connection.connect();
    expect(sockets).toHaveLength(2);
    expect(timerMs()).toBe(RESPONSE_TIMEOUT_MS);
  });

  it('is noticed where it stays silent', () => {
    const { socket, sockets, state, timerMs, elapse } = connected();
    const [silent] = sockets;
    expect(timerMs()).toBe(PING_AFTER_MS);
    elapse();
    expect(socket().sent).toContainEqual({ type: 'ping' });
    expect(timerMs()).toBe(RESPONSE_TIMEOUT_MS);
    elapse();
    expect(silent?.isClosed).toBe(true);
    expect(state()).toMatchObject({ kind: 'waiting' });
  });

  it('is noticed within seconds after the computer woke up', () => {
    const { connection, socket, sockets, state, timerMs, elapse } = connected();
    connection.probe();
    expect(socket().sent).toContainEqual({ type: 'ping' });
    expect(timerMs()).toBe(PROBE_TIMEOUT_MS);
    elapse();
    expect(state()).toMatchObject({ kind: 'waiting', delayMs: FIRST_RETRY_MS });
    elapse();
    expect(sockets).toHaveLength(2);
  });

  it('is kept if it answers after the computer woke up', () => {
    const { connection, socket, sockets, states, timerMs } = connected();
    const before = states.length;
    connection.probe();
    socket().hear({ type: 'pong', server_time: timeAt(0) });
    expect(timerMs()).toBe(PING_AFTER_MS);
    expect(states).toHaveLength(before);
    expect(sockets).toHaveLength(1);
  });

  it('is opened at once when the computer wakes up during a wait', () => {
    const { connection, socket, sockets } = connected();
    socket().break();
    connection.probe();
    expect(sockets).toHaveLength(2);
  });

  it('is not opened without the key when the computer wakes up', async () => {
    const harness = createHarness();
    harness.connection.connect();
    harness.socket().break();
    await harness.answer('key_needed');
    harness.connection.probe();
    expect(harness.sockets).toHaveLength(1);
  });

  it('is not suspected while answers come', () => {
    const { socket, state, timerMs, elapse } = connected();
    elapse();
    socket().hear({ type: 'pong', server_time: timeAt(0) });
    expect(timerMs()).toBe(PING_AFTER_MS);
    expect(state()).toEqual({ kind: 'connected' });
  });

  it('is heard no more once another has taken its place', () => {
    const { connection, sockets, states, messages } = connected();
    connection.connect();
    const before = states.length;
    sockets[0]?.hear({ type: 'session_list', sessions: [] });
    sockets[0]?.break();
    expect(states).toHaveLength(before);
    expect(messages).toEqual(['hello']);
  });
});

describe('a server that asks for a key', () => {
  it('is told apart from one that is away', async () => {
    const harness = createHarness();
    harness.connection.connect();
    harness.socket().break();
    await harness.answer('key_needed');
    expect(harness.state()).toEqual({ kind: 'key_needed', wasRefused: false });
    expect(harness.timerMs()).toBeNull();
  });

  it.each(['unreachable', 'blocked', 'signed_out', 'throttled'] as const)(
    'names the problem "%s" while it tries again',
    async (kind) => {
      const harness = createHarness();
      harness.connection.connect();
      harness.socket().break();
      await harness.answer(kind);
      expect(harness.state()).toEqual({ kind: 'waiting', delayMs: FIRST_RETRY_MS, problem: { kind } });
    },
  );

  it.each(['unreachable', 'signed_out', 'throttled'] as const)(
    'is asked again before the feed counts as blocked after the problem "%s"',
    async (kind) => {
      const harness = createHarness();
      harness.connection.connect();
      harness.socket().break();
      await harness.answer(kind);
      harness.elapse();
      harness.socket().break();
      await harness.answer('blocked');
      expect(harness.state()).toEqual({ kind: 'connecting', isAgain: true });
      expect(harness.sockets).toHaveLength(3);
      harness.socket().break();
      await harness.answer('blocked');
      expect(harness.state()).toMatchObject({ kind: 'waiting', problem: { kind: 'blocked' } });
    },
  );

  it('is not asked why it accepts no more viewers', () => {
    const harness = createHarness();
    harness.connection.connect();
    harness.socket().break(1013);
    expect(harness.state()).toMatchObject({ kind: 'waiting', problem: { kind: 'viewer_limit' } });
    expect(harness.probedKeys).toEqual([]);
  });

  it('is asked for the reason if the connection opens and stays silent', async () => {
    const harness = createHarness();
    harness.connection.connect();
    expect(harness.timerMs()).toBe(RESPONSE_TIMEOUT_MS);
    harness.elapse();
    await harness.answer('blocked');
    expect(harness.state()).toMatchObject({ kind: 'waiting', problem: { kind: 'blocked' } });
  });

  it('gets the key as a subprotocol that the server reads back', () => {
    const harness = createHarness();
    // Its base64 has all three characters that base64url must not have.
    const key = '~~~???>ü1';
    harness.connection.useKey(key);
    expect(harness.key()).toBe(key);
    const [feed, bearer] = harness.socket().protocols;
    expect(feed).toBe(FEED_PROTOCOL);
    // RFC 7230's token characters: what a WebSocket takes as a subprotocol.
    expect(bearer).toMatch(/^bearer\.[\w-]+$/);
    expect(keyFromProtocols({ 'sec-websocket-protocol': harness.socket().protocols.join(', ') })).toBe(key);
  });

  it('gets the kept key at the first attempt', () => {
    const { socket } = connected({ key: 'kept' });
    expect(keyFromProtocols({ 'sec-websocket-protocol': socket().protocols.join(', ') })).toBe('kept');
  });

  it('may refuse the key: it is forgotten, and asked for again', async () => {
    const harness = createHarness({ key: 'old' });
    harness.connection.connect();
    harness.socket().break();
    expect(harness.probedKeys).toEqual(['old']);
    await harness.answer('key_needed');
    expect(harness.state()).toEqual({ kind: 'key_needed', wasRefused: true });
    expect(harness.key()).toBeNull();
  });

  it('does not overrule a key that was given while it was asked', async () => {
    const harness = createHarness();
    harness.connection.connect();
    harness.socket().break();
    harness.connection.useKey('new');
    await harness.answer('key_needed');
    expect(harness.state()).toMatchObject({ kind: 'connecting' });
    expect(harness.key()).toBe('new');
  });
});
