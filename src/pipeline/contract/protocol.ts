import { z } from 'zod';

import { LIMITS, type LimitName } from '../../monitor/limits.ts';

// The messages between the exporter and the worker process of a tool call, as one JSON object per line. The exporter
// writes to the worker's stdin, the worker to its file descriptor 3. The worker waits for an `ack` after each message.

const targetFiles = z.array(z.string()).optional();

const workRequest = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('scan'), targetFiles, isComprehensive: z.boolean() }),
  z.object({ kind: z.literal('fix'), targetFiles, maxFixes: z.number(), isDryRun: z.boolean() }),
  z.object({
    kind: z.literal('run'),
    maxCycles: z.number(),
    maxFixesPerCycle: z.number(),
    targetQualityScore: z.number().nullable(),
    breakOnNoIssues: z.boolean(),
    isDryRun: z.boolean(),
  }),
  /** Removes temporary files that a killed process left behind. */
  z.object({ kind: z.literal('clean_up') }),
]);

/** The work of one tool call. */
export type WorkRequest = z.infer<typeof workRequest>;

const workSettings = z.object({
  /** The workspace: absolute, without symlinks. */
  root: z.string(),
  /** Whether the workspace's own ESLint and its configuration may run. */
  isTrusted: z.boolean(),
});

export type WorkSettings = z.infer<typeof workSettings>;

export const toWorker = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    parentPid: z.number(),
    settings: workSettings,
    request: workRequest,
  }),
  z.object({ type: z.literal('ack') }),
  z.object({ type: z.literal('cancel') }),
]);

export type ToWorker = z.infer<typeof toWorker>;

const percent = z.number().min(0).max(100);
const text = z.string().max(10_000);
const count = z.number().int().min(0);
const stage = z.number().int();
const details = z.record(z.string().max(100), z.union([z.number(), text]));

const scanTotals = z.object({
  filesScanned: count,
  filesWithIssues: count,
  issuesFound: count,
  errors: count,
  warnings: count,
  fixable: count,
  qualityScore: percent.nullable(),
});

const pipelineEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('files_scanned'), files: count }),
  z.object({ type: z.literal('issues_found'), errors: count, warnings: count }),
  z.object({ type: z.literal('fixes_tried'), applied: count, failed: count }),
]);

/** Updates of the pipeline session. */
const sessionRecord = z.discriminatedUnion('type', [
  z.object({ type: z.literal('scan'), totals: scanTotals }),
  z.object({ type: z.literal('validation'), totals: scanTotals }),
  z.object({ type: z.literal('fixes'), applied: count, failed: count }),
  z.object({ type: z.literal('cycle') }),
]);

const failureCode = z.enum([
  'outside_workspace',
  'workspace_unavailable',
  'target_not_found',
  'not_a_git_repository',
  'git_failed',
  'linter_failed',
  'worker_limit',
]);

const limitNames = Object.keys(LIMITS) as [LimitName, ...LimitName[]];

export const fromWorker = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('stage_started'),
    stage,
    parent: stage.nullable(),
    name: z.enum([
      'lint',
      'check_versions',
      'apply_fixes',
      'pipeline_cycle',
      'pipeline_scan',
      'pipeline_fix',
      'pipeline_validate',
    ]),
    details,
  }),
  z.object({ type: z.literal('stage_progressed'), stage, percent, message: text }),
  z.object({ type: z.literal('stage_completed'), stage, details }),
  z.object({ type: z.literal('progressed'), percent, message: text }),
  z.object({ type: z.literal('event'), event: pipelineEvent }),
  z.object({ type: z.literal('record'), record: sessionRecord }),
  z.object({ type: z.literal('log'), level: z.enum(['info', 'warning']), message: text }),
  z.object({ type: z.literal('limit'), limit: z.enum(limitNames), count }),
  z.object({ type: z.literal('result'), result: z.unknown() }),
  /** Ends all stages. An unexpected error has no code. */
  z.object({ type: z.literal('failure'), code: failureCode.nullable(), message: text }),
]);

export type FromWorker = z.infer<typeof fromWorker>;
export type StageName = Extract<FromWorker, { type: 'stage_started' }>['name'];
export type SessionRecord = z.infer<typeof sessionRecord>;
