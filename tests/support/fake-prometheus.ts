import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { onTestFinished } from 'vitest';

/** A received query. */
interface Question {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export const json =
  (status: number, body: unknown): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** Prometheus' answer if no series matches. */
export const nothing = json(200, { status: 'success', data: { resultType: 'matrix', result: [] } });

/** An HTTP server that answers every query with `answer` and records the queries. Closes after the test. */
export async function fakePrometheus(answer: Answer) {
  const questions: Question[] = [];
  const prometheus = { url: '', questions, answer, close: () => close() };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url: path = '', headers } = request;
      const form = new URLSearchParams(body);
      questions.push({ method, path, authorization: headers.authorization, form });
      prometheus.answer(response, request);
    });
  });
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  onTestFinished(close);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  prometheus.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return prometheus;
}
