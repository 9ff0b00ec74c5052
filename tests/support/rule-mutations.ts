export type RuleMutation = readonly [what: string, from: string, to: string];

/** Possible mistakes by rule file: a text of the file, and its replacement. */
export const ruleMutations: Readonly<Record<string, readonly RuleMutation[]>> = {
  'anomaly.yml': [
    ['the band', '> tool:mcp_call_duration_seconds:p95_5m:median1d + 4.45', '> 0 * 4.45'],
    ['twice the usual', '2 * tool', '1.5 * tool'],
    [
      'the mean',
      'and tool:mcp_call_duration_seconds:mean5m > 1.5 * tool:mcp_call_duration_seconds:mean5m:median1d',
      '',
    ],
    ['how much the mean has risen', '1.5 * tool', '1 * tool'],
    ['enough history', '>= 360', '>= 300'],
    ['how long it lasts', 'for: 10m', 'for: 5m'],
  ],
  'burn-rate.yml': [
    ['the factor', '14.4 * (1', '10 * (1'],
    [
      'the short window',
      'and server:mcp_tool_errors:ratio_rate30m >',
      'and server:mcp_tool_errors:ratio_rate6h >',
    ],
    ['the traffic', 'and server:mcp_tool_calls:rate1d > 0.01', ''],
    [
      'the job of the objective',
      'on (job) group_left () 14.4 * (1 - max by (job)',
      'on () group_left () 14.4 * (1 - max',
    ],
    [
      'the objective of an exporter that died',
      'last_over_time(mcp_exporter_slo_objective_ratio[1h])',
      'mcp_exporter_slo_objective_ratio',
    ],
    ['how long it lasts', 'for: 3h', 'for: 1h'],
    ['when the budget is spent', '2592000 * (1 -', '2592000 * (0.9 -'],
    ['the counts', '3600 * server', '60 * server'],
  ],
  'health.yml': [
    [
      'what has stalled',
      'and on (job, instance, mcp_server_name, operation) pipeline_operations_stalled > 0',
      '',
    ],
    [
      'whose stall',
      'and on (job, instance, mcp_server_name, operation) pipeline',
      'and on (job, instance) pipeline',
    ],
    ['when a request is stuck', '12 * pipeline_slow', '10 * pipeline_slow'],
    ['which request is a tool call', ')) < 5', ')) < 5000'],
    ['the tool calls', ')) < 5', ')) < 0'],
    ['down with targets', 'sum by (job) (up{job="mcp-exporter"}) == 0 or ', ''],
    ['down without targets', ' or absent(up{job="mcp-exporter"})', ''],
    ['down and unreachable', ' and on (job) sum by (job) (up{job="mcp-exporter"}) > 0', ''],
    ['a loop while it is down', 'present_over_time(mcp_exporter_build_info[15m])', 'mcp_exporter_build_info'],
    ['which instance overflows', 'sum by (job, instance, label)', 'sum by (job, label)'],
    [
      'how many calls have no tool',
      'mcp_other_calls:ratio_rate5m > 0.1',
      'mcp_other_calls:ratio_rate5m > 0.09',
    ],
    ['whose event loop', ' > 0.25 and on (job, instance) mcp_exporter_build_info', ' > 0.25'],
    ['for how long the feed drops', 'for: 10m', 'for: 1m'],
    [
      'no link without a host',
      '{{ with $externalLabels.exporter_url }}{{ . }}/runbooks#McpRequestStuck{{ end }}',
      '{{ $externalLabels.exporter_url }}/runbooks#McpRequestStuck',
    ],
    ['whose requests are cut off', ', network_transport="pipe"', ''],
    ['a signal alone', '{reason="signal"}[15m]))) >= 3', '{reason="signal"}[15m]))) >= 2'],
    ['ends that are no failure', 'reason="failure"', 'reason!="signal"'],
    ['which events are lost', '{result="lost"}', ''],
    [
      'for how long a server is down',
      'mcp_proxy_upstream_up == 0\n        for: 5m',
      'mcp_proxy_upstream_up == 0\n        for: 2m',
    ],
    ['the job of the watchdog', 'label_replace(vector(1), "job", "mcp-exporter", "", "")', 'vector(1)'],
  ],
  'recording.yml': [
    [
      'cancelled errors of a tool',
      'gen_ai_tool_name) (rate(mcp_server_operations_total{mcp_method_name="tools/call", error_type!~"|cancelled|unobserved"}',
      'gen_ai_tool_name) (rate(mcp_server_operations_total{mcp_method_name="tools/call", error_type!~"|unobserved"}',
    ],
    [
      'unobserved calls of a tool',
      'gen_ai_tool_name) (rate(mcp_server_operations_total{mcp_method_name="tools/call", error_type!~"cancelled|unobserved"}',
      'gen_ai_tool_name) (rate(mcp_server_operations_total{mcp_method_name="tools/call", error_type!="cancelled"}',
    ],
    [
      'cancelled calls of a window',
      'error_type!~"|cancelled|unobserved"}[3d]',
      'error_type!~"|unobserved"}[3d]',
    ],
    [
      'unobserved errors of a window',
      'error_type!~"|cancelled|unobserved"}[3d]',
      'error_type!~"|cancelled"}[3d]',
    ],
    [
      'unobserved calls of a window',
      'error_type!~"cancelled|unobserved"}[3d]',
      'error_type!="cancelled"}[3d]',
    ],
    [
      'unobserved operations',
      'ended_total{status!~"cancelled|unobserved"}',
      'ended_total{status!="cancelled"}',
    ],
    [
      'cancelled operations',
      'ended_total{status!~"cancelled|unobserved"}',
      'ended_total{status!="unobserved"}',
    ],
    [
      'cancelled calls of a tool',
      'gen_ai_tool_name) (rate(mcp_server_operations_total{mcp_method_name="tools/call", error_type!~"cancelled|unobserved"}',
      'gen_ai_tool_name) (rate(mcp_server_operations_total{mcp_method_name="tools/call", error_type!="unobserved"}',
    ],
    [
      'other methods',
      '{mcp_method_name="tools/call", error_type!~"cancelled|unobserved"}[1h]',
      '{error_type!~"cancelled|unobserved"}[1h]',
    ],
    ['the job', 'sum by (job, mcp_server_name, operation) (', 'sum by (mcp_server_name, operation) ('],
    [
      'the sum before the ratio',
      'operation:pipeline_failed:increase5m / (operation:pipeline_ended:increase5m > 0)',
      'operation:pipeline_failed:increase5m / operation:pipeline_ended:increase5m',
    ],
    [
      'no NaN',
      'operation, le) (rate(pipeline_operation_duration_seconds_bucket{status!~"cancelled|unobserved"}[5m]))) >= 0',
      'operation, le) (rate(pipeline_operation_duration_seconds_bucket{status!~"cancelled|unobserved"}[5m])))',
    ],
    [
      'the window of a window',
      'error_type!~"cancelled|unobserved"}[6h]',
      'error_type!~"cancelled|unobserved"}[5h]',
    ],
    ['the first value', 'or 0 * last', 'or 1 * last'],
    [
      'the first value of an exporter that started',
      'or (last_over_time(pipeline_operations_ended_total{status="failed"}[3m]) unless',
      'or (0 * last_over_time(pipeline_operations_ended_total{status="failed"}[3m]) unless',
    ],
    [
      'the values before the first scrape',
      'and on (job, instance) last_over_time(mcp_exporter_build_info[3m] offset 5m)',
      '',
    ],
    [
      'values before a restart',
      'last_over_time(process_start_time_seconds[3m]) < time() - 300',
      'last_over_time(process_start_time_seconds[3m])',
    ],
    [
      'a failed scrape',
      '(last_over_time(pipeline_slow_operations_total[3m]) -',
      '(pipeline_slow_operations_total -',
    ],
    ['the month', 'errors:rate5m[30d]', 'errors:rate5m[20d]'],
    [
      'the days that were not seen',
      '* clamp_max(count_over_time(server:mcp_tool_calls:rate5m[30d]) / 43200, 1)',
      '',
    ],
    [
      'the objective of an exporter that died',
      'last_over_time(mcp_exporter_slo_objective_ratio[1h])',
      'mcp_exporter_slo_objective_ratio',
    ],
    ['a server without others', 'or 0 * sum by (job, mcp_server_name) (tool:mcp_calls:rate5m)', ''],
    [
      'the share of others without calls',
      '/ (sum by (job, mcp_server_name) (tool:mcp_calls:rate5m) > 0)',
      '/ sum by (job, mcp_server_name) (tool:mcp_calls:rate5m)',
    ],
    [
      'the calls with a duration',
      'rate(mcp_server_operation_duration_seconds_count{mcp_method_name="tools/call", error_type!~"cancelled|unobserved"}[5m])',
      'rate(mcp_server_operations_total{mcp_method_name="tools/call", error_type!~"cancelled|unobserved"}[5m])',
    ],
    ['the mean of calls alone', 'seconds_sum{mcp_method_name="tools/call", ', 'seconds_sum{'],
    [
      'the strictest objective',
      'max by (job) (last_over_time(mcp_exporter_slo',
      'min by (job) (last_over_time(mcp_exporter_slo',
    ],
  ],
  'threshold.yml': [
    ['the gauge', 'on (job) group_left () min by (job) (pipeline_error_rate_threshold_ratio)', '0.1'],
    [
      'the job of the gauge',
      'on (job) group_left () min by (job) (pipeline_error',
      'on () group_left () min(pipeline_error',
    ],
    ['enough traffic', 'and operation:pipeline_ended:increase5m >= 5', ''],
    [
      'flapping',
      'or operation:pipeline_failed:ratio_rate5m > on (job) group_left () 0.5',
      'or operation:pipeline_failed:ratio_rate5m > on (job) group_left () 1',
    ],
    ['the end of an alert', 'and on (job, mcp_server_name, operation) ALERTS', 'and on (job) ALERTS'],
    [
      'the server of the counts',
      'operation:pipeline_ended:increase5m{job=%q, mcp_server_name=%q, operation=%q}',
      'operation:pipeline_ended:increase5m{job=%q}',
    ],
    ['how long it lasts', 'for: 30s', 'for: 0m'],
    ['the share that may be slow', 'ratio_rate5m > 0.05', 'ratio_rate5m > 0.03'],
    ['the threshold as a value', ') ^ 0', ')'],
  ],
};
