import type { Clock } from '../monitor/clock.ts';
import type { Allowance } from '../monitor/allowance.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import type { McpConnection, McpRequest } from '../monitor/traffic-events.ts';
import type { Declared, ReportedConnection, ReportedRequest, ReporterOwnId } from './event-schema.ts';
import type { ReporterEnd } from './reporter-end.ts';

/** A connection that is open, or has open requests or subscriptions. */
interface Connection {
  readonly id: ReporterOwnId;
  readonly connection: McpConnection;
  isOpen: boolean;
  /** Monotonic time. */
  openedAtMs: number;
  inFlight: number;
  subscriptions: number;
}

interface InFlight {
  readonly request: McpRequest;
  readonly on: Connection;
  /** Monotonic time. */
  readonly startedAtMs: number;
}

/** Limit of each kind of open item, so that one reporter cannot fill the hub's memory. */
export const MAX_OPEN = 10_000;

/**
 * The open connections and requests of one reporter, with one object for each, as a local observer has. A repeated start
 * is ignored. An end without a start implies one.
 */
export class ReportedTraffic {
  readonly #sessions: SessionRegistry;
  readonly #clock: Clock;
  readonly #connections = new Map<ReporterOwnId, Connection>();
  readonly #requests = new Map<ReporterOwnId, InFlight>();
  /** The shared limit of open items of all reporters. */
  readonly #allowance: Allowance;
  #openConnections = 0;

  constructor(sessions: SessionRegistry, clock: Clock) {
    this.#sessions = sessions;
    this.#clock = clock;
    this.#allowance = sessions.allowance('reported_open_total');
  }

  /** The object for a connection. It is the same as long as anything on the connection is open. */
  connectionOf(reported: ReportedConnection): McpConnection {
    return this.#find(reported).connection;
  }

  hasConnection(id: ReporterOwnId): boolean {
    return this.#connections.get(id)?.isOpen === true;
  }

  hasRequest(id: ReporterOwnId): boolean {
    return this.#requests.has(id);
  }

  /** @returns false if a limit is reached */
  open({ connection, timestamp }: Declared<'connection_opened'>): boolean {
    const known = this.#find(connection);
    if (known.isOpen) return true;
    if (this.#openConnections >= MAX_OPEN || !this.#allowance.has()) return false;
    this.#open(known, this.#startOf(timestamp));
    return true;
  }

  close({ connection, durationSeconds, errorType }: Declared<'connection_closed'>): void {
    const known = this.#find(connection);
    if (!known.isOpen) this.#open(known, this.#clock.monotonic());
    this.#close(known, durationSeconds ?? this.#secondsSince(known.openedAtMs), errorType);
  }

  /** @returns false if a limit is reached */
  start({ request, sizeBytes, timestamp }: Declared<'request_started'>): boolean {
    if (this.#requests.has(request.id)) return true;
    if (this.#requests.size >= MAX_OPEN || !this.#allowance.has()) return false;
    this.#start(request, sizeBytes, this.#startOf(timestamp));
    return true;
  }

  end({ request: reported, requestSizeBytes, durationSeconds, ...event }: Declared<'request_ended'>): void {
    const inFlight =
      this.#requests.get(reported.id) ?? this.#start(reported, requestSizeBytes, this.#clock.monotonic());
    // The response to `initialize` may contain the protocol version.
    learnVersion(inFlight.on, reported.connection);
    const { request, startedAtMs } = inFlight;
    this.#remove(reported.id, inFlight);
    this.#sessions.publish({
      ...event,
      request,
      toolName: request.toolName === '' ? '' : (event.toolName ?? request.toolName),
      promptName: request.promptName === '' ? '' : (event.promptName ?? request.promptName),
      durationSeconds: durationSeconds ?? this.#secondsSince(startedAtMs),
    });
  }

  subscribe({ connection, active }: Declared<'subscriptions_changed'>): void {
    this.#subscribe(this.#find(connection), active);
  }

  /** Ends everything that is open. */
  endAll({ errorType, cancellation, unobserved }: ReporterEnd): void {
    for (const [id, inFlight] of this.#requests) {
      const { request, startedAtMs } = inFlight;
      this.#remove(id, inFlight);
      this.#sessions.publish({
        type: 'request_ended',
        request,
        toolName: request.toolName,
        promptName: request.promptName,
        durationSeconds: this.#secondsSince(startedAtMs),
        errorType,
        cancellation,
        unobserved,
        inputRequired: false,
        sizeBytes: null,
      });
    }
    for (const known of this.#connections.values()) {
      const errorOfConnection = cancellation ? 'connection_closed' : errorType;
      if (known.isOpen) this.#close(known, this.#secondsSince(known.openedAtMs), errorOfConnection);
      else this.#subscribe(known, 0);
    }
  }

  #open(known: Connection, openedAtMs: number): void {
    known.isOpen = true;
    known.openedAtMs = openedAtMs;
    this.#openConnections += 1;
    this.#allowance.takeAnyway();
    this.#keep(known);
    this.#sessions.publish({ type: 'connection_opened', connection: known.connection });
  }

  #close(known: Connection, durationSeconds: number, errorType: string): void {
    this.#subscribe(known, 0);
    known.isOpen = false;
    this.#openConnections -= 1;
    this.#allowance.give();
    this.#keep(known);
    const { connection } = known;
    this.#sessions.publish({ type: 'connection_closed', connection, durationSeconds, errorType });
  }

  #start(reported: ReportedRequest, sizeBytes: number | null, startedAtMs: number): InFlight {
    const { id, connection, rpcId: _, ...known } = reported;
    const on = this.#find(connection);
    const request: McpRequest = { connection: on.connection, ...known };
    const inFlight: InFlight = { request, on, startedAtMs };
    on.inFlight += 1;
    this.#allowance.takeAnyway();
    this.#keep(on);
    this.#requests.set(id, inFlight);
    this.#sessions.publish({ type: 'request_started', request, sizeBytes });
    return inFlight;
  }

  #remove(id: ReporterOwnId, { on }: InFlight): void {
    this.#requests.delete(id);
    on.inFlight -= 1;
    this.#allowance.give();
    this.#keep(on);
  }

  #subscribe(known: Connection, active: number): void {
    const change = active - known.subscriptions;
    if (change === 0) return;
    const isNew = !this.#connections.has(known.id);
    if (isNew && (this.#connections.size >= 2 * MAX_OPEN || !this.#allowance.has())) return;
    // All subscriptions of a connection count as one open item, because only their number is stored.
    if (known.subscriptions === 0) this.#allowance.takeAnyway();
    else if (active === 0) this.#allowance.give();
    known.subscriptions = active;
    this.#keep(known);
    this.#sessions.publish({ type: 'subscriptions_changed', connection: known.connection, change });
  }

  #find(reported: ReportedConnection): Connection {
    const known = this.#connections.get(reported.id);
    if (known) {
      learnVersion(known, reported);
      return known;
    }
    const { id, serverName, transport, protocolVersion } = reported;
    const connection: McpConnection = { serverName, transport, protocolVersion };
    return { id, connection, isOpen: false, openedAtMs: 0, inFlight: 0, subscriptions: 0 };
  }

  /** Forgets idle connections, because stateless HTTP creates one for each request. */
  #keep(known: Connection): void {
    if (known.isOpen || known.inFlight > 0 || known.subscriptions > 0) this.#connections.set(known.id, known);
    else this.#connections.delete(known.id);
  }

  #startOf(timestamp: string | undefined): number {
    const ageMs = timestamp === undefined ? 0 : this.#clock.now() - Date.parse(timestamp);
    return this.#clock.monotonic() - Math.max(ageMs, 0);
  }

  #secondsSince(startedAtMs: number): number {
    return (this.#clock.monotonic() - startedAtMs) / 1000;
  }
}

/** The version of an open connection must not change, because it is a label of a gauge that counts it. */
function learnVersion({ isOpen, connection }: Connection, { protocolVersion }: ReportedConnection): void {
  if (!isOpen && protocolVersion !== '') connection.protocolVersion = protocolVersion;
}
