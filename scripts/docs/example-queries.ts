import type { exporterCatalogue, pipelineCatalogue, protocolCatalogue } from '../../src/metrics/catalogue.ts';

type NameIn<C extends Record<string, { readonly name: string }>> = C[keyof C]['name'];
type MetricName =
  NameIn<typeof protocolCatalogue> | NameIn<typeof pipelineCatalogue> | NameIn<typeof exporterCatalogue>;

/** A question that a metric answers, and the PromQL that asks it. */
export interface ExampleQuery {
  readonly question: string;
  readonly query: string;
}

/** One example for each metric of the catalogue. */
export const EXAMPLE_QUERIES: Readonly<Record<MetricName, ExampleQuery>> = {
  mcp_server_operations_total: {
    question: 'Share of tool calls that failed, by server and tool',
    query:
      'sum by (mcp_server_name, gen_ai_tool_name) (rate(mcp_server_operations_total{mcp_method_name="tools/call", error_type!~"|cancelled|unobserved"}[5m])) / sum by (mcp_server_name, gen_ai_tool_name) (rate(mcp_server_operations_total{mcp_method_name="tools/call", error_type!~"cancelled|unobserved"}[5m]))',
  },
  mcp_server_operation_duration_seconds: {
    question: '95th percentile of tool call durations, by server and tool',
    query:
      'histogram_quantile(0.95, sum by (mcp_server_name, gen_ai_tool_name, le) (rate(mcp_server_operation_duration_seconds_bucket{mcp_method_name="tools/call"}[5m])))',
  },
  mcp_client_operation_duration_seconds: {
    question: 'Requests per second from servers to clients, by method',
    query:
      'sum by (mcp_server_name, mcp_method_name) (rate(mcp_client_operation_duration_seconds_count[5m]))',
  },
  mcp_server_session_duration_seconds: {
    question: 'Mean duration of the sessions that closed in the last hour',
    query:
      'sum by (mcp_server_name) (increase(mcp_server_session_duration_seconds_sum[1h])) / sum by (mcp_server_name) (increase(mcp_server_session_duration_seconds_count[1h]))',
  },
  mcp_server_sessions_active: {
    question: 'Open sessions, by server',
    query: 'sum by (mcp_server_name) (mcp_server_sessions_active)',
  },
  mcp_server_operations_in_flight: {
    question: 'Five busiest tools now',
    query: 'topk(5, sum by (mcp_server_name, gen_ai_tool_name) (mcp_server_operations_in_flight))',
  },
  mcp_server_oldest_in_flight_seconds: {
    question: 'Servers with a request that has been open for more than five minutes',
    query: 'mcp_server_oldest_in_flight_seconds > 300',
  },
  mcp_server_cancellations_total: {
    question: 'Cancellations per second, by tool and reason',
    query: 'sum by (mcp_server_name, gen_ai_tool_name, reason) (rate(mcp_server_cancellations_total[5m]))',
  },
  mcp_server_unobserved_requests_total: {
    question: 'Requests of the last hour whose outcome is unknown, by server and reason',
    query: 'sum by (mcp_server_name, reason) (increase(mcp_server_unobserved_requests_total[1h])) > 0',
  },
  mcp_server_progress_notifications_total: {
    question: 'Progress notifications per second, by tool',
    query: 'sum by (mcp_server_name, gen_ai_tool_name) (rate(mcp_server_progress_notifications_total[5m]))',
  },
  mcp_server_notifications_total: {
    question: 'Notifications per second, by method and direction',
    query: 'sum by (mcp_method_name, direction) (rate(mcp_server_notifications_total[5m]))',
  },
  mcp_server_message_size_bytes: {
    question: 'Bytes per second on the wire, by server and direction',
    query: 'sum by (mcp_server_name, direction) (rate(mcp_server_message_size_bytes_sum[5m]))',
  },
  mcp_server_rejections_total: {
    question: 'Refused HTTP requests per second, by status',
    query: 'sum by (mcp_server_name, http_status) (rate(mcp_server_rejections_total[5m]))',
  },
  mcp_server_transport_errors_total: {
    question: 'Servers that wrote other output to stdout in the last hour',
    query:
      'sum by (mcp_server_name) (increase(mcp_server_transport_errors_total{kind="stray_stdout"}[1h])) > 0',
  },
  mcp_server_subscriptions_active: {
    question: 'Resource subscriptions, by server',
    query: 'sum by (mcp_server_name) (mcp_server_subscriptions_active)',
  },
  mcp_server_input_required_total: {
    question: 'Requests for more input per hour, by server',
    query: 'sum by (mcp_server_name) (increase(mcp_server_input_required_total[1h]))',
  },
  mcp_server_tasks_total: {
    question: 'Tasks that failed in the last hour',
    query: 'sum by (mcp_server_name) (increase(mcp_server_tasks_total{status="failed"}[1h]))',
  },
  mcp_server_task_duration_seconds: {
    question: 'Median duration of completed tasks',
    query:
      'histogram_quantile(0.5, sum by (mcp_server_name, le) (rate(mcp_server_task_duration_seconds_bucket{status="completed"}[1h])))',
  },
  mcp_proxy_upstream_up: {
    question: 'Proxied HTTP servers that are unreachable',
    query: 'mcp_proxy_upstream_up == 0',
  },
  mcp_proxy_child_exits_total: {
    question: 'Process exits in the last hour, by server and reason',
    query: 'sum by (mcp_server_name, reason) (increase(mcp_proxy_child_exits_total[1h]))',
  },
  mcp_server_info: {
    question: 'Number of watched servers per version',
    query: 'count by (mcp_server_name, server_version) (mcp_server_info)',
  },
  pipeline_operation_duration_seconds: {
    question: '95th percentile of the durations of operations, by operation',
    query:
      'histogram_quantile(0.95, sum by (operation, le) (rate(pipeline_operation_duration_seconds_bucket[5m])))',
  },
  pipeline_operations_ended_total: {
    question: 'Share of operations that failed, by operation',
    query:
      'sum by (operation) (rate(pipeline_operations_ended_total{status="failed"}[5m])) / sum by (operation) (rate(pipeline_operations_ended_total[5m]))',
  },
  pipeline_operations_started_total: {
    question: 'Operations started per second, by operation',
    query: 'sum by (operation) (rate(pipeline_operations_started_total[5m]))',
  },
  pipeline_operations_active: {
    question: 'Active operations, by operation',
    query: 'sum by (operation) (pipeline_operations_active)',
  },
  pipeline_operation_oldest_active_seconds: {
    question: 'Operations that have been active for more than ten minutes',
    query: 'max by (operation) (pipeline_operation_oldest_active_seconds) > 600',
  },
  pipeline_operations_stalled: {
    question: 'Operations that may hang, by server and operation',
    query: 'pipeline_operations_stalled > 0',
  },
  pipeline_operation_last_completion_timestamp_seconds: {
    question: 'Seconds since an operation last completed successfully',
    query:
      'time() - max by (operation) (pipeline_operation_last_completion_timestamp_seconds{status="completed"})',
  },
  pipeline_slow_operations_total: {
    question: 'Share of operations slower than the threshold',
    query:
      'sum by (operation) (rate(pipeline_slow_operations_total[5m])) / sum by (operation) (rate(pipeline_operations_ended_total[5m]))',
  },
  pipeline_operation_memory_bytes: {
    question: '95th percentile of reported memory, by operation',
    query:
      'histogram_quantile(0.95, sum by (operation, le) (rate(pipeline_operation_memory_bytes_bucket[1h])))',
  },
  pipeline_operation_cpu_seconds: {
    question: 'Reported CPU seconds per second, by operation',
    query: 'sum by (operation) (rate(pipeline_operation_cpu_seconds_sum[5m]))',
  },
  pipeline_scan_files_total: {
    question: 'Files linted per hour',
    query: 'sum(increase(pipeline_scan_files_total[1h]))',
  },
  pipeline_scan_issues_total: {
    question: 'Issues found per hour, by severity',
    query: 'sum by (severity) (increase(pipeline_scan_issues_total[1h]))',
  },
  pipeline_fixes_total: {
    question: 'Share of fixes that were applied, over one day',
    query:
      'sum(increase(pipeline_fixes_total{result="applied"}[1d])) / sum(increase(pipeline_fixes_total[1d]))',
  },
  pipeline_slow_operation_threshold_seconds: {
    question: 'Operations whose 95th percentile is above the configured threshold',
    query:
      'histogram_quantile(0.95, sum by (job, operation, le) (rate(pipeline_operation_duration_seconds_bucket[5m]))) > on (job) group_left () max by (job) (pipeline_slow_operation_threshold_seconds)',
  },
  pipeline_error_rate_threshold_ratio: {
    question: 'The configured threshold, per job',
    query: 'max by (job) (pipeline_error_rate_threshold_ratio)',
  },
  mcp_exporter_build_info: {
    question: 'Exporters per version',
    query: 'count by (version) (mcp_exporter_build_info)',
  },
  mcp_exporter_slo_objective_ratio: {
    question: 'Error budget: the share of tool calls that may fail',
    query: '1 - max by (job) (mcp_exporter_slo_objective_ratio)',
  },
  mcp_exporter_page_info: {
    question: 'Addresses of all live pages',
    query: 'group by (url) (mcp_exporter_page_info)',
  },
  mcp_exporter_alert_notifications_total: {
    question: 'Alert notifications that were not delivered in the last day',
    query: 'sum by (result) (increase(mcp_exporter_alert_notifications_total{result!="delivered"}[1d]))',
  },
  mcp_exporter_history_fallbacks_total: {
    question: 'Answers that did not come from Prometheus in the last hour, by reason',
    query: 'sum by (reason) (increase(mcp_exporter_history_fallbacks_total[1h]))',
  },
  mcp_exporter_feed_clients: {
    question: 'Clients connected to the live feed',
    query: 'sum(mcp_exporter_feed_clients)',
  },
  mcp_exporter_feed_events_total: {
    question: 'Events per second in the live feed',
    query: 'sum(rate(mcp_exporter_feed_events_total[5m]))',
  },
  mcp_exporter_feed_dropped_total: {
    question: 'Events per second that feed clients did not get, by reason',
    query: 'sum by (reason) (rate(mcp_exporter_feed_dropped_total[5m]))',
  },
  mcp_exporter_reporters: {
    question: 'Proxies and programs that report to each hub',
    query: 'sum by (instance) (mcp_exporter_reporters)',
  },
  mcp_exporter_reported_events_total: {
    question: 'Reported events that were lost in the last hour',
    query: 'sum(increase(mcp_exporter_reported_events_total{result="lost"}[1h]))',
  },
  mcp_exporter_label_overflow_total: {
    question: 'Labels that exceeded their limit in the last hour',
    query: 'sum by (label) (increase(mcp_exporter_label_overflow_total[1h])) > 0',
  },
  mcp_exporter_faults_total: {
    question: 'Internal failures in the last hour, by part',
    query: 'sum by (part) (increase(mcp_exporter_faults_total[1h])) > 0',
  },
  mcp_exporter_limit_reached_total: {
    question: 'Limits that were reached in the last hour',
    query: 'sum by (limit) (increase(mcp_exporter_limit_reached_total[1h])) > 0',
  },
  mcp_exporter_refused_requests_total: {
    question: 'Refused requests per second, by reason',
    query: 'sum by (reason) (rate(mcp_exporter_refused_requests_total[5m]))',
  },
  mcp_exporter_log_lines_dropped_total: {
    question: 'Log lines lost in the last hour',
    query: 'sum(increase(mcp_exporter_log_lines_dropped_total[1h]))',
  },
  mcp_exporter_event_loop_active_seconds_total: {
    question: 'Event loop utilization, from 0 to 1, by instance',
    query: 'rate(mcp_exporter_event_loop_active_seconds_total[5m])',
  },
  mcp_exporter_scrape_duration_seconds: {
    question: '99th percentile of scrape durations',
    query: 'histogram_quantile(0.99, sum by (le) (rate(mcp_exporter_scrape_duration_seconds_bucket[5m])))',
  },
};
