import type { Clock } from '../monitor/clock.ts';
import { LISTEN_METHOD } from '../monitor/mcp-vocabulary.ts';
import {
  CHILD_EXIT_REASONS,
  OPPOSITE,
  TASK_STATUSES,
  TRANSPORT_ERROR_KINDS,
  type Direction,
  type McpConnection,
  type McpRequest,
  type TrafficEvent,
} from '../monitor/traffic-events.ts';
import { UNOBSERVED_REASONS } from '../monitor/unobserved-reasons.ts';
import { OTHER } from '../monitor/other-label.ts';
import { protocolCatalogue } from './catalogue.ts';
import { EventCounters, fieldOfLabel } from './event-counters.ts';
import type { InstrumentFactory } from './instrument-factory.ts';
import type { Gauge } from './instruments.ts';
import type { LabelLimiter } from '../monitor/label-limiter.ts';
import type { Config } from '../settings/config.ts';

const MAX_NAMES = 200;
const MAX_ERROR_TYPES = 40;
/** Larger than the label set limit of any metric. */
const MAX_INTRODUCED = 2000;

type RequestEnded = Extract<TrafficEvent, { type: 'request_ended' }>;

/** Updates the metrics of {@link protocolCatalogue} with the messages that observers saw. */
export class ProtocolMetrics {
  readonly #clock: Clock;
  readonly #hasExemplars: boolean;
  readonly #servers: LabelLimiter;
  readonly #tools: LabelLimiter;
  readonly #prompts: LabelLimiter;
  readonly #errorTypes: LabelLimiter;
  readonly #introduced = new Set<string>();
  readonly #inFlightSince = new Map<McpRequest, number>();
  readonly #operations;
  readonly #serverDuration;
  readonly #clientDuration;
  readonly #sessionDuration;
  readonly #sessionsActive;
  readonly #inFlight;
  readonly #cancellations;
  readonly #unobserved;
  readonly #messageSize;
  readonly #subscriptions;
  readonly #inputRequired;
  readonly #taskDuration;
  readonly #upstreamUp;
  readonly #serverInfo;
  readonly #counters: EventCounters;

  constructor(factory: InstrumentFactory, clock: Clock, config: Pick<Config, 'hasExemplars'>) {
    this.#clock = clock;
    this.#hasExemplars = config.hasExemplars;
    this.#servers = factory.servers;
    this.#tools = factory.limiter('gen_ai_tool_name', MAX_NAMES);
    this.#prompts = factory.limiter('gen_ai_prompt_name', MAX_NAMES);
    this.#errorTypes = factory.limiter('error_type', MAX_ERROR_TYPES);
    this.#operations = factory.counter(protocolCatalogue.operations);
    this.#serverDuration = factory.histogram(protocolCatalogue.serverOperationDuration);
    this.#clientDuration = factory.histogram(protocolCatalogue.clientOperationDuration);
    this.#sessionDuration = factory.histogram(protocolCatalogue.sessionDuration);
    this.#sessionsActive = factory.gauge(protocolCatalogue.sessionsActive);
    this.#inFlight = factory.gauge(protocolCatalogue.operationsInFlight);
    factory.computed(protocolCatalogue.oldestInFlight, (gauge) => this.#computeOldest(gauge));
    this.#cancellations = factory.counter(protocolCatalogue.cancellations);
    this.#unobserved = factory.counter(protocolCatalogue.unobserved);
    this.#messageSize = factory.histogram(protocolCatalogue.messageSize);
    this.#subscriptions = factory.gauge(protocolCatalogue.subscriptionsActive);
    this.#inputRequired = factory.counter(protocolCatalogue.inputRequired);
    this.#taskDuration = factory.histogram(protocolCatalogue.taskDuration);
    this.#upstreamUp = factory.gauge(protocolCatalogue.upstreamUp);
    this.#serverInfo = factory.gauge(protocolCatalogue.serverInfo);
    this.#counters = new EventCounters(factory, (event, label) => this.#labelOf(event, label));
  }

  onEvent(event: TrafficEvent): void {
    this.#counters.onEvent(event);
    switch (event.type) {
      case 'server_seen': {
        const { connection, serverVersion, sdkVersion } = event;
        const server = this.#server(connection);
        return this.#serverInfo.set([server, serverVersion, sdkVersion, connection.protocolVersion], 1);
      }
      case 'connection_opened':
        return this.#sessionsActive.add(this.#connectionLabels(event.connection), 1);
      case 'connection_closed':
        return this.#onConnectionClosed(event.connection, event.errorType, event.durationSeconds);
      case 'request_started':
        return this.#onRequestStarted(event.request, event.sizeBytes);
      case 'request_ended':
        return this.#onRequestEnded(event);
      case 'notification':
      case 'late_response': {
        const server = this.#server(event.connection);
        return this.#observeSize(server, event.direction, event.method, event.sizeBytes);
      }
      case 'subscriptions_changed':
        return this.#subscriptions.add([this.#server(event.connection)], event.change);
      case 'task_changed': {
        if (event.durationSeconds === null) return;
        const server = this.#server(event.connection);
        return this.#taskDuration.observe([server, event.status], event.durationSeconds);
      }
      case 'upstream_checked':
        return this.#onUpstreamChecked(this.#servers.limit(event.serverName), event.isUp);
      case 'child_started':
        return this.#counters.introduce(
          'child_exited',
          [this.#servers.limit(event.serverName)],
          CHILD_EXIT_REASONS,
        );
      default:
        // Only the event counters above use the other events.
        return;
    }
  }

  #onConnectionClosed(connection: McpConnection, errorType: string, durationSeconds: number): void {
    const [server, transport, version] = this.#connectionLabels(connection);
    this.#sessionsActive.add([server, transport, version], -1);
    const labels = [server, this.#errorTypes.limit(errorType), transport, version] as const;
    this.#sessionDuration.observe(labels, durationSeconds);
  }

  #onRequestStarted(request: McpRequest, sizeBytes: number | null): void {
    const server = this.#server(request.connection);
    this.#observeSize(server, request.direction, request.method, sizeBytes);
    // OpenTelemetry's conventions have no in-flight gauge for client operations.
    if (request.direction === 'server_to_client') return;
    const tool = this.#tools.limit(request.toolName);
    this.#introduceRequest(request, server, tool);
    this.#inFlight.add([server, request.method, tool], 1);
    if (request.method === LISTEN_METHOD) this.#subscriptions.add([server], 1);
    this.#inFlightSince.set(request, this.#clock.monotonic());
  }

  #onRequestEnded(event: RequestEnded): void {
    const { request, durationSeconds, cancellation } = event;
    const { connection, direction, method, trace } = request;
    const server = this.#server(connection);
    const tool = this.#tools.limit(event.toolName);
    const prompt = this.#prompts.limit(event.promptName);
    const errorType = this.#errorTypes.limit(event.errorType);
    const { transport, protocolVersion } = connection;
    const isClients = direction === 'client_to_server';
    if (method !== LISTEN_METHOD) {
      const labels = [server, method, tool, prompt, errorType, transport, protocolVersion] as const;
      const histogram = isClients ? this.#serverDuration : this.#clientDuration;
      histogram.observe(labels, durationSeconds, this.#hasExemplars ? trace : null);
      if (isClients) this.#operations.add([server, method, tool, errorType, transport]);
    }
    this.#observeSize(server, OPPOSITE[direction], method, event.sizeBytes);
    const isCancelled = this.#leaveInFlight(request) && cancellation !== null;
    if (isCancelled) this.#cancellations.add([server, method, tool, cancellation]);
    if (event.unobserved !== null) this.#unobserved.add([server, event.unobserved]);
    if (event.inputRequired) this.#inputRequired.add([server, method]);
  }

  /** @returns whether it was in flight */
  #leaveInFlight(request: McpRequest): boolean {
    if (!this.#inFlightSince.delete(request)) return false;
    const server = this.#server(request.connection);
    this.#inFlight.add([server, request.method, this.#tools.limit(request.toolName)], -1);
    if (request.method === LISTEN_METHOD) this.#subscriptions.add([server], -1);
    return true;
  }

  #observeSize(server: string, direction: Direction, method: string, sizeBytes: number | null): void {
    if (sizeBytes !== null) this.#messageSize.observe([server, direction, method], sizeBytes);
  }

  #onUpstreamChecked(server: string, isUp: boolean | null): void {
    if (isUp === null) this.#upstreamUp.drop([server]);
    else this.#upstreamUp.set([server], isUp ? 1 : 0);
  }

  /** Starts the counters of a tool at 0, so that `rate()` includes its first failure and its first cancellation. */
  #introduceRequest(request: McpRequest, server: string, tool: string): void {
    if (request.method !== 'tools/call') return;
    const { transport } = request.connection;
    const key = [server, tool, transport].join('\n');
    if (this.#introduced.has(key) || this.#introduced.size >= MAX_INTRODUCED) return;
    this.#introduced.add(key);
    // Only a stdio server's exit is visible.
    const errorTypes = ['', 'tool_error', 'cancelled', ...(transport === 'pipe' ? ['server_exited'] : [])];
    for (const errorType of errorTypes) {
      this.#operations.add([server, request.method, tool, errorType, transport], 0);
    }
    this.#cancellations.add([server, request.method, tool, 'notification'], 0);
  }

  /** The label value of an event's field. External names are limited. */
  #labelOf(event: TrafficEvent, label: string): string {
    if (label === 'mcp_server_name') {
      if ('serverName' in event) return this.#servers.limit(event.serverName);
      return 'connection' in event ? this.#server(event.connection) : OTHER;
    }
    if (label === 'gen_ai_tool_name' && 'toolName' in event) return this.#tools.limit(event.toolName);
    if (label === 'error_type' && 'errorType' in event) return this.#errorTypes.limit(event.errorType);
    if (label === 'mcp_method_name' && 'method' in event) return event.method;
    return String(Reflect.get(event, fieldOfLabel(label)));
  }

  #connectionLabels(connection: McpConnection): [string, string, string] {
    return [this.#server(connection), connection.transport, connection.protocolVersion];
  }

  #server({ serverName }: McpConnection): string {
    const server = this.#servers.limit(serverName);
    // Stryker disable next-line ConditionalExpression: adding 0 again only takes time
    if (!this.#introduced.has(server)) {
      this.#introduced.add(server);
      this.#counters.introduce('transport_error', [server], TRANSPORT_ERROR_KINDS);
      this.#counters.introduce('task_changed', [server], TASK_STATUSES);
      this.#subscriptions.add([server], 0);
      for (const reason of UNOBSERVED_REASONS) this.#unobserved.add([server, reason], 0);
    }
    return server;
  }

  #computeOldest(gauge: Gauge<typeof protocolCatalogue.oldestInFlight>): void {
    gauge.zero();
    const now = this.#clock.monotonic();
    const seen = new Set<string>();
    // Requests are in start order, so the first of a server is its oldest.
    for (const [request, startedAtMs] of this.#inFlightSince) {
      if (request.method === LISTEN_METHOD) continue;
      const server = this.#server(request.connection);
      if (!seen.has(server)) gauge.set([server], (now - startedAtMs) / 1000);
      seen.add(server);
    }
  }
}
