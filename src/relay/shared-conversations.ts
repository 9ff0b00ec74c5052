import type { MonitorEvent } from '../monitor/events.ts';
import { keepDetails } from '../monitor/kept-details.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import type { NetworkTransport } from '../monitor/traffic-events.ts';
import type { Conversation, Verdict } from './conversation.ts';
import { ConversationTable } from './conversation-table.ts';
import {
  isAfterResponse,
  openingOf,
  subjectOf,
  subjectOfOwn,
  underName,
  type Subject,
} from './event-subject.ts';
import { HeldEvents, type Held } from './held-events.ts';
import { isHeldLongEnough } from './hold-time.ts';
import type { ReportedEvent, ReportedSession } from './report-schema.ts';
import type { Reporter } from './reporter.ts';

/** The names of a server and of a proxy in front of it. */
export interface ServerPair {
  readonly server: string;
  readonly proxy: string;
}

export interface SharedConversationsOptions {
  readonly sessions: SessionRegistry;
  /** Monotonic time in milliseconds. */
  readonly now: () => number;
  /** When a reporter was last seen, in monotonic milliseconds. */
  readonly lastSeenMs: (reporterId: string) => number;
  readonly onEvents: (result: 'accepted' | 'duplicate' | 'lost', count: number) => void;
  /** Called if a proxy has seen the process of a server end, whose reporter is open. */
  readonly onServerExited: (reporterId: string) => void;
  /** Called once for each pair of names, if both report. */
  readonly onPair: (pair: ServerPair) => void;
}

const MAX_PAIRS = 1000;
/** This process among the observers of a conversation. The ids of reporters are not empty. */
const OWN = '';

/**
 * If a proxy and the server behind it both report to this hub, each connection, request and operation counts once.
 * {@link Conversation} decides whose events count. The events of a proxy are held until that is known.
 */
export class SharedConversations {
  readonly #options: SharedConversationsOptions;
  readonly #conversations = new ConversationTable((conversation) => this.#onForgotten(conversation));
  readonly #held: HeldEvents;
  readonly #pairs = new Set<string>();

  constructor(options: SharedConversationsOptions) {
    this.#options = options;
    this.#held = new HeldEvents(options.sessions.allowance('reported_open_total'));
  }

  get isHolding(): boolean {
    return this.#held.size > 0;
  }

  isHoldingFrom(reporterId: string): boolean {
    return this.#held.hasFrom(reporterId);
  }

  /** @param events - of the same report, which tell what the sessions belong to */
  takeSessions(from: Reporter, sessions: readonly ReportedSession[], events: readonly ReportedEvent[]): void {
    if (sessions.length === 0) return;
    for (const event of events) {
      const subject = subjectOf(event);
      if (subject) this.#join(from.id, subject);
    }
    for (const session of sessions) this.#takeSession(from, session);
  }

  take(from: Reporter, event: ReportedEvent): void {
    const heldAtMs = this.#options.now();
    const opening = openingOf(event);
    if (opening?.isStart)
      return this.#hold(null, opening.name, { from, subject: null, events: [event], heldAtMs });
    const started = opening && this.#held.take(null, from, opening.name);
    const events = [...(started?.events ?? []), event];
    const subject = subjectOf(event) ?? this.#subjectOfClosed(from, event);
    if (!subject) return this.#count({ from, subject, events, heldAtMs });
    const verdict = this.#decide({ from, subject, events, heldAtMs });
    if (event.type === 'connection_closed') this.#onClosed(from, subject, event.connection.transport);
    if (subject.observer !== 'server') return;
    const isCall = event.type === 'operation' && verdict === 'count';
    this.#onServer(subject, isCall ? (event.session_id ?? null) : null);
  }

  /** Notes an event that this process has observed itself. It counts, because it is published already. */
  takeOwn(event: MonitorEvent): void {
    const subject = subjectOfOwn(event);
    if (!subject) return;
    const conversation = this.#join(OWN, subject);
    if (subject.key !== null) this.#conversations.count(conversation, subject.observer, subject.key);
    if (event.type === 'connection_closed') this.#leave(conversation, OWN);
    if (subject.observer === 'server')
      this.#onServer(subject, event.type === 'operation' ? event.sessionId : null);
  }

  /** Counts the held events that need not wait any longer. Call it several times a second while events are held. */
  decide(): void {
    for (const conversation of this.#held.conversations()) this.#decideTimed(conversation);
  }

  /** Counts everything that is held of a reporter, which will report nothing more about it. */
  flush(reporterId: string): void {
    if (!this.#held.hasFrom(reporterId)) return;
    for (const conversation of this.#held.conversations()) {
      for (const [key, held] of this.#held.of(conversation)) {
        if (held.from.id === reporterId) this.#release(conversation, key, held, 'count');
      }
    }
  }

  /** Call when a reporter has closed, or was lost and may have missed events. */
  left(reporterId: string, isLost: boolean): void {
    for (const conversation of this.#conversations.all()) {
      if (!conversation.observerOf(reporterId)) continue;
      if (isLost) conversation.lose(reporterId);
      else conversation.leave(reporterId);
      this.#decideKnown(conversation, this.#held.of(conversation));
    }
  }

  /** Forgets conversations that ended long ago. */
  expire(): void {
    this.#conversations.expire(this.#options.now());
  }

  #join(reporterId: string, subject: Subject): Conversation {
    const { conversationId: id } = subject;
    const conversation = this.#conversations.use(id, this.#options.now());
    if (conversation.join(reporterId, subject)) this.#nameSession(conversation);
    return conversation;
  }

  #takeSession(from: Reporter, session: ReportedSession): void {
    const subject = this.#subjectOfSession(from, session.session_id);
    if (!subject) return from.takeSession(session);
    this.#decide({ from, subject, events: [], session, heldAtMs: this.#options.now() });
  }

  #decide(held: Held & { readonly subject: Subject }): Verdict {
    const { from, subject, events } = held;
    const conversation = this.#join(from.id, subject);
    if (events.some(isAfterResponse)) conversation.responded(held.heldAtMs + from.settleMs);
    const { observer, key } = subject;
    const isOpen = events.some((event) => from.hasOpen(event));
    const isWaiting = this.#held.has(conversation, from, key);
    const due = isWaiting ? 'hold' : conversation.verdict(observer, key, this.#options.now());
    const verdict = isOpen ? 'count' : due;
    if (verdict === 'hold') this.#hold(conversation, key, held);
    else this.#settle(held, verdict, conversation);
    return verdict;
  }

  #hold(conversation: Conversation | null, name: string | null, given: Held): void {
    const held = { ...given, events: given.events.map((event) => this.#shortened(event)) };
    if (this.#held.add(conversation, name, held)) return;
    // A start that is held must not count after its end.
    const earlier = name === null ? undefined : this.#held.take(conversation, held.from, name);
    if (earlier) this.#count(earlier, conversation);
    this.#count(held, conversation);
  }

  /** Details may be as large as a report. */
  #shortened(event: ReportedEvent): ReportedEvent {
    if (event.type !== 'operation' || event.details === undefined) return event;
    return { ...event, details: keepDetails(event.details, this.#options.sessions.redactor).details };
  }

  /** What is held for a server that reports nothing more counts now. */
  #leave(conversation: Conversation, reporterId: string): void {
    if (conversation.leave(reporterId)) this.#decideKnown(conversation, this.#held.of(conversation));
  }

  /** Over stdio, a connection ends with the process of the server. */
  #onClosed(from: Reporter, { conversationId, observer }: Subject, transport: NetworkTransport): void {
    const conversation = this.#conversations.get(conversationId);
    if (!conversation) return;
    this.#leave(conversation, from.id);
    if (observer === 'server' || transport !== 'pipe') return;
    for (const id of conversation.openServers) if (id !== OWN) this.#options.onServerExited(id);
  }

  /**
   * The server has reported: the same events of a proxy do not count.
   *
   * @param sessionId - of a call that counts
   */
  #onServer({ conversationId, key }: Subject, sessionId: string | null): void {
    const conversation = this.#conversations.get(conversationId);
    if (!conversation) return;
    if (sessionId !== null) {
      conversation.sessionId = sessionId;
      this.#nameSession(conversation);
    }
    // Events without a key count with their connection.
    for (const each of new Set([key, null]))
      this.#decideKnown(conversation, this.#held.about(conversation, each));
  }

  #decideKnown(conversation: Conversation, groups: readonly [string, Held][]): void {
    for (const [key, held] of groups) {
      const verdict = this.#verdictOn(conversation, held);
      if (verdict !== 'hold') this.#release(conversation, key, held, verdict);
    }
  }

  /** Like {@link #decideKnown}, and events that were held for long enough count. */
  #decideTimed(conversation: Conversation | null): void {
    const nowMs = this.#options.now();
    const serversSeenMs = conversation?.hasServer ? this.#serversSeenMs(conversation) : null;
    for (const [key, held] of this.#held.of(conversation)) {
      const verdict = conversation ? this.#verdictOn(conversation, held) : 'hold';
      if (verdict !== 'hold') this.#release(conversation, key, held, verdict);
      else if (isHeldLongEnough(held, nowMs, serversSeenMs)) this.#release(conversation, key, held, 'count');
    }
  }

  #serversSeenMs({ openServers }: Conversation): number {
    const { now, lastSeenMs } = this.#options;
    return Math.min(...openServers.map((id) => (id === OWN ? now() : lastSeenMs(id))));
  }

  #verdictOn(conversation: Conversation, { subject }: Held): Verdict {
    return subject ? conversation.verdict('proxy', subject.key, this.#options.now()) : 'hold';
  }

  #release(conversation: Conversation | null, key: string, held: Held, verdict: 'count' | 'duplicate'): void {
    this.#held.remove(conversation, key, held);
    this.#settle(held, verdict, conversation);
  }

  #settle(held: Held, verdict: 'count' | 'duplicate', conversation: Conversation | null): void {
    if (verdict === 'count') this.#count(held, conversation);
    else this.#options.onEvents('duplicate', held.events.length);
  }

  #count({ from, subject, events, session }: Held, conversation: Conversation | null = null): void {
    const serverName = subject?.observer === 'proxy' ? conversation?.serverName : undefined;
    if (session) from.takeSession({ ...session, server_name: serverName ?? session.server_name });
    if (subject?.key && conversation) {
      this.#conversations.count(conversation, subject.observer, subject.key);
    }
    const named = serverName === undefined ? events : events.map((event) => underName(event, serverName));
    const refused = named.filter((event) => !from.take(event)).length;
    this.#options.onEvents('accepted', events.length - refused);
    this.#options.onEvents('lost', refused);
  }

  /** An event about a session of a proxy has no connection. Over HTTP, the session has the id of the conversation. */
  #subjectOfSession(from: Reporter, sessionId: string): Subject | null {
    const conversation = this.#conversations.get(sessionId);
    if (conversation?.observerOf(from.id) !== 'proxy') return null;
    return { conversationId: sessionId, observer: 'proxy', serverName: '', key: null };
  }

  #subjectOfClosed(from: Reporter, event: ReportedEvent): Subject | null {
    return event.type === 'session_closed' ? this.#subjectOfSession(from, event.session_id) : null;
  }

  /** Both names belong to the session of the server, if a proxy and the server report it. */
  #nameSession(conversation: Conversation): void {
    const { serverName: server, proxyName: proxy } = conversation;
    if (server === undefined || proxy === undefined) return;
    const { sessions, onPair } = this.#options;
    const { sessionId } = conversation;
    if (sessionId !== null) sessions.learn(sessionId, { serverName: server, proxyName: proxy });
    const pair = JSON.stringify([server, proxy]);
    if (this.#pairs.has(pair) || this.#pairs.size >= MAX_PAIRS) return;
    this.#pairs.add(pair);
    onPair({ server, proxy });
  }

  #onForgotten(conversation: Conversation): void {
    for (const [key, held] of this.#held.of(conversation)) this.#release(conversation, key, held, 'count');
  }
}
