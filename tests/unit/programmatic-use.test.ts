import { describe, expect, test } from 'vitest';

import { History, RealtimeMonitor } from '../../src/index.ts';
import { DAY_MS, FakeClock } from '../support/fake-clock.ts';

describe('RealtimeMonitor', () => {
  const monitor = () => new RealtimeMonitor('test-session-123');

  test('a new operation is known, current and started', () => {
    const session = monitor();
    const id = session.startMonitoring('test_operation');
    expect(session.operations.has(id)).toBe(true);
    expect(session.currentOperation).toBe(id);
    expect(session.operations.get(id)).toMatchObject({ operationName: 'test_operation', status: 'started' });
  });

  test('an operation that ends as a success keeps its end, duration and result', () => {
    const session = monitor();
    const id = session.startMonitoring('test_operation');
    session.stopMonitoring(id, { test: 'data', count: 5 }, true);
    const operation = session.operations.get(id);
    expect(operation).toMatchObject({ status: 'completed', details: { test: 'data', count: 5 } });
    expect(operation?.endTime).toBeInstanceOf(Date);
    expect(operation?.duration).toBeGreaterThan(0);
  });

  test('an operation that ends as a failure keeps its error', () => {
    const session = monitor();
    const id = session.startMonitoring('test_operation');
    session.stopMonitoring(id, { error: 'test error' }, false);
    expect(session.operations.get(id)).toMatchObject({ status: 'failed', details: { error: 'test error' } });
  });

  test('with one operation active and a later one completed, the current operation is the active one', () => {
    const session = monitor();
    const activeId = session.startMonitoring('active_operation');
    const completedId = session.startMonitoring('completed_operation');
    session.stopMonitoring(completedId, { result: 'success' });
    const metrics = session.getCurrentMetrics();
    expect(metrics).toMatchObject({
      sessionId: 'test-session-123',
      currentOperation: activeId,
      totalOperations: 2,
    });
    expect(metrics.activeOperations).toHaveLength(1);
    expect(metrics.recentlyCompleted).toHaveLength(1);
  });

  test('an operation keeps the progress and the details of its last update', () => {
    const session = monitor();
    const id = session.startMonitoring('test_operation');
    session.updateProgress(id, 25, { items_processed: 10, total_items: 100 });
    expect(session.operations.get(id)).toMatchObject({
      progress: 25,
      details: { items_processed: 10, total_items: 100 },
    });
  });
});

describe('History', () => {
  test('the summary counts and times a success', async () => {
    const history = new History();
    history.recordMetric({
      operationType: 'test_operation',
      duration: 2.5,
      memoryUsage: 100,
      cpuUsage: 50,
    });
    expect(await history.getMetricsSummary('test_operation')).toMatchObject({
      count: 1,
      successCount: 1,
      failureCount: 0,
      successRate: 100,
      avgDuration: 2.5,
      minDuration: 2.5,
      maxDuration: 2.5,
    });
  });

  test('the summary counts a failure', async () => {
    const history = new History();
    history.recordMetric({ operationType: 'op', duration: 1, success: false, errorMessage: 'Test error' });
    expect(await history.getMetricsSummary('op')).toMatchObject({
      count: 1,
      successCount: 0,
      failureCount: 1,
      successRate: 0,
    });
  });

  test('the summary of an operation is over all of its metrics', async () => {
    const history = new History();
    for (const duration of [1, 2, 3]) history.recordMetric({ operationType: 'op', duration });
    for (const errorMessage of ['Error 0', 'Error 1']) {
      history.recordMetric({ operationType: 'op', duration: 0.5, success: false, errorMessage });
    }
    const summary = await history.getMetricsSummary('op');
    expect(summary).toMatchObject({ count: 5, successCount: 3, failureCount: 2, successRate: 60 });
    expect(summary).toMatchObject({ minDuration: 0.5, maxDuration: 3 });
    expect(summary.avgDuration).toBeCloseTo(1.4, 9);
  });

  test('a summary without an operation name holds every operation', async () => {
    const history = new History();
    history.recordMetric({ operationType: 'operation_a', duration: 1 });
    history.recordMetric({ operationType: 'operation_a', duration: 2 });
    history.recordMetric({ operationType: 'operation_b', duration: 3, success: false });
    const { operations } = await history.getMetricsSummary();
    expect(operations['operation_a']?.count).toBe(2);
    expect(operations['operation_b']?.count).toBe(1);
  });

  test('a trend has one row per day', async () => {
    const clock = new FakeClock();
    const history = new History({ clock });
    for (let day = 0; day < 4; day++) {
      if (day > 0) clock.advance(DAY_MS);
      history.recordMetric({ operationType: 'op', duration: 1 + day });
      history.recordMetric({ operationType: 'op', duration: 2 + day });
    }
    const { trend } = await history.getPerformanceTrend('op', 7);
    expect(trend.map(({ count }) => count)).toEqual([2, 2, 2, 2]);
    expect(trend.map(({ avgDuration }) => avgDuration)).toEqual([1.5, 2.5, 3.5, 4.5]);
    expect(trend.map(({ date }) => date)).toEqual(['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04']);
  });
});

describe('RealtimeMonitor and History', () => {
  test('a monitor and a history agree on one operation', async () => {
    const monitor = new RealtimeMonitor('integration-test-session');
    const history = new History();
    const id = monitor.startMonitoring('integration_test');
    history.recordMetric({ operationType: 'integration_test', duration: 1.5, memoryUsage: 150 });
    monitor.stopMonitoring(id, { items_processed: 100, memory_peak: 150 }, true);
    expect((await history.getMetricsSummary('integration_test')).count).toBe(1);
    const { recentlyCompleted } = monitor.getCurrentMetrics();
    expect(recentlyCompleted).toMatchObject([
      { operationName: 'integration_test', details: { items_processed: 100 } },
    ]);
  });

  test('a pipeline with three cycles ends with four completed operations and none active', () => {
    const monitor = new RealtimeMonitor('integration-test-session');
    const pipelineId = monitor.startMonitoring('pipeline_run_full');
    for (const cycle of [1, 2, 3]) {
      const id = monitor.startMonitoring(`pipeline_cycle_${cycle}`, `cycle_${cycle}`);
      expect(id).toBe(`cycle_${cycle}`);
      monitor.updateProgress(id, (cycle / 3) * 100, { cycle, status: 'completed' });
      monitor.stopMonitoring(id, { cycle });
    }
    monitor.stopMonitoring(pipelineId, { cycles: 3, success: true }, true);

    expect(monitor.currentOperation).toBeNull();
    expect(monitor.getOperationSummary()).toMatchObject({
      totalOperations: 4,
      completedOperations: 4,
      failedOperations: 0,
      successRate: 100,
    });
    const names = monitor.getCurrentMetrics().recentlyCompleted.map(({ operationName }) => operationName);
    expect(names).toEqual(['pipeline_cycle_1', 'pipeline_cycle_2', 'pipeline_cycle_3', 'pipeline_run_full']);
  });
});
