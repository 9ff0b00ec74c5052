/** One bound on the memory, traffic or work that a client, server, reporter or workspace can cause. */
export interface Limit {
  readonly max: number;
  readonly unit: string;
  /** The bounded quantity. */
  readonly description: string;
  /** The behavior beyond the limit. */
  readonly beyond: string;
}

/**
 * All limits. Each time one is exceeded, `mcp_exporter_limit_reached_total` counts it. docs/limits.md is generated from
 * this table.
 */
export const LIMITS = {
  name_length: {
    max: 256,
    unit: 'characters',
    description: 'Length of a name or id from the network (tools, prompts, operations, sessions, servers)',
    beyond: 'truncated, with a digest of the whole name at the end',
  },
  label_length: {
    max: 128,
    unit: 'characters',
    description: 'Length of a label value from a client, a server or a reporter',
    beyond: 'names become `_OTHER`; other values are truncated, with a digest at the end',
  },
  known_names: {
    max: 10_000,
    unit: 'names',
    description:
      'Tool names that the exporter learns from one server; the same limit applies to prompt names',
    beyond: 'not learned; calls with these names are counted as `_OTHER`',
  },
  requests_per_connection: {
    max: 10_000,
    unit: 'requests',
    description: 'Tracked requests in flight on one MCP connection, in each direction',
    beyond: 'the oldest is no longer followed and ends as `unobserved`; its messages are still forwarded',
  },
  requests_total: {
    max: 20_000,
    unit: 'requests',
    description: 'Tracked requests in flight on all connections of an exporter',
    beyond: 'the oldest is no longer followed, as for `requests_per_connection`',
  },
  operations_per_session: {
    max: 10_000,
    unit: 'operations',
    description: 'Active operations of one session',
    beyond: 'the oldest is no longer followed: it ends as `unobserved`, and its real end is ignored',
  },
  operations_total: {
    max: 20_000,
    unit: 'operations',
    description: 'Active operations of all sessions',
    beyond:
      'the oldest operation of the session with the most active operations is no longer followed and ends as `unobserved`',
  },
  details_total: {
    max: 64 * 1024 * 1024,
    unit: 'characters',
    description:
      'Details and progress of all kept operations, in all sessions (8,000 characters per operation)',
    beyond: 'the session with the most details loses its oldest details first',
  },
  batch_messages: {
    max: 1000,
    unit: 'messages',
    description: 'Messages of one JSON-RPC batch',
    beyond: 'further messages are forwarded, but not counted',
  },
  text_bytes: {
    max: 16 * 1024 * 1024,
    unit: 'bytes',
    description: 'Size of one buffered message: a line of stdio, an HTTP body, an event of a stream',
    beyond: 'forwarded, but only its first and last 1,024 bytes are parsed',
  },
  text_total: {
    max: 128 * 1024 * 1024,
    unit: 'bytes',
    description: 'HTTP bodies that are buffered until they are complete, on all connections of a server',
    beyond:
      'forwarded, but only the first and last 1,024 bytes are parsed; not retried after a stale connection',
  },
  json_values: {
    max: 1_000_000,
    unit: 'values',
    description: 'Values in one JSON text, counted as brackets and commas',
    beyond: 'forwarded, but only its first and last 1,024 bytes are parsed',
  },
  decoded_bytes: {
    max: 32 * 1024 * 1024,
    unit: 'bytes',
    description:
      'Size of a compressed HTTP response after decoding; event streams get 20 times their compressed size on top',
    beyond: 'forwarded, but not parsed further; the requests it answers end as `unobserved`',
  },
  tasks_per_connection: {
    max: 1000,
    unit: 'tasks',
    description: 'Tracked MCP tasks of one connection',
    beyond: 'the oldest is no longer tracked',
  },
  subscriptions_per_connection: {
    max: 1000,
    unit: 'subscriptions',
    description: 'Counted resource subscriptions of one connection',
    beyond: 'not counted',
  },
  subscriptions_total: {
    max: 100_000,
    unit: 'subscriptions',
    description: 'Counted resource subscriptions of all connections',
    beyond: 'not counted',
  },
  stream_events_per_connection: {
    max: 2000,
    unit: 'event ids',
    description: 'Event ids of one HTTP session that are kept, so that a replayed event is counted once',
    beyond: 'the oldest is evicted',
  },
  stream_events_total: {
    max: 200_000,
    unit: 'event ids',
    description: 'Event ids of all HTTP sessions that are kept',
    beyond: 'not kept; a replayed event is counted again',
  },
  event_log_bytes: {
    max: 32 * 1024 * 1024,
    unit: 'characters',
    description: 'Buffered feed events for clients that resume, at most 10,000',
    beyond: 'the oldest are evicted; a client that resumes from before them gets a gap notice',
  },
  answer_bytes: {
    max: 4 * 1024 * 1024,
    unit: 'characters',
    description: 'Operations in one response of the HTTP API',
    beyond: 'the rest is on the next page; follow `next`',
  },
  answer_operations: {
    max: 1000,
    unit: 'operation names',
    description:
      'Operation names in one summary or activity response; Prometheus may know more than this process',
    beyond: 'the names with the fewest ended operations are left out',
  },
  session_list_bytes: {
    max: 512 * 1024,
    unit: 'characters',
    description: 'Session list in one frame of the feed',
    beyond: 'only the most recently active sessions are sent; the others follow when they change',
  },
  report_queue_bytes: {
    max: 32 * 1024 * 1024,
    unit: 'characters',
    description: 'Details of events that are queued for the hub',
    beyond: 'the event is reported without its details',
  },
  reported_open_total: {
    max: 100_000,
    unit: 'items',
    description: 'Open connections, requests, operations and sessions of all reporters of a hub',
    beyond: 'the start event is dropped and counted as lost',
  },
  log_buffer: {
    max: 256 * 1024,
    unit: 'bytes',
    description: 'Buffered log lines while stderr is full or not read',
    beyond: 'dropped and counted; a later log line states the number',
  },
  log_rate: {
    max: 50,
    unit: 'lines per second',
    description: 'Rate of log lines, after a burst of 200',
    beyond: 'dropped and counted',
  },
  pipeline_duration: {
    max: 300,
    unit: 'seconds',
    description: 'Run time of the worker process of one tool call of the pipeline server',
    beyond: 'the worker is killed and the call fails with `worker_limit`',
  },
  pipeline_memory: {
    max: 1024,
    unit: 'MiB',
    description: 'Memory of the worker process of one tool call',
    beyond: 'the worker ends and the call fails with `worker_limit`',
  },
  pipeline_queue: {
    max: 16,
    unit: 'calls',
    description: 'Queued tool calls; two scans or one fixing call run at a time',
    beyond: 'refused with `pipeline_busy`',
  },
  pipeline_message: {
    max: 8 * 1024 * 1024,
    unit: 'bytes',
    description: 'Size of one message from a worker process',
    beyond: 'the worker is killed and the call fails with `worker_limit`',
  },
  pipeline_output: {
    max: 8 * 1024,
    unit: 'bytes',
    description: 'Output of the workspace’s configuration files that is kept for error messages',
    beyond: 'the oldest output is dropped',
  },
  lint_duration: {
    max: 5,
    unit: 'seconds',
    description: 'Time to lint one file with the built-in rules',
    beyond: 'the file is skipped',
  },
  lint_answer: {
    max: 8 * 1024 * 1024,
    unit: 'bytes',
    description: 'Size of the linter’s result for one file',
    beyond: 'the file is skipped',
  },
  source_size: {
    max: 1024 * 1024,
    unit: 'bytes',
    description: 'Size of a source file',
    beyond: 'the file is skipped',
  },
  manifest_size: {
    max: 1024 * 1024,
    unit: 'bytes',
    description: 'Size of the workspace’s package.json',
    beyond: 'not read; the version checks report it',
  },
  lock_file_size: {
    max: 32 * 1024 * 1024,
    unit: 'bytes',
    description: 'Size of the workspace’s package-lock.json',
    beyond: 'not read; the check is reported as skipped',
  },
  changelog_size: {
    max: 4 * 1024 * 1024,
    unit: 'bytes',
    description: 'Size of a changelog of the workspace',
    beyond: 'not read; the check is reported as skipped',
  },
  gitignore_size: {
    max: 64 * 1024,
    unit: 'bytes',
    description: 'Size of one .gitignore file or other file of ignore patterns',
    beyond: 'not read; its patterns do not apply',
  },
  workspace_files: {
    max: 20_000,
    unit: 'files',
    description: 'Number of source files of one tool call',
    beyond: 'the call fails with `worker_limit`',
  },
  workspace_entries: {
    max: 500_000,
    unit: 'entries',
    description: 'Files and folders that one tool call visits to find source files',
    beyond: 'the call fails with `worker_limit`',
  },
  workspace_depth: {
    max: 64,
    unit: 'levels',
    description: 'Depth of the folders that are searched for source files',
    beyond: 'deeper folders are skipped',
  },
  listed_issues: {
    max: 200,
    unit: 'issues',
    description: 'Listed issues, and listed skipped files, in the result of a scan or a run',
    beyond: 'counted, but not listed; `truncated` is true',
  },
  diff_size: {
    max: 200_000,
    unit: 'characters',
    description: 'Size of the diff in the result of a fix or a full run',
    beyond: 'truncated; `diff_truncated` is true',
  },
  pipeline_sessions: {
    max: 200,
    unit: 'sessions',
    description: 'Pipeline server sessions whose results are kept',
    beyond: 'the least recently used session is evicted',
  },
  resource_subscriptions: {
    max: 1000,
    unit: 'subscriptions',
    description: 'Resource subscriptions of one client of the pipeline server',
    beyond: 'refused with an error',
  },
  status_operations: {
    max: 100,
    unit: 'operations',
    description: 'Listed active operations of a session in the result of `pipeline_status`',
    beyond: 'only the latest are listed; all are counted',
  },
  git_output: {
    max: 32 * 1024 * 1024,
    unit: 'bytes',
    description: 'Size of git’s list of files or tags of the last commit',
    beyond: 'git is killed and the call fails with `worker_limit`',
  },
  sockets: {
    max: 10_000,
    unit: 'sockets',
    description:
      'Open client sockets; also at most a quarter of the process’s file descriptor limit, and half of that per address',
    beyond:
      'the longest idle socket of the address with the most sockets is closed, or the new one if none is idle',
  },
  // Longer than reverse proxies keep idle connections (nginx and AWS 60 s, Caddy 2 minutes): a request on a connection that
  // is closed at the same moment is lost, because most proxies do not send a POST request again.
  socket_idle: {
    max: 130,
    unit: 'seconds',
    description:
      'Idle timeout of a socket that sends no request or does not read its response; uploads that a proxy forwards may pause',
    beyond: 'closed',
  },
  header_time: {
    max: 15,
    unit: 'seconds',
    description: 'Timeout for receiving the header of a request',
    beyond: 'answered with 408 and closed',
  },
  body_time: {
    max: 300,
    unit: 'seconds',
    description: 'Timeout for receiving a whole request; not for requests that a proxy forwards',
    beyond: 'answered with 408 and closed',
  },
  header_size: {
    max: 16 * 1024,
    unit: 'bytes',
    description: 'Size of a request header, including path and query',
    beyond: 'answered with 431 and closed',
  },
  forwarded_header_size: {
    max: 1024 * 1024,
    unit: 'bytes',
    description: 'Size of a header that a proxy forwards, in both directions',
    beyond: 'a request is answered with 431 and counted as `header_size`; a response with 502',
  },
  forwarded_headers_total: {
    max: 128 * 1024 * 1024,
    unit: 'bytes',
    description:
      'Headers that the clients of a proxy can send at once, divided by the number of open sockets',
    beyond: 'new sockets may send smaller headers, but always `header_size`',
  },
  report_size: {
    max: 1024 * 1024,
    unit: 'bytes',
    description: 'Size of a report to a hub',
    beyond: 'answered with 413',
  },
  report_rate: {
    max: 300,
    unit: 'reports per second',
    description: 'Rate of reports to a hub from one address',
    beyond: 'answered with 429',
  },
  key_attempts: {
    max: 10,
    unit: 'wrong keys per minute',
    description:
      'Different wrong API keys from one address; beyond that, its keys are not checked for the rest of the minute',
    beyond: 'answered with 429',
  },
  tracked_clients: {
    max: 10_000,
    unit: 'addresses',
    description: 'Addresses whose refused requests are tracked',
    beyond: 'further addresses share one limit of wrong keys and one log line a minute',
  },
  feed_clients: {
    max: 1000,
    unit: 'clients',
    description: 'Clients of the live feed; also at most half of the sockets',
    beyond: 'closed with 1013',
  },
  feed_clients_per_address: {
    max: 100,
    unit: 'clients',
    description: 'Clients of the live feed from one address',
    beyond: 'closed with 1013',
  },
  feed_message_size: {
    max: 4096,
    unit: 'bytes',
    description: 'Size of a message from a client of the live feed',
    beyond: 'answered with an error; above 64 KiB the connection is closed',
  },
  feed_message_rate: {
    max: 20,
    unit: 'messages per second',
    description: 'Rate of messages from one client of the live feed',
    beyond: 'answered with an error; after ten in a row the connection is closed',
  },
  feed_subscriptions: {
    max: 100,
    unit: 'sessions',
    description: 'Session subscriptions of one client of the live feed',
    beyond: 'answered with an error',
  },
  feed_unsent: {
    max: 1024 * 1024,
    unit: 'bytes',
    description: 'Unsent bytes for a slow client of the live feed; also more than 256 KiB for 15 s',
    beyond: 'closed with 1013; the client may resume',
  },
  mcp_sessions: {
    max: 1000,
    unit: 'sessions',
    description: 'MCP sessions of the built-in pipeline server; at most 200 from one address',
    beyond:
      'the longest idle session of the address with the most sessions ends; if none is idle, answered with 503',
  },
  proxied_connections: {
    max: 10_000,
    unit: 'connections',
    description: 'MCP connections that the HTTP proxy tracks; at most 1,000 from one address',
    beyond:
      'the longest idle connection of the address with the most is no longer tracked; its traffic is still forwarded',
  },
  announced_endpoints: {
    max: 10_000,
    unit: 'endpoints',
    description: 'Announced endpoints and redirects of a proxied server; at most 1,000 for one address',
    beyond: 'the oldest one of that address is evicted; requests to it are answered with 404',
  },
  reporters: {
    max: 1000,
    unit: 'reporters',
    description: 'Reporters of a hub; at most 500 from one address',
    beyond: 'the longest silent reporter of the address with the most is treated as gone; it may reconnect',
  },
  unreachable_servers: {
    max: 200,
    unit: 'servers',
    description: 'Unreachable HTTP servers that are listed in the API and on the live page',
    beyond: 'not listed; its metric and its alert are not affected',
  },
  sessions_per_reporter: {
    max: 100,
    unit: 'sessions',
    description: 'Sessions of one reporter that a hub keeps',
    beyond: 'the reporter’s longest inactive session is evicted',
  },
  hub_response: {
    max: 64 * 1024,
    unit: 'bytes',
    description: 'Size of a hub’s response to a report',
    beyond: 'not read; the address is treated as not a hub, and the report is retried after 30 s',
  },
  prometheus_response: {
    max: 16 * 1024 * 1024,
    unit: 'bytes',
    description: 'Size of a Prometheus response to a query for summaries, trends or activity',
    beyond: 'not read; the exporter answers from its own memory',
  },
  webhook_response: {
    max: 64 * 1024,
    unit: 'bytes',
    description: 'Size of the alert webhook’s response body, which is ignored',
    beyond: 'not read; only the response status is used',
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;

/** Called when data is truncated, refused or dropped because of a limit. */
export type OnLimit = (limit: LimitName, count?: number) => void;
