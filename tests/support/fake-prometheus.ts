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

interface Matrix {
  readonly status: string;
  readonly data?: { readonly result?: { values?: [number, string][]; value?: [number, string] }[] };
}

/** `body` with only the requested times, and with the checks of the number of series and of the time at each of them. */
function asRequested(form: URLSearchParams, body: string): string {
  const answer = JSON.parse(body) as Matrix;
  const { data } = answer;
  if (answer.status !== 'success' || !data?.result) return body;
  const [start, end, step] = ['start', 'end', 'step'].map((name) =>
    Number(form.get(name) ?? form.get('time')),
  );
  const times: number[] = [];
  for (let i = 0; (start ?? 0) + i * (step ?? 1) <= (end ?? 0); i++) {
    times.push(Math.round(((start ?? 0) + i * (step ?? 1)) * 1000) / 1000);
    if (form.has('time')) break;
  }
  const all = data.result.map((series) => ({
    ...series,
    values: (series.values ?? []).filter(([time]) => times.includes(time)),
    ...(series.value && { values: [[times[0] ?? 0, series.value[1]]] as [number, string][] }),
  }));
  const check = times.map((time) => [
    time,
    String(all.filter(({ values }) => values.some(([each]) => each === time)).length),
  ]);
  const evaluated = times.map((time) => [time, String(time)]);
  const result = [
    ...all,
    { metric: { mcp_exporter_check: 'count' }, values: check },
    { metric: { mcp_exporter_check: 'time' }, values: evaluated },
  ];
  return JSON.stringify({ ...answer, data: { resultType: 'matrix', result } });
}

/** An HTTP server that answers every query with `answer` and records the queries. Closes after the test. */
export async function fakePrometheus(answer: Answer) {
  const questions: Question[] = [];
  const prometheus = { url: '', questions, answer, close: () => close() };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url: path = '', headers } = request;
      const form = new URLSearchParams(body);
      questions.push({ method, path, authorization: headers.authorization, form });
      const end = response.end.bind(response);
      response.end = ((text?: string) =>
        end(text?.startsWith('{"status":"success"') ? asRequested(form, text) : text)) as typeof response.end;
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
