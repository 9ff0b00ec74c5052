import { setImmediate as turn } from 'node:timers/promises';

import { ExporterApi } from '../../../../src/feed/page/connection/exporter-api.ts';
import type { WireOperation } from '../../../../src/wire-format/wire-format.ts';

interface Question {
  readonly asked: string;
  readonly answer: (response: Response | null) => void;
}

/** The exporter's HTTP API, whose answers the test controls. */
export class FakeExporter {
  /** All requested paths, without `./api/v1/`. */
  readonly asked: string[] = [];
  readonly keys: (string | null)[] = [];
  readonly api: ExporterApi;
  #open: Question[] = [];

  constructor(loadKey: () => string | null = () => null) {
    this.api = new ExporterApi((url, key) => this.#ask(url, key), loadKey);
  }

  /** Requests without an answer. */
  get open(): string[] {
    return this.#open.map(({ asked }) => asked);
  }

  /** Answers the first pending request that starts with `path`. Null breaks the connection. */
  answer(path: string, response: Response | null): Promise<void> {
    return this.#answer(
      path,
      response,
      this.#open.find(({ asked }) => asked.startsWith(path)),
    );
  }

  /** Answers the last pending request before the earlier ones. */
  answerLast(path: string, response: Response | null): Promise<void> {
    return this.#answer(
      path,
      response,
      this.#open.findLast(({ asked }) => asked.startsWith(path)),
    );
  }

  async #answer(path: string, response: Response | null, question: Question | undefined): Promise<void> {
    if (!question) throw new Error(`nothing like ${path} was asked for: ${this.open.join(', ')}`);
    this.#open = this.#open.filter((each) => each !== question);
    question.answer(response);
    await turn();
  }

  async answerSnapshot(
    [boot_id, seq]: readonly [bootId: string, seq: number],
    {
      active = [],
      ended = [],
      ended_total = ended.length,
    }: { active?: WireOperation[]; ended?: WireOperation[]; ended_total?: number } = {},
  ): Promise<void> {
    await this.answer('snapshot', Response.json({ feed: { boot_id, seq }, active, ended, ended_total }));
  }

  #ask(url: string, key: string | null): Promise<Response | null> {
    const asked = url.replace('./api/v1/', '');
    this.asked.push(asked);
    this.keys.push(key);
    return new Promise((answer) => this.#open.push({ asked, answer }));
  }
}
