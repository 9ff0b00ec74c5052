import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { relay } from '../../../../src/mcp/streams/relay-stream.ts';

/** A relay between two streams, and all that its destination and its observer received. */
function relaying({ from = new PassThrough(), to = slowWritable() } = {}) {
  const observed: string[] = [];
  let isDone = false;
  const running = relay({
    from,
    to,
    onChunk: (chunk) => observed.push(`${chunk.toString()} of ${written(to)}`),
  });
  void running.done.then(() => (isDone = true));
  return { from, to, running, observed, isDone: () => isDone };
}

/** A writable that keeps each chunk until `release` is called, and needs to drain after four bytes. */
function slowWritable() {
  const kept: string[] = [];
  let waiting: (() => void)[] = [];
  let isReleased = false;
  const stream = new Writable({
    highWaterMark: 4,
    write(chunk: Buffer, _encoding, done) {
      kept.push(chunk.toString());
      if (isReleased) done();
      else waiting.push(done);
    },
  });
  const release = () => {
    isReleased = true;
    const callbacks = waiting;
    waiting = [];
    for (const callback of callbacks) callback();
  };
  return Object.assign(stream, { kept, release });
}

/** How many bytes the stream has accepted or buffers. */
const written = (to: ReturnType<typeof slowWritable>) => to.kept.join('').length + to.writableLength;

test('a relay forwards each chunk before it is observed, and counts its bytes', async () => {
  const { from, to, running, observed } = relaying();
  to.release();
  from.write('ab');
  from.write('c');
  await turn();
  expect(to.kept).toEqual(['ab', 'c']);
  expect(observed).toEqual(['ab of 2', 'c of 3']);
  expect(running.bytes).toBe(3);
  expect(running.isBlocked).toBe(false);
});

test('a relay stops reading while its destination is full, and goes on when it has drained', async () => {
  const { from, to, running } = relaying();
  from.write('abc');
  await turn();
  expect([running.isBlocked, from.isPaused()]).toEqual([false, false]);
  from.write('d');
  await turn();
  expect([running.isBlocked, from.isPaused(), running.bytes]).toEqual([true, true, 4]);
  from.write('e');
  await turn();
  expect(running.bytes).toBe(4);
  to.release();
  await turn();
  expect([running.isBlocked, from.isPaused(), running.bytes]).toEqual([false, false, 5]);
});

test('a relay is done when its destination has written everything, not when its source ends', async () => {
  const { from, to, running, isDone } = relaying();
  from.end('abcd');
  await once(from, 'end');
  await turn();
  expect([to.writableEnded, isDone()]).toEqual([true, false]);
  to.release();
  await running.done;
  expect(to.kept).toEqual(['abcd']);
});

test.each([
  ['closes', undefined],
  ['fails', new Error('EPIPE')],
])('a relay whose destination %s closes its source, and is done', async (_title, error) => {
  const { from, to, running } = relaying();
  from.write('abcd');
  await turn();
  expect(running.isBlocked).toBe(true);
  to.destroy(error);
  await running.done;
  expect([from.destroyed, running.isBlocked]).toEqual([true, false]);
});

test.each([
  ['closes', undefined],
  ['fails', new Error('EIO')],
])('a relay whose source %s ends its destination with all data that had arrived', async (_title, error) => {
  const { from, to, running } = relaying();
  to.release();
  from.write('ab');
  await turn();
  from.destroy(error);
  await running.done;
  expect([to.kept, to.writableFinished]).toEqual([['ab'], true]);
});

test('a relay whose source had ended before ends its destination', async () => {
  const ended = Readable.from([]);
  await ended.toArray();
  expect(ended.readableEnded).toBe(true);
  const destroyed = new PassThrough().destroy();
  await once(destroyed, 'close');
  for (const from of [ended, destroyed]) {
    const { running, to } = relaying({ from: from as PassThrough });
    await running.done;
    expect(to.writableFinished).toBe(true);
  }
});

test('a relay neither ends nor closes anything while both sides are open', async () => {
  const { from, to, isDone } = relaying();
  await turn();
  expect([to.writableEnded, from.destroyed, isDone()]).toEqual([false, false, false]);
});

test('a relay does not need its streams to close by themselves', async () => {
  const options = { autoDestroy: false };
  const to = Object.assign(new PassThrough(options), { kept: [], release: () => undefined }).resume();
  const { from, running } = relaying({ from: new PassThrough(options), to });
  from.end('ab');
  await running.done;
  expect([running.bytes, to.closed, from.closed]).toEqual([2, false, false]);
  const failing = relaying({ from: new PassThrough(options) });
  failing.to.release();
  failing.from.emit('error', new Error('EIO'));
  await failing.running.done;
  expect([failing.to.writableFinished, failing.from.closed]).toEqual([true, true]);
});
