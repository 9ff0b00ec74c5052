// `mcp-exporter/metrics`: metrics on a prom-client registry, without express and ws.
export {
  MetricsCollector,
  type Exposition,
  type MetricsCollectorOptions,
} from './metrics/metrics-collector.ts';
export { type PerformanceMetric } from './monitor/performance-metric.ts';
