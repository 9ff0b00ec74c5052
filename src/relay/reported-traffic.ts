import type { Clock } from '../monitor/clock.ts';
import type { Allowance } from '../monitor/allowance.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import type { McpConnection, McpRequest } from '../monitor/traffic-events.ts';
import type { Declared, ReportedConnection, ReportedRequest, ReporterOwnId } from './event-schema.ts';
import type { ReporterEnd } from './reporter-end.ts';

/** A connection that is open, or that something open is on. */
interface Connection {
  readonly id: ReporterOwnId;
  readonly connection: McpConnection;
  isOpen: boolean;
  /** By the monotonic clock. */
  openedAtMs: number;
  inFlight: number;
  subscriptions: number;
}

interface InFlight {
  readonly request: McpRequest;
  readonly on: Connection;
  /** By the monotonic clock. */
  readonly startedAtMs: number;
}

/** Of each kind, so that no reporter can fill the hub's memory. */
export const MAX_OPEN = 10_000;

/**
 * The connections and requests that one reporter has open, with one object for each, as whoever watches here has. A
 * start that is told again is no second one, and an end whose start nobody told here has one all the same.
 */
export class ReportedTraffic {
  readonly #sessions: SessionRegistry;
  readonly #clock: Clock;
  readonly #connections = new Map<ReporterOwnId, Connection>();
  readonly #requests = new Map<ReporterOwnId, InFlight>();
  /** What all reporters may have open together. */
  readonly #allowance: Allowance;
  #openConnections = 0;

  constructor(sessions: SessionRegistry, clock: Clock) {
    this.#sessions = sessions;
    this.#clock = clock;
    this.#allowance = sessions.allowance('reported_open_total');
  }

  /** The one object that stands for a connection while anything of it is open. */
  connectionOf(reported: ReportedConnection): McpConnection {
    return this.#find(reported).connection;
  }

  /** @returns false where there is no room for another one */
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

  /** @returns false where there is no room for another one */
  start({ request, sizeBytes, timestamp }: Declared<'request_started'>): boolean {
    if (this.#requests.has(request.id)) return true;
    if (this.#requests.size >= MAX_OPEN || !this.#allowance.has()) return false;
    this.#start(request, sizeBytes, this.#startOf(timestamp));
    return true;
  }

  end({ request: reported, requestSizeBytes, durationSeconds, ...event }: Declared<'request_ended'>): void {
    const inFlight =
      this.#requests.get(reported.id) ?? this.#start(reported, requestSizeBytes, this.#clock.monotonic());
    // The answer may be what settles it.
    learnVersion(inFlight.on, reported.connection);
    const { request, startedAtMs } = inFlight;
    this.#forget(reported.id, inFlight);
    this.#sessions.publish({
      ...event,
      request,
      toolName: request.toolName === '' ? '' : (event.toolName ?? request.toolName),
      promptName: request.promptName === '' ? '' : (event.promptName ?? request.promptName),
      durationSeconds: durationSeconds ?? this.#secondsSince(startedAtMs),
    });
  }

  unfollow({ request: { id } }: Declared<'request_unfollowed'>): void {
    const inFlight = this.#requests.get(id);
    if (!inFlight) return;
    this.#forget(id, inFlight);
    this.#sessions.publish({ type: 'request_unfollowed', request: inFlight.request });
  }

  subscribe({ connection, active }: Declared<'subscriptions_changed'>): void {
    this.#subscribe(this.#find(connection), active);
  }

  /** Ends everything that is open. */
  endAll({ errorType, cancellation }: ReporterEnd): void {
    for (const [id, inFlight] of this.#requests) {
      const { request, startedAtMs } = inFlight;
      this.#forget(id, inFlight);
      this.#sessions.publish({
        type: 'request_ended',
        request,
        toolName: request.toolName,
        promptName: request.promptName,
        durationSeconds: this.#secondsSince(startedAtMs),
        errorType,
        cancellation,
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
    const { id, connection, ...known } = reported;
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

  #forget(id: ReporterOwnId, { on }: InFlight): void {
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
    // One, however many: they are a number.
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
    const { id, ...connection } = reported;
    return { id, connection, isOpen: false, openedAtMs: 0, inFlight: 0, subscriptions: 0 };
  }

  /** Connections that nothing is open on come by the thousand, one for each request over stateless HTTP. */
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

/** One that is open is counted by its version: it leaves a gauge with the labels that it came with. */
function learnVersion({ isOpen, connection }: Connection, { protocolVersion }: ReportedConnection): void {
  if (!isOpen && protocolVersion !== '') connection.protocolVersion = protocolVersion;
}
