import type {
  ActivityAnswer,
  HistorySource,
  MetricsSummary,
  OperationActivity,
  SummaryAnswer,
  TrendRow,
} from './history-answers.ts';
import type { ProgressPoint } from '../monitor/progress-trail.ts';
import type { WireCurrentMetrics } from '../wire-format/current-metrics.ts';
import type { Wire, WireOperation, WireSession } from '../wire-format/wire-format.ts';

// The JSON that the HTTP API answers, as the routes write it and the page reads it.

/** How far the live feed is: an answer includes what its events have told up to there. */
export interface FeedPosition {
  readonly bootId: string;
  readonly seq: number;
}

interface Paged {
  readonly feed: Wire<FeedPosition>;
  /** The `cursor` of the next page; null on the last one. */
  readonly next: string | null;
}

/** `GET /api/v1/operations` */
export interface OperationsBody extends Paged {
  /** On all pages. */
  readonly total: number;
  /** The latest started first. */
  readonly operations: readonly WireOperation[];
}

/** `GET /api/v1/snapshot` */
export interface SnapshotBody extends Paged {
  readonly active_total: number;
  readonly ended_total: number;
  /** The earliest started first. */
  readonly active: readonly WireOperation[];
  /** The latest ended first. */
  readonly ended: readonly WireOperation[];
}

/** `GET /api/v1/operations/:id`: one operation with its family. */
export interface OperationBody extends Paged {
  readonly operation: WireOperation & {
    readonly server_name: string | null;
    readonly progress_over_time: readonly ProgressPoint[];
  };
  /** The operation that started it, and so on; the outermost first. */
  readonly ancestors: readonly WireOperation[];
  /** What it started, and what that started. */
  readonly descendants: readonly WireOperation[];
  /** On all pages. */
  readonly descendants_total: number;
}

/** `GET /api/v1/sessions` */
export interface SessionsBody {
  readonly sessions: readonly WireSession[];
}

/** `GET /api/v1/sessions/:id` */
export type SessionBody = WireCurrentMetrics & {
  readonly summary?: WireSession;
};

/** `GET /api/v1/summary` of one operation. */
export type SummaryBody = Wire<SummaryAnswer> & {
  readonly operation: string;
  readonly hours: number;
};

/** `GET /api/v1/trend` */
export interface TrendBody {
  readonly operation: string;
  readonly days: number;
  readonly source: HistorySource;
  /** The days on which such operations ended, oldest first. */
  readonly trend: readonly Wire<TrendRow>[];
}

/** Every error. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}

/** `GET /api/v1/summary` of all operations. */
export interface SummariesBody {
  readonly hours: number;
  readonly source: HistorySource;
  readonly operations: Readonly<Record<string, Wire<MetricsSummary>>>;
}

/** `GET /api/v1/activity` */
export type ActivityBody = Omit<Wire<ActivityAnswer>, 'operations'> & {
  readonly operations: Readonly<Record<string, Wire<OperationActivity>>>;
};
