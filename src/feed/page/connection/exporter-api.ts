import type {
  ActivityBody,
  OperationBody,
  OperationsBody,
  SessionsBody,
  SnapshotBody,
  StatusBody,
  SummariesBody,
} from '../../../api/answers.ts';
import type { WireOperation } from '../../../wire-format/wire-format.ts';

/** The active and the latest ended operations at one position of the feed, latest first. */
export interface Snapshot {
  readonly seq: number;
  /** Limited to the longest running ones. */
  readonly active: readonly WireOperation[];
  /** Number of active operations. @defaultValue the length of `active` */
  readonly activeTotal?: number;
  readonly ended: readonly WireOperation[];
  /** Number of kept operations that have ended. @defaultValue the length of `ended` */
  readonly endedTotal?: number;
}

/** Identifies an operation. Ids are unique only in their session, and can be reused. */
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
  readonly server?: string | null;
  readonly operation?: string | null;
  readonly status?: string | null;
  readonly text?: string | null;
  readonly limit?: number;
}

/** A failed request. The status is null if the exporter was unreachable or the response was invalid. */
export class NoAnswer {
  readonly status: number | null;
  /** The exporter's error message, if there is one. */
  readonly message: string | null;

  constructor(status: number | null, message: string | null = null) {
    this.status = status;
    this.message = message;
  }

  /** Whether a retry is useless, because the thing does not exist or the request is invalid. */
  get isFinal(): boolean {
    return this.status === 404 || this.status === 400;
  }
}

/** Each response has one of them. */
const MEMBERS = ['feed', 'operations', 'sessions'];

type Fetch = (url: string, key: string | null) => Promise<Response | null>;

/** The part of the exporter's HTTP API that the page uses. */
export class ExporterApi {
  readonly #fetch: Fetch;
  readonly #loadKey: () => string | null;

  constructor(fetch: Fetch, loadKey: () => string | null) {
    this.#fetch = fetch;
    this.#loadKey = loadKey;
  }

  status(): Promise<StatusBody | NoAnswer> {
    return this.#get('status', {});
  }

  async sessions(): Promise<SessionsBody['sessions'] | NoAnswer> {
    const body = await this.#get<SessionsBody>('sessions', {});
    return body instanceof NoAnswer ? body : body.sessions;
  }

  async snapshot(): Promise<BootSnapshot | NoAnswer> {
    const body = await this.#get<SnapshotBody>('snapshot', {});
    if (body instanceof NoAnswer) return body;
    const { feed, active, active_total: activeTotal, ended, ended_total: endedTotal } = body;
    return { bootId: feed.boot_id, seq: feed.seq, active, activeTotal, ended, endedTotal };
  }

  operations(query: OperationsQuery): Promise<OperationsBody | NoAnswer> {
    return this.#get('operations', { ...query });
  }

  async operation({ id, sessionId, startTime }: OperationReference): Promise<OperationBody | NoAnswer> {
    const query = { session_id: sessionId, start_time: startTime };
    const body = await this.#get<OperationBody | OperationsBody>(operationPath(id), query);
    // Browsers resolve an id like `..` as a folder and request another path.
    return body instanceof NoAnswer || 'operation' in body ? body : new NoAnswer(404);
  }

  summaries(hours: number): Promise<SummariesBody | NoAnswer> {
    return this.#get('summary', { hours });
  }

  activity(): Promise<ActivityBody | NoAnswer> {
    return this.#get('activity', { minutes: 60 });
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
    if (!response) return new NoAnswer(null);
    if (!response.ok) return new NoAnswer(response.status, await errorOf(response));
    try {
      const body: unknown = await response.json();
      // A reverse proxy may respond with its own JSON.
      return typeof body === 'object' && body !== null && MEMBERS.some((member) => member in body)
        ? (body as T)
        : new NoAnswer(null);
    } catch {
      return new NoAnswer(null);
    }
  }
}

/** Null if the error is not the exporter's. */
async function errorOf(response: Response): Promise<string | null> {
  try {
    const { error } = (await response.json()) as { readonly error?: { readonly message?: unknown } };
    return typeof error?.message === 'string' ? error.message : null;
  } catch {
    return null;
  }
}

export function operationPath(id: string): string {
  return `operations/${encodeURIComponent(id)}`;
}
