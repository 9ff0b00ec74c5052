import { setImmediate } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { CallQueue } from '../../../../src/pipeline/host/call-queue.ts';

const { signal } = new AbortController();

/** Work that ends when it is told to. */
function heldWork() {
  const running: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string) => async () => {
    running.push(name);
    await new Promise<void>((resolve) => ends.push(resolve));
    return name;
  };
  return { running, work, endNext: () => ends.shift()?.() };
}

describe('a queue of calls', () => {
  it('the call queue runs a few calls at a time, the others in order', async () => {
    const { running, work, endNext } = heldWork();
    const queue = new CallQueue(2, 10);
    const calls = ['a', 'b', 'c', 'd'].map((name) => queue.run(work(name), signal));
    await setImmediate();
    expect(running).toEqual(['a', 'b']);
    endNext();
    expect(await calls[0]).toBe('a');
    await setImmediate();
    expect(running).toEqual(['a', 'b', 'c']);
    // A call that comes while a place is passed on waits behind the others.
    endNext();
    const last = queue.run(work('e'), signal);
    await calls[1];
    await setImmediate();
    expect(running).toEqual(['a', 'b', 'c', 'd']);
    endNext();
    endNext();
    await Promise.all(calls);
    await setImmediate();
    endNext();
    expect(await last).toBe('e');
  });

  it('the call queue refuses calls past its bound', async () => {
    const { work, endNext } = heldWork();
    const queue = new CallQueue(1, 1);
    const accepted = [queue.run(work('a'), signal), queue.run(work('b'), signal)];
    for (let i = 0; i < 100; i++) {
      await expect(queue.run(work('c'), signal)).rejects.toMatchObject({ code: 'pipeline_busy' });
    }
    endNext();
    await accepted[0];
    await setImmediate();
    endNext();
    await accepted[1];
  });

  it('the call queue drops a cancelled call and passes on the place of a failed one', async () => {
    const { running, work, endNext } = heldWork();
    const queue = new CallQueue(1, 2);
    const failing = queue.run(() => Promise.reject(new Error('failed')), signal);
    const cancel = new AbortController();
    const cancelled = queue.run(work('cancelled'), cancel.signal);
    const next = queue.run(work('next'), signal);
    cancel.abort(new Error('enough'));
    await expect(cancelled).rejects.toThrow('enough');
    await expect(failing).rejects.toThrow('failed');
    await expect.poll(() => running).toEqual(['next']);
    endNext();
    await next;
    await expect(queue.run(async () => 'free', signal)).resolves.toBe('free');
  });
});
