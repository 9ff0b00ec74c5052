import { once } from 'node:events';

import { onTestFinished } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';

import type { FeedOperationEvent, ServerMessage } from '../../src/feed/feed-protocol.ts';

type MessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** A client of the feed that keeps every message, and can wait for one. */
export class FeedViewer {
  readonly messages: ServerMessage[] = [];
  readonly socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  constructor(url: string, options: ClientOptions = {}, protocols: string[] = ['mcp-exporter.v1']) {
    this.socket = new WebSocket(url, protocols, options);
    this.socket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()) as ServerMessage);
      for (const check of this.#waiting) check();
    });
    onTestFinished(() => this.socket.terminate());
  }

  /** Resolves when the connection is open and receives events. */
  static async live(url: string): Promise<FeedViewer> {
    const viewer = new FeedViewer(url);
    const { boot_id, seq } = await viewer.next('hello');
    viewer.send({ type: 'resume', boot_id, seq });
    viewer.send({ type: 'ping' });
    await viewer.next('pong');
    return viewer;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  of<T extends ServerMessage['type']>(type: T): MessageOf<T>[] {
    return this.messages.filter((message): message is MessageOf<T> => message.type === type);
  }

  get events(): FeedOperationEvent[] {
    return this.of('operations').flatMap(({ events }) => events);
  }

  /** Resolves with the first message of a type, past or future. */
  async next<T extends ServerMessage['type']>(type: T): Promise<MessageOf<T>> {
    await this.until(() => this.of(type).length > 0);
    const [message] = this.of(type);
    if (!message) throw new Error(`no ${type}`);
    return message;
  }

  /** Resolves when the received messages satisfy `condition`. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!condition()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  async closed(): Promise<{ code: number; reason: string }> {
    const [code, reason] = (await once(this.socket, 'close')) as [number, Buffer];
    return { code, reason: reason.toString() };
  }
}
