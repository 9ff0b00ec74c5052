import { Readable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { keepTail, readLines } from '../../../../src/pipeline/host/message-lines.ts';

async function linesOf(chunks: string[], maxBytes = 100): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), maxBytes))
    lines.push(line);
  return lines;
}

describe('lines', () => {
  it('lines are read however they are split into chunks', async () => {
    expect(await linesOf(['a', 'b\nc\n', '\nd', '\n'])).toEqual(['ab', 'c', '', 'd']);
    expect(await linesOf(['no end'])).toEqual([]);
  });

  it('characters split between chunks are kept', async () => {
    const bytes = Buffer.from('ü\n');
    const chunks = [bytes.subarray(0, 1), bytes.subarray(1)];
    for await (const line of readLines(Readable.from(chunks), 100)) expect(line).toBe('ü');
  });

  it('a line past the limit is an error before its end arrives', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.from('x'.repeat(100));
      })(),
    );
    await expect(async () => {
      for await (const line of readLines(endless, 1000)) expect(line).toBe('never');
    }).rejects.toThrow(RangeError);
    await expect(linesOf([`${'x'.repeat(10_000)}\n`])).rejects.toThrow('at most 100 bytes');
  });
});

describe('a tail', () => {
  it('a tail is the end of a stream and says whether something was cut', async () => {
    const stream = Readable.from(['a'.repeat(1000), 'bc'].map((text) => Buffer.from(text)));
    const tail = keepTail(stream, 3);
    await new Promise((resolve) => stream.on('end', resolve));
    expect(tail()).toEqual({ text: 'abc', isCut: true });
  });
});
