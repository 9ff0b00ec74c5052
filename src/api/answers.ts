import type {
  ActivityAnswer,
  HistoryOrigin,
  HistorySource,
  MetricsSummary,
  OperationActivity,
  ServerOperationActivity,
  SummaryAnswer,
  TrendRow,
} from './history-answers.ts';
import type { UnreachableServer } from '../monitor/server-states.ts';
import type { ProgressPoint } from '../monitor/progress-trail.ts';
import type { WireCurrentMetrics } from '../wire-format/current-metrics.ts';
import type { Wire, WireOperation, WireSession } from '../wire-format/wire-format.ts';

// The JSON responses of the HTTP API. The routes write them, and the page reads them.

/** A position in the live feed. The response includes all feed events up to it. */
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
  /** Number of operations on all pages. */
  readonly total: number;
  /** Most recently started first. */
  readonly operations: readonly WireOperation[];
}

/** `GET /api/v1/snapshot` */
export interface SnapshotBody extends Paged {
  readonly active_total: number;
  readonly ended_total: number;
  /** Oldest first. */
  readonly active: readonly WireOperation[];
  /** Most recently ended first. */
  readonly ended: readonly WireOperation[];
}

/** `GET /api/v1/operations/:id`: one operation with its ancestors and descendants. */
export interface OperationBody extends Paged {
  readonly operation: WireOperation & {
    readonly server_name: string | null;
    readonly progress_over_time: readonly ProgressPoint[];
  };
  /** Its parent, the parent's parent and so on, outermost first. */
  readonly ancestors: readonly WireOperation[];
  /** Its children, their children and so on. */
  readonly descendants: readonly WireOperation[];
  /** Number of descendants on all pages. */
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
export interface TrendBody extends HistoryOrigin {
  readonly operation: string;
  readonly days: number;
  /** The days on which such operations ended, oldest first. */
  readonly trend: readonly Wire<TrendRow>[];
}

/** A firing alert. */
export interface AlertBody {
  /** Its name in the rules, which is also its section in the runbooks. */
  readonly name: string;
  readonly severity: string | null;
  /** The MCP server that it is about; null if it is about several, or about the exporter. */
  readonly server: string | null;
  /** The operation that it is about; null if it is about several. */
  readonly operation: string | null;
  /** The problem, if the exporter evaluates the alert itself. */
  readonly description: string | null;
}

export interface AlertsBody {
  /** Null if neither Prometheus nor a webhook is configured, so that no alert is evaluated. */
  readonly source: HistorySource | null;
  /** Why the alerts could not be read; null if they were. */
  readonly problem: string | null;
  readonly firing: readonly AlertBody[];
}

/** `GET /api/v1/status` */
export interface StatusBody {
  readonly feed: Wire<FeedPosition>;
  readonly server_version: string;
  /** The exporter's clock. */
  readonly server_time: string;
  /** Null if it is not configured. */
  readonly grafana_url: string | null;
  /** In seconds. Operations that take longer are slow. */
  readonly slow_operation_threshold: number;
  /** The HTTP servers that their proxies cannot reach. */
  readonly unreachable_servers: readonly Wire<UnreachableServer>[];
  readonly alerts: AlertsBody;
}

/** Every error. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}

/** `GET /api/v1/summary` of all operations. */
export interface SummariesBody extends HistoryOrigin {
  readonly hours: number;
  readonly operations: Readonly<Record<string, Wire<MetricsSummary>>>;
}

/** `GET /api/v1/activity` */
export type ActivityBody = Omit<Wire<ActivityAnswer>, 'operations'> & {
  readonly operations: Readonly<Record<string, Wire<OperationActivity>>>;
  /** The operations of each server since this process started. An operation of too many servers is left out. */
  readonly by_server: readonly Wire<ServerOperationActivity>[];
};
