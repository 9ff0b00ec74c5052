import type { Clock } from '../monitor/clock.ts';
import { LISTEN_METHOD, WAITING_METHODS } from '../monitor/mcp-vocabulary.ts';
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
import { LABELS, protocolCatalogue } from './catalogue.ts';
import { EventCounters, fieldOfLabel } from './event-counters.ts';
import type { InstrumentFactory } from './instrument-factory.ts';
import { ErrorTypeLimiter } from './error-type-limiter.ts';
import type { Gauge } from './instruments.ts';
import { IN_HISTOGRAMS, type NameLimiter } from './name-limiter.ts';
import type { LabelLimiter } from '../monitor/label-limiter.ts';
import type { Config } from '../settings/config.ts';

/** Limit of error types of one server, besides those of outcomes that are no errors. */
const MAX_ERROR_TYPES = 40;

/** The labels of a request in flight, which must be the same when it starts and when it ends. */
interface InFlight {
  readonly server: string;
  readonly tool: string;
  /** Monotonic time. */
  readonly startedAtMs: number;
}

type RequestEnded = Extract<TrafficEvent, { type: 'request_ended' }>;

/** Updates the metrics of {@link protocolCatalogue} with the messages that observers saw. */
export class ProtocolMetrics {
  readonly #clock: Clock;
  readonly #hasExemplars: boolean;
  readonly #servers: LabelLimiter;
  readonly #tools: NameLimiter;
  readonly #prompts: NameLimiter;
  readonly #errorTypes: ErrorTypeLimiter;
  readonly #introduced = new Set<string>();
  readonly #inFlightSince = new Map<McpRequest, InFlight>();
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
    this.#tools = factory.names(LABELS.tool);
    this.#prompts = factory.names(LABELS.prompt, IN_HISTOGRAMS);
    this.#errorTypes = new ErrorTypeLimiter(() => factory.limiter('error_type', MAX_ERROR_TYPES));
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
      case 'tool_listed':
        return this.#onToolListed(event.connection, event.toolName);
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
    const labels = [server, this.#errorTypes.limit(server, errorType), transport, version] as const;
    this.#sessionDuration.observe(labels, durationSeconds);
  }

  #onRequestStarted(request: McpRequest, sizeBytes: number | null): void {
    const server = this.#server(request.connection);
    this.#observeSize(server, request.direction, request.method, sizeBytes);
    // OpenTelemetry's conventions have no in-flight gauge for client operations.
    if (request.direction === 'server_to_client') return;
    const tool = this.#tools.limit(server, request.toolName);
    this.#introduceTool(request, server, tool);
    this.#inFlight.add([server, request.method, tool], 1);
    if (request.method === LISTEN_METHOD) this.#subscriptions.add([server], 1);
    this.#inFlightSince.set(request, { server, tool, startedAtMs: this.#clock.monotonic() });
  }

  #onRequestEnded(event: RequestEnded): void {
    const { request, durationSeconds, cancellation } = event;
    const { connection, direction, method, trace } = request;
    const inFlight = this.#leaveInFlight(request);
    const server = inFlight?.server ?? this.#server(connection);
    const tool = this.#toolOf(event, server, inFlight);
    const prompt = this.#prompts.limit(server, event.promptName);
    const errorType = this.#errorTypes.limit(server, event.errorType);
    const { transport, protocolVersion } = connection;
    const isClients = direction === 'client_to_server';
    if (method !== LISTEN_METHOD) {
      const labels = [server, method, tool, prompt, errorType, transport, protocolVersion] as const;
      const histogram = isClients ? this.#serverDuration : this.#clientDuration;
      histogram.observe(labels, durationSeconds, this.#hasExemplars ? trace : null);
      if (isClients) this.#operations.add([server, method, tool, errorType, transport]);
    }
    this.#observeSize(server, OPPOSITE[direction], method, event.sizeBytes);
    const isCancelled = inFlight !== undefined && cancellation !== null;
    if (isCancelled) this.#cancellations.add([server, method, tool, cancellation]);
    if (event.unobserved !== null) this.#unobserved.add([server, event.unobserved]);
    if (event.inputRequired) this.#inputRequired.add([server, method]);
  }

  /** A request ends with the label that it started with, unless its tool has become known since. */
  #toolOf({ request, toolName }: RequestEnded, server: string, inFlight: InFlight | undefined): string {
    if (inFlight && toolName === request.toolName) return inFlight.tool;
    const tool = this.#tools.limit(server, toolName);
    this.#introduceTool(request, server, tool);
    return tool;
  }

  /** @returns undefined if it was not in flight */
  #leaveInFlight(request: McpRequest): InFlight | undefined {
    const inFlight = this.#inFlightSince.get(request);
    if (!inFlight) return undefined;
    this.#inFlightSince.delete(request);
    this.#inFlight.add([inFlight.server, request.method, inFlight.tool], -1);
    if (request.method === LISTEN_METHOD) this.#subscriptions.add([inFlight.server], -1);
    return inFlight;
  }

  #observeSize(server: string, direction: Direction, method: string, sizeBytes: number | null): void {
    if (sizeBytes !== null) this.#messageSize.observe([server, direction, method], sizeBytes);
  }

  #onUpstreamChecked(server: string, isUp: boolean | null): void {
    if (isUp === null) this.#upstreamUp.drop([server]);
    else this.#upstreamUp.set([server], isUp ? 1 : 0);
  }

  /** Starts the outcomes of a tool that was not called yet at 0. Other counters start at its first call. */
  #onToolListed(connection: McpConnection, toolName: string): void {
    const server = this.#server(connection);
    const tool = this.#tools.offer(server, toolName);
    if (tool === null) return;
    for (const errorType of ['', 'tool_error']) {
      this.#operations.add([server, 'tools/call', tool, errorType, connection.transport], 0);
    }
  }

  /** Starts the counters of a tool at 0, so that `rate()` includes its first failure and its first cancellation. */
  #introduceTool(request: McpRequest, server: string, tool: string): void {
    if (request.method !== 'tools/call') return;
    const { transport } = request.connection;
    const key = [server, tool, transport].join('\n');
    if (this.#introduced.has(key)) return;
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
    if (label === LABELS.server) {
      if ('serverName' in event) return this.#servers.limit(event.serverName);
      return 'connection' in event ? this.#server(event.connection) : OTHER;
    }
    if (label === LABELS.tool && 'toolName' in event)
      return this.#tools.limit(this.#labelOf(event, LABELS.server), event.toolName);
    if (label === 'error_type' && 'errorType' in event)
      return this.#errorTypes.limit(this.#labelOf(event, LABELS.server), event.errorType);
    if (label === LABELS.method && 'method' in event) return event.method;
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
    for (const [request, { server, startedAtMs }] of this.#inFlightSince) {
      if (WAITING_METHODS.includes(request.method)) continue;
      if (!seen.has(server)) gauge.set([server], (now - startedAtMs) / 1000);
      seen.add(server);
    }
  }
}
