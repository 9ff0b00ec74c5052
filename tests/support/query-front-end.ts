import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { onTestFinished } from 'vitest';

export type Point = [seconds: number, value: string];

export interface Series {
  metric: Record<string, string>;
  /** All points. The point of an instant query, too. */
  points: Point[];
}

/** What a query front end does to a query and to its answer. The default forwards both unchanged. */
export interface Distortion {
  /** Changes the parameters of a query. */
  readonly ask?: (form: URLSearchParams, path: string) => void;
  /** Changes the series of a successful answer. */
  readonly answer?: (series: Series[], form: URLSearchParams) => Series[];
  /** Adds fields to a successful answer. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Sends this instead of the answer. */
  readonly send?: (response: ServerResponse, body: string) => void;
}

interface Body {
  readonly status: string;
  readonly data: {
    readonly resultType: 'matrix' | 'vector';
    readonly result: { metric: Record<string, string>; values?: Point[]; value?: Point }[];
  };
}

/** A reverse proxy in front of the Prometheus at `url`, as query front ends are. Closes after the test. */
export async function queryFrontEnd(url: string) {
  const frontEnd = { url: '', distortion: {} as Distortion };
  const server = createServer((request, response) => {
    const { url: path = '' } = request;
    const forward = async (): Promise<void> => {
      const { ask, send } = frontEnd.distortion;
      const form = new URLSearchParams(await text(request));
      ask?.(form, path);
      const answer = await fetch(new URL(path, url), { method: 'POST', body: form });
      const body = distorted(await answer.text(), form, frontEnd.distortion);
      if (send) return send(response, body);
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body);
    };
    forward().catch(() => response.destroy());
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  frontEnd.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return frontEnd;
}

function distorted(text: string, form: URLSearchParams, { answer, fields }: Distortion): string {
  const body = JSON.parse(text) as Body;
  if (body.status !== 'success') return text;
  const { resultType, result } = body.data;
  const series = result.map(({ metric, values, value }) => ({
    metric,
    points: values ?? [value ?? [0, '']],
  }));
  const changed = (answer?.(series, form) ?? series).map(({ metric, points }) =>
    resultType === 'matrix' ? { metric, values: points } : { metric, value: points[0] },
  );
  return JSON.stringify({ ...body, ...fields, data: { resultType, result: changed } });
}
