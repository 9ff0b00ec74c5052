/** One bound on what a client, a server, a reporter or a workspace can make the exporter hold, send or do. */
export interface Limit {
  readonly max: number;
  readonly unit: string;
  /** What is bounded. */
  readonly description: string;
  /** What happens to the rest. */
  readonly beyond: string;
}

/**
 * Every bound, in one place. Each use past a bound is counted in `mcp_exporter_limit_reached_total`; docs/limits.md is
 * generated from here.
 */
export const LIMITS = {
  name_length: {
    max: 256,
    unit: 'characters',
    description:
      'Length of a name or id from the network that is kept: tools, prompts, operations, sessions, servers',
    beyond: 'cut, with a digest of the whole name at the end',
  },
  label_length: {
    max: 128,
    unit: 'characters',
    description: 'Length of a label value that a client, a server or a reporter chooses',
    beyond: 'counted as `_OTHER`, or, for values that are not names, cut with a digest at the end',
  },
  known_names: {
    max: 1000,
    unit: 'names',
    description: 'Tool names, and prompt names, that the exporter learns from one server',
    beyond: 'not learned: calls of other names are counted as `_OTHER`',
  },
  requests_per_connection: {
    max: 10_000,
    unit: 'requests',
    description: 'Requests in flight that are followed on one MCP connection, for each direction',
    beyond:
      'the oldest is no longer followed: it leaves the in-flight gauge, no duration and no outcome is recorded for it, ' +
      'and its operation is shown as cancelled; the message itself is forwarded as always',
  },
  requests_total: {
    max: 20_000,
    unit: 'requests',
    description: 'Requests in flight that are followed on all connections of an exporter',
    beyond: 'the oldest is no longer followed, as for `requests_per_connection`',
  },
  operations_per_session: {
    max: 10_000,
    unit: 'operations',
    description: 'Active operations of one session',
    beyond: 'the oldest is no longer followed: it ends as cancelled, and its real end is ignored',
  },
  operations_total: {
    max: 20_000,
    unit: 'operations',
    description: 'Active operations of all sessions',
    beyond:
      'the oldest of the session with the most active operations is no longer followed and ends as cancelled',
  },
  details_total: {
    max: 64 * 1024 * 1024,
    unit: 'characters',
    description:
      'Details and progress of the operations that are kept, in all sessions (8,000 characters for each)',
    beyond: 'the details of the oldest operations are dropped, of the session that has the most first',
  },
  batch_messages: {
    max: 1000,
    unit: 'messages',
    description: 'Messages of one JSON-RPC batch that are read',
    beyond: 'forwarded, but not counted',
  },
  text_bytes: {
    max: 16 * 1024 * 1024,
    unit: 'bytes',
    description: 'One message that is kept to be read: a line of stdio, an HTTP body, an event of a stream',
    beyond: 'forwarded, but only its first and last 1,024 bytes are read',
  },
  text_total: {
    max: 128 * 1024 * 1024,
    unit: 'bytes',
    description: 'HTTP bodies that are kept until they are complete, on all connections of a server',
    beyond: 'forwarded, but only the first and last 1,024 bytes are read; no retry on a stale connection',
  },
  json_values: {
    max: 1_000_000,
    unit: 'values',
    description: 'Values in one JSON text that is parsed (brackets and commas are counted)',
    beyond: 'forwarded, but only its first and last 1,024 bytes are read',
  },
  decoded_bytes: {
    max: 32 * 1024 * 1024,
    unit: 'bytes',
    description:
      'Compressed HTTP answer after decoding; an event stream may in addition have 20 times its compressed size',
    beyond: 'forwarded, but not read further: requests that it answers have no duration and no outcome',
  },
  tasks_per_connection: {
    max: 1000,
    unit: 'tasks',
    description: 'MCP tasks of one connection that are followed',
    beyond: 'the oldest is no longer followed',
  },
  subscriptions_per_connection: {
    max: 1000,
    unit: 'subscriptions',
    description: 'Resource subscriptions of one connection that are counted',
    beyond: 'not counted',
  },
  subscriptions_total: {
    max: 100_000,
    unit: 'subscriptions',
    description: 'Resource subscriptions of all connections that are counted',
    beyond: 'not counted',
  },
  stream_events_per_connection: {
    max: 2000,
    unit: 'event ids',
    description: 'Event ids of one HTTP session that are remembered, so that a replayed event counts once',
    beyond: 'the oldest is forgotten',
  },
  stream_events_total: {
    max: 200_000,
    unit: 'event ids',
    description: 'Event ids of all HTTP sessions that are remembered',
    beyond: 'not remembered: the event counts again if it is replayed',
  },
  event_log_bytes: {
    max: 32 * 1024 * 1024,
    unit: 'characters',
    description: 'Events that a feed client can resume from (10,000 at the most)',
    beyond: 'the oldest are forgotten; a client that resumes from there is told of the gap',
  },
  answer_bytes: {
    max: 4 * 1024 * 1024,
    unit: 'characters',
    description: 'Operations in one answer of the HTTP API',
    beyond: 'sent in the next page: follow `next`',
  },
  answer_operations: {
    max: 1000,
    unit: 'operation names',
    description:
      'Operation names in one summary or activity answer; Prometheus may know more than this process',
    beyond: 'left out, those that ended the least first',
  },
  session_list_bytes: {
    max: 512 * 1024,
    unit: 'characters',
    description: 'List of sessions in one frame of the feed',
    beyond: 'the sessions with the latest activity are sent; the others follow when they change',
  },
  report_queue_bytes: {
    max: 32 * 1024 * 1024,
    unit: 'characters',
    description: 'Details of the events that wait for the hub',
    beyond: 'the event is reported without its details',
  },
  reported_open_total: {
    max: 100_000,
    unit: 'items',
    description:
      'Connections, requests, operations and sessions that all reporters together have open at the hub',
    beyond: 'the start is not taken, and counted as lost',
  },
  log_buffer: {
    max: 256 * 1024,
    unit: 'bytes',
    description: 'Log lines that wait for a stderr that is full or not read',
    beyond: 'dropped and counted; a line says how many once stderr accepts data again',
  },
  log_rate: {
    max: 50,
    unit: 'lines per second',
    description: 'Log lines written, after a burst of 200',
    beyond: 'dropped and counted',
  },
  pipeline_duration: {
    max: 300,
    unit: 'seconds',
    description: 'Work of one tool call of the pipeline server, in a process of its own',
    beyond: 'the process is killed and the call fails with `worker_limit`',
  },
  pipeline_memory: {
    max: 1024,
    unit: 'MiB',
    description: 'Memory of a process that works for a tool call',
    beyond: 'the process ends and the call fails with `worker_limit`',
  },
  pipeline_queue: {
    max: 16,
    unit: 'calls',
    description: 'Tool calls that wait while two scans or one fixing call run',
    beyond: 'refused with `pipeline_busy`',
  },
  pipeline_message: {
    max: 8 * 1024 * 1024,
    unit: 'bytes',
    description: 'One message from a process that works for a tool call',
    beyond: 'the process is killed and the call fails with `worker_limit`',
  },
  pipeline_output: {
    max: 8 * 1024,
    unit: 'bytes',
    description: "Output of the workspace's own configuration that is kept for error messages",
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
    description: 'Answer of the linter about one file',
    beyond: 'the file is skipped',
  },
  source_size: {
    max: 1024 * 1024,
    unit: 'bytes',
    description: 'Source file that is linted or fixed',
    beyond: 'the file is skipped',
  },
  manifest_size: {
    max: 1024 * 1024,
    unit: 'bytes',
    description: 'package.json of the workspace',
    beyond: 'not read; the version checks say so',
  },
  lock_file_size: {
    max: 32 * 1024 * 1024,
    unit: 'bytes',
    description: 'package-lock.json of the workspace',
    beyond: 'not read; the check is skipped and says so',
  },
  changelog_size: {
    max: 4 * 1024 * 1024,
    unit: 'bytes',
    description: 'CHANGELOG.md of the workspace',
    beyond: 'not read; the check is skipped and says so',
  },
  gitignore_size: {
    max: 64 * 1024,
    unit: 'bytes',
    description: 'One .gitignore file of the workspace',
    beyond: 'not read; its patterns do not apply',
  },
  workspace_files: {
    max: 20_000,
    unit: 'files',
    description: 'Source files of one tool call',
    beyond: 'the call fails with `worker_limit`',
  },
  workspace_entries: {
    max: 500_000,
    unit: 'entries',
    description: 'Files and folders that one tool call looks at in search of source files',
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
    description: 'Issues in the result of a scan',
    beyond: 'counted, but not listed; `truncated` is true',
  },
  diff_size: {
    max: 200_000,
    unit: 'characters',
    description: 'Diff in the result of a fix or a full run',
    beyond: 'cut; `diff_truncated` is true',
  },
  pipeline_sessions: {
    max: 200,
    unit: 'sessions',
    description: 'Sessions of the pipeline server whose results are kept',
    beyond: 'the session that was used longest ago is evicted',
  },
  resource_subscriptions: {
    max: 1000,
    unit: 'subscriptions',
    description: 'Resources of the pipeline server that one client subscribes to',
    beyond: 'refused with an error',
  },
  status_operations: {
    max: 100,
    unit: 'operations',
    description: 'Active operations of a session in an answer of `pipeline_status`',
    beyond: 'counted, but only the latest are listed',
  },
  git_output: {
    max: 32 * 1024 * 1024,
    unit: 'bytes',
    description: "git's list of the files or tags of the last commit",
    beyond: 'git is killed and the call fails with `worker_limit`',
  },
  sockets: {
    max: 10_000,
    unit: 'sockets',
    description:
      'Open sockets of clients; also at most a quarter of the open files that the process may have, and half of that for one address',
    beyond: 'the longest idle socket of the address with the most is closed; if none is idle, the new one',
  },
  socket_idle: {
    max: 65,
    unit: 'seconds',
    description: 'Time that a socket may stay open without a request, or with a response that is not read',
    beyond: 'closed',
  },
  header_time: {
    max: 15,
    unit: 'seconds',
    description: 'Time that a client may take to send the header of a request',
    beyond: 'answered with 408 and closed',
  },
  body_time: {
    max: 300,
    unit: 'seconds',
    description: 'Time that a client may take to send a request',
    beyond: 'answered with 408 and closed',
  },
  header_size: {
    max: 16 * 1024,
    unit: 'bytes',
    description: 'Size of the header of a request, with its path and query',
    beyond: 'answered with 431 and closed',
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
    description: 'Reports to a hub from one address',
    beyond: 'answered with 429',
  },
  key_attempts: {
    max: 10,
    unit: 'wrong keys per minute',
    description:
      'Wrong API keys from one address, after which no key from it is compared for the rest of the minute',
    beyond: 'answered with 429',
  },
  tracked_clients: {
    max: 10_000,
    unit: 'addresses',
    description: 'Addresses whose refused requests are remembered',
    beyond: 'further addresses share one allowance of wrong keys and one log line a minute',
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
    description: 'Messages from one client of the live feed',
    beyond: 'answered with an error; after ten in a row the connection is closed',
  },
  feed_subscriptions: {
    max: 100,
    unit: 'sessions',
    description: 'Sessions that one client of the live feed is subscribed to',
    beyond: 'answered with an error',
  },
  feed_unsent: {
    max: 1024 * 1024,
    unit: 'bytes',
    description:
      'Bytes that wait for a client of the live feed that reads too slowly; also 15 s with more than 256 KiB',
    beyond: 'closed with 1013; it may resume',
  },
  mcp_sessions: {
    max: 1000,
    unit: 'sessions',
    description: 'MCP sessions of the built-in pipeline server; at most 200 from one address',
    beyond: 'the longest idle one of the address with the most ends; if none is idle, answered with 503',
  },
  proxied_connections: {
    max: 10_000,
    unit: 'connections',
    description: 'MCP connections that the HTTP proxy tells apart; at most 1,000 from one address',
    beyond: 'the longest idle one of the address with the most is no longer told apart; its traffic goes on',
  },
  announced_endpoints: {
    max: 10_000,
    unit: 'endpoints',
    description: 'Endpoints and redirects that a proxied server announced; at most 1,000 to one address',
    beyond: 'the oldest one of that address is forgotten, and answered with 404',
  },
  reporters: {
    max: 1000,
    unit: 'reporters',
    description: 'Processes that report to a hub; at most 500 from one address',
    beyond: 'the longest silent one of the address with the most is taken for gone; it may come back',
  },
  sessions_per_reporter: {
    max: 100,
    unit: 'sessions',
    description: 'Sessions that one reporter may have among the sessions of a hub',
    beyond: 'its own quietest session is forgotten',
  },
  hub_response: {
    max: 64 * 1024,
    unit: 'bytes',
    description: 'Response of a hub to a report',
    beyond: 'not read; the address is not a hub, and the report is tried again after 30 s',
  },
  prometheus_response: {
    max: 16 * 1024 * 1024,
    unit: 'bytes',
    description: 'Response of Prometheus to a query for summaries, trends or activity',
    beyond: 'not read; the exporter answers from its own memory',
  },
  webhook_response: {
    max: 64 * 1024,
    unit: 'bytes',
    description: 'Body of the alert webhook’s response, which is not used',
    beyond: 'not read; the response’s status counts',
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;

/** Called each time something was cut, refused or dropped because a limit was reached. */
export type OnLimit = (limit: LimitName, count?: number) => void;
