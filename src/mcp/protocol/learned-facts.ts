import type { Clock } from '../../monitor/clock.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type { McpConnection } from '../../monitor/traffic-events.ts';
import type { InFlight } from './in-flight.ts';
import { SubscriptionTracker } from './subscription-tracker.ts';
import { TaskTracker } from './task-tracker.ts';
import type { WatchedServer } from './watched-server.ts';

type Members = Readonly<Record<string, unknown>>;

export interface LearnedFactsOptions {
  readonly sessions: SessionRegistry;
  readonly clock: Clock;
  readonly server: WatchedServer;
  readonly connection: McpConnection;
}

type OnSuccess = (facts: LearnedFacts, inFlight: InFlight, result: Members) => void;

/** By method: records the names, tasks and subscriptions in a successful result. */
const SUCCESS_HANDLERS: ReadonlyMap<string, OnSuccess> = new Map<string, OnSuccess>([
  ['tools/list', (facts, _, result) => facts.noteTools(result['tools'])],
  ['prompts/list', ({ server }, _, result) => void server.prompts.learnList(result['prompts'])],
  [
    'tools/call',
    (facts, { name }, result) => {
      facts.server.tools.learn(name);
      facts.noteTask(result['task']);
    },
  ],
  ['prompts/get', ({ server }, { name }) => void server.prompts.learn(name)],
  ['tasks/get', (facts, _, result) => facts.noteTask(result)],
  ['tasks/cancel', (facts, _, result) => facts.noteTask(result)],
  ['resources/subscribe', (facts, { uriKey }) => facts.subscriptions.note(uriKey, true)],
  ['resources/unsubscribe', (facts, { uriKey }) => facts.subscriptions.note(uriKey, false)],
]);

/** Names, subscriptions and tasks found in the messages of one connection. */
export class LearnedFacts {
  readonly server: WatchedServer;
  readonly subscriptions: SubscriptionTracker;
  readonly #sessions: SessionRegistry;
  readonly #connection: McpConnection;
  readonly #clock: Clock;
  readonly #tasks: TaskTracker;

  constructor({ sessions, clock, server, connection }: LearnedFactsOptions) {
    this.server = server;
    this.#sessions = sessions;
    this.#connection = connection;
    this.#clock = clock;
    this.subscriptions = new SubscriptionTracker(
      (change) => sessions.publish({ type: 'subscriptions_changed', connection, change }),
      sessions.allowance('subscriptions_total'),
      sessions.reportLimit,
    );
    this.#tasks = new TaskTracker((status, durationMs) => {
      const durationSeconds = durationMs === null ? null : durationMs / 1000;
      sessions.publish({ type: 'task_changed', connection, status, durationSeconds });
    }, sessions.reportLimit);
  }

  onSuccess(inFlight: InFlight, result: Members): void {
    SUCCESS_HANDLERS.get(inFlight.request.method)?.(this, inFlight, result);
  }

  /** @param tools - of a `tools/list` result */
  noteTools(tools: unknown): void {
    const connection = this.#connection;
    for (const toolName of this.server.tools.learnList(tools)) {
      if (toolName !== '') this.#sessions.publish({ type: 'tool_listed', connection, toolName });
    }
  }

  noteTask(task: unknown): void {
    this.#tasks.note(task, this.#clock.monotonic());
  }

  /** Call when the connection has closed, which ends its subscriptions. */
  clear(): void {
    this.subscriptions.clear();
  }
}
