import type {
  ActivityBody,
  OperationBody,
  OperationsBody,
  SessionBody,
  SessionsBody,
  StatusBody,
  SnapshotBody,
  SummariesBody,
  SummaryBody,
  TrendBody,
} from '../api/answers.ts';
import type { WireOperation, WireSession } from '../wire-format/wire-format.ts';

interface Answers {
  readonly SessionsBody: SessionsBody;
  readonly SessionBody: SessionBody;
  readonly OperationsBody: OperationsBody;
  readonly OperationBody: OperationBody;
  readonly SnapshotBody: SnapshotBody;
  readonly StatusBody: StatusBody;
  readonly SummaryBody: SummaryBody;
  readonly SummariesBody: SummariesBody;
  readonly TrendBody: TrendBody;
  readonly ActivityBody: ActivityBody;
}

/** An answer of the API, by the name of its schema. */
export type AnswerName = keyof Answers;

const failed: WireOperation = {
  operation_id: '92a211bf-4ee6-4e3a-9d5d-aa6e53e80515',
  operation_name: 'read_text_file',
  session_id: '150ea671-ee10-42f6-a1f9-973f07d75e13',
  parent_id: null,
  status: 'failed',
  progress: 40,
  start_time: '2026-11-24T22:47:14.101Z',
  end_time: '2026-11-24T22:47:14.112Z',
  duration: 0.011,
  details: { trace_id: 'a20328eebcab789deb886888a5ac0c62', error_type: 'tool_error' },
  error: 'Access denied',
};

const session: WireSession = {
  session_id: failed.session_id,
  server_name: 'files',
  proxy_name: null,
  client_name: 'claude-code',
  client_version: '2.0.60',
  server_state: 'ready',
  server_state_reason: null,
  status: 'idle',
  opened_at: '2026-11-24T22:46:58.020Z',
  last_activity_at: '2026-11-24T22:47:14.112Z',
  current_operation: null,
  last_failed_operation: failed.operation_id,
  last_failed_at: '2026-11-24T22:47:14.112Z',
  last_error: 'Access denied',
  total_operations: 2,
  active_operations: 0,
  completed_operations: 1,
  failed_operations: 1,
  cancelled_operations: 0,
  unobserved_operations: 0,
  success_rate: 50,
  average_duration: 0.02,
  total_duration: 0.02,
};

const feed = { boot_id: 'e1c9f2ab-7d36-4be5-8f4f-0c3f6f5d2a11', seq: 42 };

const summary = {
  count: 2,
  success_count: 1,
  failure_count: 1,
  cancelled_count: 0,
  unobserved_count: 0,
  success_rate: 50,
  avg_duration: 0.0155,
  min_duration: 0.011,
  max_duration: 0.02,
  median_duration: 0.011,
  p95_duration: 0.02,
  p99_duration: 0.02,
  std_deviation: 0.0064,
};

/** One example for each answer. */
export const ANSWER_EXAMPLES: Answers = {
  SessionsBody: { sessions: [session] },
  SessionBody: {
    session_id: failed.session_id,
    current_operation: null,
    active_operations: [],
    active_total: 0,
    recently_completed: [failed],
    total_operations: 2,
    success_rate: 50,
    average_duration: 0.02,
    start_time: '2026-11-24T22:47:01.300Z',
    summary: session,
  },
  OperationsBody: { feed, total: 2, next: '1795560434101.1', operations: [failed] },
  OperationBody: {
    feed,
    operation: { ...failed, server_name: 'files', progress_over_time: [[0.004, 40]] },
    ancestors: [],
    descendants_total: 0,
    next: null,
    descendants: [],
  },
  SnapshotBody: { feed, active_total: 0, ended_total: 2, next: null, active: [], ended: [failed] },
  StatusBody: {
    feed,
    server_version: '0.1.0',
    server_time: '2026-11-24T22:47:14.500Z',
    grafana_url: null,
    slow_operation_threshold: 5,
    unreachable_servers: [
      {
        server_name: 'weather',
        reason: 'connect ECONNREFUSED 127.0.0.1:8080',
        since: '2026-11-24T22:40:03.512Z',
      },
    ],
    alerts: {
      source: 'prometheus',
      problem: null,
      firing: [
        {
          name: 'McpServerCrashing',
          severity: 'critical',
          server: 'files',
          operation: null,
          description: null,
        },
      ],
    },
  },
  SummaryBody: { operation: 'read_text_file', hours: 24, source: 'local', ...summary },
  SummariesBody: { hours: 24, source: 'local', operations: { read_text_file: summary } },
  TrendBody: {
    operation: 'read_text_file',
    days: 7,
    source: 'local',
    trend: [
      {
        date: '2026-11-24',
        count: 2,
        success_rate: 50,
        avg_duration: 0.0155,
        min_duration: 0.011,
        max_duration: 0.02,
      },
    ],
  },
  ActivityBody: {
    source: 'local',
    step_seconds: 60,
    start_time: '2026-11-24T22:47:00.000Z',
    operations: {
      read_text_file: { count: [2, 0], failure_count: [1, 0], p95_duration: [0.02, null] },
    },
    by_server: [
      {
        server_name: 'files',
        operation: 'read_text_file',
        count: [2, 0],
        failure_count: [1, 0],
        p95_duration: [0.02, null],
      },
    ],
  },
};
