import { describe, expect, test } from 'vitest';

import { ConversationEnd } from '../../../../src/mcp/stdio/conversation-end.ts';

const exit = (code: number) => ({ code, signal: null });
const killed = (signal: NodeJS.Signals) => ({ code: null, signal });

/** A conversation in which `events` happen before the server's process ends. */
function after(...events: ((end: ConversationEnd) => unknown)[]) {
  const end = new ConversationEnd(() => 1);
  for (const event of events) event(end);
  return end;
}
const stdinEnds = (end: ConversationEnd) => end.clientClosedStdin();
const clientLeaves = (end: ConversationEnd) => end.clientLeft();
const stopIsAsked = (end: ConversationEnd) => end.stopRequested();
const stdoutCloses = (end: ConversationEnd) => end.serverClosedStdout();

describe('a server whose process ends', () => {
  test.each([exit(0), exit(1), killed('SIGTERM'), killed('SIGKILL'), killed('SIGSEGV')])(
    'a server that ends by itself (%j) fails its calls',
    (how) => expect(after().endOf(how)).toMatchObject({ errorType: 'server_exited' }),
  );

  test.each([exit(0), killed('SIGTERM'), killed('SIGKILL'), killed('SIGPIPE')])(
    'a server that ends after the end of stdin (%j) was left by its client',
    (how) => expect(after(stdinEnds).endOf(how)).toMatchObject({ cancellation: 'close' }),
  );

  test.each([exit(1), killed('SIGSEGV'), killed('SIGABRT')])(
    'a server that crashes after the end of stdin (%j) fails the calls whose responses the client waits for',
    (how) => expect(after(stdinEnds).endOf(how)).toMatchObject({ errorType: 'server_exited' }),
  );

  test.each([[[clientLeaves]], [[stopIsAsked]], [[stdinEnds, clientLeaves]], [[stdinEnds, stopIsAsked]]])(
    'a server that crashes after the client left, or the proxy was asked to stop, was left (%#)',
    (events) => expect(after(...events).endOf(exit(1))).toMatchObject({ cancellation: 'close' }),
  );

  test('a server that crashes after the client’s process ended was left', () => {
    let parent = 10;
    const end = new ConversationEnd(() => parent);
    end.clientClosedStdin();
    parent = 1;
    expect(end.endOf(exit(1))).toMatchObject({ cancellation: 'close' });
  });

  test('a server that closed stdout first fails its calls, whatever the client does then', () => {
    expect(after(stdoutCloses, stdinEnds, stopIsAsked).endOf(exit(0))).toMatchObject({
      errorType: 'server_exited',
    });
  });

  test('a server that ends fails its calls, though the client closes stdin because of that', () => {
    const exitFirst = (end: ConversationEnd) => end.serverExited();
    expect(after(exitFirst, stdinEnds).endOf(exit(0))).toMatchObject({ errorType: 'server_exited' });
  });

  test('a server that closes stdout because stdin has ended was left', () => {
    expect(after(stdinEnds, stdoutCloses).endOf(exit(0))).toMatchObject({ cancellation: 'close' });
  });
});

test('a client has finished when it has closed stdin and asked the proxy to stop, in either order', () => {
  expect(after(stdinEnds).stopRequested()).toBe(true);
  expect(after(stopIsAsked).clientClosedStdin()).toBe(true);
  expect(after().stopRequested()).toBe(false);
  expect(after().clientClosedStdin()).toBe(false);
  expect(after(clientLeaves).clientClosedStdin()).toBe(false);
  expect(after(stdoutCloses, stdinEnds).stopRequested()).toBe(false);
});

test('a server that closes stdout first is told from one that closes it after its client left', () => {
  expect(new ConversationEnd(() => 1).serverClosedStdout()).toBe(true);
  expect(after(clientLeaves).serverClosedStdout()).toBe(false);
  expect(after(stdinEnds).serverClosedStdout()).toBe(false);
});
