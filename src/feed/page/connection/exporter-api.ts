import type { WireOperation } from '../../../wire-format/wire-format.ts';
import type { OperationReference } from '../state/page-address.ts';
import type { Snapshot } from '../state/operation-store.ts';

/** Which run of the exporter answered, and how far its feed was. */
interface Position {
  readonly boot_id: string;
  readonly seq: number;
}

export interface BootSnapshot extends Snapshot {
  readonly bootId: string;
}

export interface OperationsAnswer {
  readonly feed: Position;
  /** How many there are; an answer has the first of them. */
  readonly total: number;
  /** The latest started first. */
  readonly operations: readonly WireOperation[];
}

/** One operation with its family. */
export interface OperationAnswer {
  readonly feed: Position;
  readonly operation: WireOperation & {
    readonly server_name: string | null;
    /** Seconds since its start, and percent. */
    readonly progress_over_time: readonly (readonly [number, number])[];
  };
  readonly ancestors: readonly WireOperation[];
  /** The first of them, where there are many. */
  readonly descendants: readonly WireOperation[];
  readonly descendants_total: number;
}

/** What ended within some hours, of one name; durations in seconds. */
export interface Summary {
  readonly count: number;
  readonly failure_count: number;
  readonly median_duration: number;
  readonly p95_duration: number;
}

/** The last hour of one name, a minute each, the oldest first. */
export interface Activity {
  readonly count: readonly number[];
  readonly failure_count: readonly number[];
  /** Seconds; null where nothing ended. */
  readonly p95_duration: readonly (number | null)[];
}

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
    type Body = { feed: Position; active_total: number; active: WireOperation[]; ended: WireOperation[] };
    const body = await this.#get<Body>('snapshot', {});
    if (body instanceof NoAnswer) return body;
    const { feed, active, active_total: activeTotal, ended } = body;
    return { bootId: feed.boot_id, seq: feed.seq, active, activeTotal, ended };
  }

  operations(query: OperationsQuery): Promise<OperationsAnswer | NoAnswer> {
    return this.#get('operations', { ...query });
  }

  async operation({ id, sessionId, startTime }: OperationReference): Promise<OperationAnswer | NoAnswer> {
    type Body = OperationAnswer | OperationsAnswer;
    const query = { session_id: sessionId, start_time: startTime };
    const body = await this.#get<Body>(operationPath(id), query);
    // No path leads to an id of dots: browsers take it for a folder.
    return body instanceof NoAnswer || 'operation' in body ? body : new NoAnswer(404);
  }

  async summaries(hours: number): Promise<Readonly<Record<string, Summary>> | NoAnswer> {
    const body = await this.#get<{ operations: Record<string, Summary> }>('summary', { hours });
    return body instanceof NoAnswer ? body : body.operations;
  }

  async activity(): Promise<Readonly<Record<string, Activity>> | NoAnswer> {
    const body = await this.#get<{ operations: Record<string, Activity> }>('activity', { minutes: 60 });
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
