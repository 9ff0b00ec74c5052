import type { StatusBody } from '../../../api/answers.ts';
import type {
  ExporterFacts,
  FeedOperationEvent,
  FeedSession,
  FeedUnreachableServer,
  ServerMessage,
} from '../../feed-protocol.ts';
import { NoAnswer, type BootSnapshot, type ExporterApi } from '../connection/exporter-api.ts';
import type { ConnectionState } from '../connection/feed-connection.ts';
import { isEmpty } from './operation-filter.ts';
import { OperationStore } from './operation-store.ts';
import type { OperationFilter } from './page-address.ts';
import { SessionStore } from './session-store.ts';
import { gapNotice, updatedNotice, type Notice } from './trouble.ts';

const RETRY_MS = 2000;
/** Maximum number of operations of a look back. */
const LOOKED_BACK = 200;
/** A larger difference between the expected and the given time means that a clock was stopped or set. */
const CLOCK_TOLERANCE_MS = 1000;

export interface LiveOptions {
  readonly api: ExporterApi;
  /** Monotonic time in milliseconds, because the browser's clock may be set at any time. */
  readonly now: () => number;
  readonly schedule: (callback: () => void, delayMs: number) => void;
  /** Called when the page has to be rendered. */
  readonly onChange: () => void;
  /** Called when the exporter was restarted, and may have other data. */
  readonly onRestart: () => void;
}

/** The exporter's state, kept up to date through reconnects, gaps and restarts. It does not depend on the DOM. */
export class Live {
  readonly operations = new OperationStore();
  readonly sessions = new SessionStore();
  readonly #options: LiveOptions;
  readonly #followers = new Set<(event: FeedOperationEvent) => void>();
  #notices: readonly Notice[] = [];
  #bootId: string | null = null;
  #serverVersion = '';
  #grafanaUrl: string | null = null;
  #slowSeconds: number | null = null;
  #unreachable: readonly FeedUnreachableServer[] = [];
  #isConnected = false;
  /** Whether the state comes from the API, because the feed is blocked. */
  #isPolled = false;
  #isLoaded = false;
  #loads = 0;
  #loaded = 0;
  #lookBacks = 0;
  /** When the connection was lost, by the exporter's clock; null if it never was. */
  #lostAtMs: number | null = null;
  /** Difference between the exporter's clock, which all times are based on, and the page's monotonic time. */
  #serverAheadMs = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /** The id of the exporter's current run; null before the first connection. */
  get bootId(): string | null {
    return this.#bootId;
  }

  get serverVersion(): string {
    return this.#serverVersion;
  }

  /** Null if it is not configured. */
  get grafanaUrl(): string | null {
    return this.#grafanaUrl;
  }

  /** Operations that take longer are slow; null before the first connection. */
  get slowSeconds(): number | null {
    return this.#slowSeconds;
  }

  /** The HTTP servers that their proxies cannot reach. */
  get unreachable(): readonly FeedUnreachableServer[] {
    return this.#unreachable;
  }

  /** Whether the state is current: the feed is connected, or the API is polled instead. */
  get isCurrent(): boolean {
    return this.#isConnected || this.#isPolled;
  }

  get isPolled(): boolean {
    return this.#isPolled;
  }

  /** Whether all sessions and operations were loaded. */
  get isLoaded(): boolean {
    return this.#isLoaded && this.sessions.isComplete;
  }

  /** Number of complete reloads. Views with own data reload when it changes. */
  get loaded(): number {
    return this.#loaded;
  }

  get lostAtMs(): number | null {
    return this.#lostAtMs;
  }

  /** The exporter's time. It stops while the page is disconnected, because running operations may have ended. */
  get nowMs(): number {
    return this.isCurrent ? this.serverNowMs : (this.#lostAtMs ?? this.serverNowMs);
  }

  get serverNowMs(): number {
    return this.#options.now() + this.#serverAheadMs;
  }

  /** Calls `follower` with every operation event. @returns a function that stops it */
  follow(follower: (event: FeedOperationEvent) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  dismiss(kind: Notice['kind']): void {
    this.#notices = this.#notices.filter((notice) => notice.kind !== kind);
    this.#options.onChange();
  }

  connectionChanged(state: ConnectionState): void {
    const isConnected = state.kind === 'connected';
    this.#become(isConnected, this.#isPolled && !isConnected);
  }

  /** Takes the state from the API while the feed is blocked. */
  receivePolled(status: StatusBody, sessions: readonly FeedSession[], snapshot: BootSnapshot | null): void {
    this.#greet(status.feed.boot_id, status);
    this.sessions.setAll(sessions);
    if (snapshot?.bootId === this.#bootId) this.#takeSnapshot(snapshot);
    this.#become(this.#isConnected, !this.#isConnected);
  }

  /** The API does not answer any more, or is no longer asked. */
  pollingFailed(): void {
    this.#become(this.#isConnected, false);
  }

  #become(isConnected: boolean, isPolled: boolean): void {
    if (this.isCurrent && !isConnected && !isPolled) this.#lostAtMs = this.serverNowMs;
    this.#isConnected = isConnected;
    this.#isPolled = isPolled;
    this.#options.onChange();
  }

  receive(message: ServerMessage): void {
    switch (message.type) {
      case 'hello':
        // Events that were missed while the page polled are in a new snapshot.
        if (this.#greet(message.boot_id, message) || this.#isPolled) void this.#load();
        break;
      case 'session_list':
        this.sessions.setAll(message.sessions);
        break;
      case 'session_update':
        this.sessions.update(message.session);
        break;
      case 'unreachable_servers':
        this.#unreachable = message.servers;
        break;
      case 'operations':
        for (const event of message.events) this.#take(event);
        break;
      case 'gap':
        this.#notice(
          gapNotice(message.reason, message.to_seq - message.from_seq + 1, [
            this.#lostAtMs ?? this.nowMs,
            this.serverNowMs,
          ]),
        );
        if (message.reason !== 'slow_client') void this.#load();
        break;
      case 'pong':
        this.#setClock(message.server_time, CLOCK_TOLERANCE_MS);
        return;
      case 'session_status':
      case 'error':
        return;
    }
    this.#options.onChange();
  }

  /** Loads older ended operations that match the filter. */
  async lookBack(filter: OperationFilter): Promise<void> {
    const lookBack = ++this.#lookBacks;
    if (isEmpty(filter)) return;
    const { name: operation, status, server, session: session_id, text } = filter;
    const query = { operation, status, server, session_id, text, limit: LOOKED_BACK };
    const answer = await this.#options.api.operations(query);
    if (answer instanceof NoAnswer || answer.feed.boot_id !== this.#bootId) return;
    if (lookBack !== this.#lookBacks) return;
    this.operations.addEnded(answer.operations);
    this.#options.onChange();
  }

  /** @returns whether this is another run of the exporter, whose operations are not loaded yet */
  #greet(bootId: string, facts: ExporterFacts): boolean {
    this.#setClock(facts.server_time, 0);
    this.#grafanaUrl = facts.grafana_url;
    this.#slowSeconds = facts.slow_operation_threshold;
    this.#unreachable = facts.unreachable_servers;
    const before = this.#bootId;
    if (before === bootId) return false;
    this.#bootId = bootId;
    if (before !== null) {
      this.#notices = [];
      this.#notice(gapNotice('restarted', 0, [this.#lostAtMs ?? this.serverNowMs, this.serverNowMs]));
      if (facts.server_version !== this.#serverVersion) this.#notice(updatedNotice(facts.server_version));
      this.#options.onRestart();
    }
    this.#serverVersion = facts.server_version;
    this.#isLoaded = false;
    this.operations.clear();
    this.sessions.clear();
    return true;
  }

  #setClock(serverTime: string, toleranceMs: number): void {
    const aheadMs = Date.parse(serverTime) - this.#options.now();
    if (Math.abs(aheadMs - this.#serverAheadMs) > toleranceMs) this.#serverAheadMs = aheadMs;
  }

  #take(event: FeedOperationEvent): void {
    this.operations.apply(event);
    for (const follower of this.#followers) follower(event);
  }

  /** Replaces an earlier notice of the same kind. */
  #notice(notice: Notice): void {
    this.#notices = [...this.#notices.filter(({ kind }) => kind !== notice.kind), notice];
  }

  async #load(): Promise<void> {
    const load = ++this.#loads;
    const snapshot = await this.#options.api.snapshot();
    if (load !== this.#loads) return;
    // A snapshot of another run arrives while the exporter is restarting.
    if (snapshot instanceof NoAnswer || snapshot.bootId !== this.#bootId) {
      this.#options.schedule(() => {
        if (load === this.#loads) void this.#load();
      }, RETRY_MS);
      return;
    }
    this.#takeSnapshot(snapshot);
    this.#options.onChange();
  }

  #takeSnapshot(snapshot: BootSnapshot): void {
    this.operations.applySnapshot(snapshot);
    this.#isLoaded = true;
    this.#loaded += 1;
  }
}
