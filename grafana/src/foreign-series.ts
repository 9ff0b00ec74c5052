/** prom-client's metrics of the exporter's process (`MetricsCollector.collectProcessMetrics`). */
export const runtime = {
  startTime: 'process_start_time_seconds',
  cpuUser: 'process_cpu_user_seconds_total',
  cpuSystem: 'process_cpu_system_seconds_total',
  residentMemory: 'process_resident_memory_bytes',
  heapUsed: 'nodejs_heap_size_used_bytes',
  heapTotal: 'nodejs_heap_size_total_bytes',
  externalMemory: 'nodejs_external_memory_bytes',
  openFds: 'process_open_fds',
  maxFds: 'process_max_fds',
  loopLagP50: 'nodejs_eventloop_lag_p50_seconds',
  loopLagP99: 'nodejs_eventloop_lag_p99_seconds',
  gcDurationSum: 'nodejs_gc_duration_seconds_sum',
} as const;

/** Prometheus' own series about targets and alerts. */
export const prometheus = {
  up: 'up',
  scrapeDuration: 'scrape_duration_seconds',
  scrapeSamples: 'scrape_samples_scraped',
  alerts: 'ALERTS',
  /** The value is the time at which the alert became pending. */
  alertsSince: 'ALERTS_FOR_STATE',
} as const;
