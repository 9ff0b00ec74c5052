import { expect, test } from 'vitest';

import { answer, call, DURATIONS, post, proxy, serve } from '../../support/proxied-http.ts';

const RESULT = JSON.stringify(answer(1));
const ERROR = JSON.stringify(answer(1, { isError: true }));

test.each([
  ['a name', `event: message\ndata: ${RESULT}\n\n`],
  ['an empty name', `event:\ndata: ${RESULT}\n\n`],
  ['other names before it', `event: ping\ndata: now\n\nevent: log\ndata: ${ERROR}\n\ndata: ${RESULT}\n\n`],
  ['comments, ids and retry', `: hello\n\nid: 7\nretry: 10\n:again\ndata: ${RESULT}\n\n`],
  ['CR line ends', `: hello\r\rid: 7\rdata: ${RESULT}\r\r`],
  ['mixed line ends', `: hello\n\r\nevent: message\rdata: ${RESULT}\n\r\n`],
  ['several data lines', `data: ${RESULT.slice(0, 1)}\ndata: ${RESULT.slice(1)}\n\n`],
  ['a byte order mark', `\ufeffdata: ${RESULT}\n\n`],
])('an event with %s is read as clients read it', async (_title, stream) => {
  const upstream = await serve((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(stream);
  });
  const { url, total } = await proxy(upstream.url);
  // A decoder drops the mark.
  expect(Buffer.from(await (await post(url, call(1))).arrayBuffer()).toString()).toBe(stream);
  await expect.poll(() => total(DURATIONS, { error_type: '' })).toBe(1);
  expect(await total(DURATIONS)).toBe(1);
  expect(await total('mcp_server_transport_errors_total')).toBe(0);
});

test('an event that ends in CR ends its request at once, also if a line end is split', async () => {
  let more: (text: string) => void = () => undefined;
  const upstream = await serve((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    more = (part) => void response.write(part);
  });
  const { url, total } = await proxy(upstream.url);
  for (const end of ['\r\r', '\r\n\r', '\n\r']) {
    const before = await total(DURATIONS);
    const response = await post(url, call(1));
    more(`data: ${RESULT}${end}`);
    await expect.poll(() => total(DURATIONS, { error_type: '' })).toBe(before + 1);
    more(`\ndata: ${ERROR}\n\n`);
    await response.body?.cancel();
  }
});
