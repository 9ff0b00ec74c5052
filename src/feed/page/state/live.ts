import type { FeedOperationEvent, ServerMessage } from '../../feed-protocol.ts';
import { NoAnswer, type ExporterApi } from '../connection/exporter-api.ts';
import type { ConnectionState } from '../connection/feed-connection.ts';
import { OperationStore } from './operation-store.ts';
import type { OperationFilter } from './page-address.ts';
import { SessionStore } from './session-store.ts';
import { gapNotice, type Notice } from './trouble.ts';

const RETRY_MS = 2000;

export interface LiveOptions {
  readonly api: ExporterApi;
  /** Milliseconds since the Unix epoch, by the browser's clock. */
  readonly now: () => number;
  readonly schedule: (callback: () => void, delayMs: number) => void;
  /** Hears that something is to be shown. */
  readonly onChange: () => void;
}

/** What the page knows of the exporter, kept right through breaks, gaps and restarts. It knows nothing of the page. */
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
  #isConnected = false;
  #isLoaded = false;
  #loads = 0;
  #loaded = 0;
  /** When the exporter was heard last, by its own clock; null for never. */
  #heardAtMs: number | null = null;
  /** Durations are told by the server's clock; the browser's may differ. */
  #serverAheadMs = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /** Which run of the exporter was heard last; null for none. */
  get bootId(): string | null {
    return this.#bootId;
  }

  get serverVersion(): string {
    return this.#serverVersion;
  }

  /** Null where there is none to link to. */
  get grafanaUrl(): string | null {
    return this.#grafanaUrl;
  }

  /** Operations that take longer are slow; null while that is not known. */
  get slowSeconds(): number | null {
    return this.#slowSeconds;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Whether it is known what there is. */
  get isLoaded(): boolean {
    return this.#isLoaded && this.sessions.isComplete;
  }

  /** How often everything was read anew: whoever keeps things of their own does the same. */
  get loaded(): number {
    return this.#loaded;
  }

  get heardAtMs(): number | null {
    return this.#heardAtMs;
  }

  /** The server's time. It stands still where nothing is heard any more: nobody knows what is running then. */
  get nowMs(): number {
    return this.#isConnected ? this.serverNowMs : (this.#heardAtMs ?? this.serverNowMs);
  }

  get serverNowMs(): number {
    return this.#options.now() + this.#serverAheadMs;
  }

  /** Calls `follower` with every operation event. @returns what ends that */
  follow(follower: (event: FeedOperationEvent) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  dismiss(kind: Notice['kind']): void {
    this.#notices = this.#notices.filter((notice) => notice.kind !== kind);
    this.#options.onChange();
  }

  connectionChanged(state: ConnectionState): void {
    if (this.#isConnected && state.kind !== 'connected') this.#heardAtMs = this.serverNowMs;
    this.#isConnected = state.kind === 'connected';
    this.#options.onChange();
  }

  receive(message: ServerMessage): void {
    switch (message.type) {
      case 'hello':
        this.#greet(message);
        break;
      case 'session_list':
        this.sessions.setAll(message.sessions);
        break;
      case 'session_update':
        this.sessions.update(message.session);
        break;
      case 'operations':
        for (const event of message.events) this.#take(event);
        break;
      case 'gap':
        this.#notice(
          gapNotice(message.reason, message.to_seq - message.from_seq + 1, [
            this.#heardAtMs ?? this.nowMs,
            this.serverNowMs,
          ]),
        );
        if (message.reason !== 'slow_client') void this.#load();
        break;
      case 'session_status':
      case 'pong':
      case 'error':
        return;
    }
    this.#options.onChange();
  }

  /** Looks for what matches further back than what was told so far. */
  async lookBack({ name, status, session }: OperationFilter): Promise<void> {
    if (name === null && status === null && session === null) return;
    const bootId = this.#bootId;
    const answer = await this.#options.api.operations({
      operation: name,
      status,
      session_id: session,
      limit: 200,
    });
    if (answer instanceof NoAnswer || this.#bootId !== bootId) return;
    this.operations.addEnded(answer.operations);
    this.#options.onChange();
  }

  #greet(hello: Extract<ServerMessage, { type: 'hello' }>): void {
    this.#serverAheadMs = Date.parse(hello.server_time) - this.#options.now();
    this.#serverVersion = hello.server_version;
    this.#grafanaUrl = hello.grafana_url;
    this.#slowSeconds = hello.slow_operation_threshold;
    const before = this.#bootId;
    this.#bootId = hello.boot_id;
    if (before === hello.boot_id) return;
    if (before !== null) {
      this.#notices = [];
      this.#notice(gapNotice('restarted', 0, [this.#heardAtMs ?? this.serverNowMs, this.serverNowMs]));
    }
    this.#isLoaded = false;
    this.operations.clear();
    this.sessions.clear();
    void this.#load();
  }

  #take(event: FeedOperationEvent): void {
    this.operations.apply(event);
    for (const follower of this.#followers) follower(event);
  }

  /** The latest notice of a kind stands for all of it. */
  #notice(notice: Notice): void {
    this.#notices = [...this.#notices.filter(({ kind }) => kind !== notice.kind), notice];
  }

  async #load(): Promise<void> {
    const load = ++this.#loads;
    const snapshot = await this.#options.api.snapshot();
    if (load !== this.#loads) return;
    // One of another run comes while that is being replaced.
    if (snapshot instanceof NoAnswer || snapshot.bootId !== this.#bootId) {
      this.#options.schedule(() => {
        if (load === this.#loads) void this.#load();
      }, RETRY_MS);
      return;
    }
    this.operations.applySnapshot(snapshot);
    this.#isLoaded = true;
    this.#loaded += 1;
    this.#options.onChange();
  }
}
