import type { Observer } from '../monitor/traffic-events.ts';
import { CONNECTION, type Subject } from './event-subject.ts';
import { RecentKeys } from './recent-keys.ts';

/** `hold` until it is known whether the server reports the same. */
export type Verdict = 'count' | 'duplicate' | 'hold';

interface Member {
  readonly observer: Observer;
  readonly serverName: string;
  /** Whether it may report more. */
  isOpen: boolean;
}

/** More observers than a connection has. Some servers give all clients one session id. */
const MAX_MEMBERS = 100;

/**
 * One connection between a client and a server, which the server, a proxy or both report. If both do, the events of the
 * server count, because it knows the stages of its calls. The events of the proxy count if the server does not report the
 * same connection, request or operation.
 */
export class Conversation {
  readonly id: string;
  /** Until then, the server may be about to report. Monotonic time; infinite before its first response. */
  #settlesAtMs = Infinity;
  /** When an event arrived last. Monotonic time. */
  usedAtMs = 0;
  /** The name that the server has for itself; undefined if it has not reported. */
  serverName: string | undefined;
  /** The session of the latest tool call of the server that counts. */
  sessionId: string | null = null;
  /** Whether a server has reported. */
  hasServer = false;
  /** The reporters in the server's process that may report more. */
  openServers: readonly string[] = [];
  /** By reporter. */
  readonly #members = new Map<string, Member>();
  /** Whose events count: of requests and operations, and of the connection, which lasts longer than their keys. */
  readonly #counted = new RecentKeys();
  #countedConnection: Observer | undefined;

  constructor(id: string) {
    this.id = id;
  }

  /** @returns whether the reporter is new */
  join(reporterId: string, { observer, serverName }: Subject): boolean {
    if (this.#members.has(reporterId)) return false;
    if (this.#members.size >= MAX_MEMBERS) this.#removeMember();
    this.#members.set(reporterId, { observer, serverName, isOpen: true });
    if (observer === 'server') this.serverName = serverName;
    this.#onMembers();
    return true;
  }

  /**
   * A proxy has seen a response: the server runs, and reports soon.
   *
   * @param settlesAtMs - when it has reported. Monotonic time
   */
  responded(settlesAtMs: number): void {
    if (this.#settlesAtMs === Infinity) this.#settlesAtMs = settlesAtMs;
  }

  /**
   * The reporter will report nothing more about the conversation.
   *
   * @returns whether that is new
   */
  leave(reporterId: string): boolean {
    const member = this.#members.get(reporterId);
    if (!member?.isOpen) return false;
    member.isOpen = false;
    this.#onMembers();
    return true;
  }

  /** The reporter was lost, and may have missed events. */
  lose(reporterId: string): void {
    this.#members.delete(reporterId);
    this.#onMembers();
  }

  observerOf(reporterId: string): Observer | undefined {
    return this.#members.get(reporterId)?.observer;
  }

  /** The name that a proxy has for the server; undefined if none reports. */
  get proxyName(): string | undefined {
    return [...this.#members.values()].find((member) => !isServer(member))?.serverName;
  }

  get isOpen(): boolean {
    return [...this.#members.values()].some(({ isOpen }) => isOpen);
  }

  verdict(observer: Observer, key: string | null, nowMs: number): Verdict {
    if (key === null) return this.#verdictOnRest(observer, nowMs);
    const counted = this.#countedOf(key);
    // Several proxies are never compared: some servers give all clients the same session id.
    if (observer === 'server') return counted === 'proxy' ? 'duplicate' : 'count';
    if (counted) return counted === 'proxy' ? 'count' : 'duplicate';
    if (!this.hasServer) return this.#verdictWithoutServer(nowMs);
    return this.openServers.length > 0 ? 'hold' : 'count';
  }

  /** Events without a key, such as notifications, count with their connection. */
  #verdictOnRest(observer: Observer, nowMs: number): Verdict {
    const isOfProxy = this.#countedConnection === 'proxy' && this.proxyName !== undefined;
    if (observer === 'server') return isOfProxy ? 'duplicate' : 'count';
    if (!this.hasServer) return this.#verdictWithoutServer(nowMs);
    return isOfProxy ? 'count' : 'duplicate';
  }

  #verdictWithoutServer(nowMs: number): Verdict {
    return nowMs < this.#settlesAtMs ? 'hold' : 'count';
  }

  /** Notes whose events about a key count. */
  count(observer: Observer, key: string): void {
    if (key === CONNECTION) this.#countedConnection ??= observer;
    else if (!this.#counted.get(key)) this.#counted.add(key, observer);
  }

  /** Number of kept keys. */
  get keys(): number {
    return this.#counted.size;
  }

  forgetKeys(): void {
    this.#counted.clear();
  }

  /** Members change rarely, but each held event asks for the servers. */
  #onMembers(): void {
    const servers = [...this.#members].filter(([, member]) => isServer(member));
    this.hasServer = servers.length > 0;
    this.openServers = servers.filter(([, { isOpen }]) => isOpen).map(([id]) => id);
  }

  /** Removes the first one that reports nothing more, or else the first one. */
  #removeMember(): void {
    const ids = [...this.#members.keys()];
    const closed = ids.find((id) => this.#members.get(id)?.isOpen === false);
    this.#members.delete(closed ?? ids[0] ?? '');
  }

  #countedOf(key: string): Observer | undefined {
    return key === CONNECTION ? this.#countedConnection : this.#counted.get(key);
  }
}

function isServer({ observer }: Member): boolean {
  return observer === 'server';
}
