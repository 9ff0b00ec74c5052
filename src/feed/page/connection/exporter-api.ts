import type {
  ActivityBody,
  OperationBody,
  OperationsBody,
  SnapshotBody,
  SummariesBody,
} from '../../../api/answers.ts';
import type { WireOperation } from '../../../wire-format/wire-format.ts';

/** The active and the latest ended operations at one moment of the feed, the latest first. */
export interface Snapshot {
  readonly seq: number;
  /** The longest running, if there are very many. */
  readonly active: readonly WireOperation[];
  /** How many are active. @defaultValue as many as are given */
  readonly activeTotal?: number;
  readonly ended: readonly WireOperation[];
}

/** One operation: ids are unique in their session only, and can be used again. */
export interface OperationReference {
  readonly id: string;
  readonly sessionId: string | null;
  readonly startTime: string | null;
}

export interface BootSnapshot extends Snapshot {
  readonly bootId: string;
}

export type Activity = ActivityBody['operations'][string];

export interface OperationsQuery {
  readonly session_id?: string | null;
  readonly operation?: string | null;
  readonly status?: string | null;
  readonly limit?: number;
}

/** An answer that is none: nobody answered (null), or there is no such thing (404), or another HTTP status. */
export class NoAnswer {
  readonly status: number | null;

  constructor(status: number | null) {
    this.status = status;
  }

  /** Whether the same question will have no other answer: there is no such thing, or there cannot be. */
  get isFinal(): boolean {
    return this.status === 404 || this.status === 400;
  }
}

type Fetch = (url: string, key: string | null) => Promise<Response | null>;

/** The exporter's HTTP API, as far as the page asks it. */
export class ExporterApi {
  readonly #fetch: Fetch;
  readonly #loadKey: () => string | null;

  constructor(fetch: Fetch, loadKey: () => string | null) {
    this.#fetch = fetch;
    this.#loadKey = loadKey;
  }

  async snapshot(): Promise<BootSnapshot | NoAnswer> {
    const body = await this.#get<SnapshotBody>('snapshot', {});
    if (body instanceof NoAnswer) return body;
    const { feed, active, active_total: activeTotal, ended } = body;
    return { bootId: feed.boot_id, seq: feed.seq, active, activeTotal, ended };
  }

  operations(query: OperationsQuery): Promise<OperationsBody | NoAnswer> {
    return this.#get('operations', { ...query });
  }

  async operation({ id, sessionId, startTime }: OperationReference): Promise<OperationBody | NoAnswer> {
    const query = { session_id: sessionId, start_time: startTime };
    const body = await this.#get<OperationBody | OperationsBody>(operationPath(id), query);
    // No path leads to an id of dots: browsers take it for a folder.
    return body instanceof NoAnswer || 'operation' in body ? body : new NoAnswer(404);
  }

  async summaries(hours: number): Promise<SummariesBody['operations'] | NoAnswer> {
    const body = await this.#get<SummariesBody>('summary', { hours });
    return body instanceof NoAnswer ? body : body.operations;
  }

  async activity(): Promise<ActivityBody['operations'] | NoAnswer> {
    const body = await this.#get<ActivityBody>('activity', { minutes: 60 });
    return body instanceof NoAnswer ? body : body.operations;
  }

  async #get<T>(
    path: string,
    query: Readonly<Record<string, string | number | null>>,
  ): Promise<T | NoAnswer> {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== null) parameters.set(name, String(value));
    }
    const response = await this.#fetch(`./api/v1/${path}?${parameters}`, this.#loadKey());
    if (!response?.ok) return new NoAnswer(response?.status ?? null);
    try {
      const body: unknown = await response.json();
      // What stands between them may answer in its place.
      return typeof body === 'object' && body !== null && ('feed' in body || 'operations' in body)
        ? (body as T)
        : new NoAnswer(null);
    } catch {
      return new NoAnswer(null);
    }
  }
}

/** Ids may have any characters. */
export function operationPath(id: string): string {
  return `operations/${encodeURIComponent(id)}`;
}
