import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished } from 'vitest';

import type { WebhookMessage } from '../../src/alerting/webhook-message.ts';

/** A webhook's answer: a status, or no answer at all. */
export type WebhookReaction = number | 'nothing';

interface Delivery {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly message: WebhookMessage;
}

interface Redirecting {
  readonly location?: string | undefined;
  /**
   * How many answers are the reaction; the later ones are 204.
   * @defaultValue all
   */
  readonly times?: number;
}

/** A webhook on a free port that keeps all posted messages. */
export async function startWebhookReceiver(
  reaction: WebhookReaction = 200,
  { location, times = Infinity }: Redirecting = {},
) {
  const deliveries: Delivery[] = [];
  const receiver = { reaction };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const message = JSON.parse(body) as WebhookMessage;
      deliveries.push({ path: request.url ?? '', headers: request.headers, message });
      const answer = deliveries.length > times ? 204 : receiver.reaction;
      if (answer !== 'nothing')
        response.writeHead(answer, location === undefined ? {} : { location }).end('thank you');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/s3cret-path`,
    deliveries,
    become: (next: WebhookReaction) => void (receiver.reaction = next),
    /** Resolves with the message at `index` as soon as it is posted. */
    message: async (index: number): Promise<WebhookMessage> => {
      await expect.poll(() => deliveries.length, { timeout: 30_000 }).toBeGreaterThan(index);
      const delivery = deliveries[index];
      if (!delivery) throw new Error(`no message ${index}`);
      return delivery.message;
    },
  };
}
