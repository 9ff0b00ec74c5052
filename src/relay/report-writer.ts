import { randomUUID } from 'node:crypto';

import type { ReportQueue } from './report-queue.ts';
import type { SessionAnnouncements } from './session-announcements.ts';
import type { Report, WireEvent } from './report-schema.ts';
import { withoutDetails, type QueuedEvent } from './event-buffer.ts';
import type { WireEvents } from './wire-event.ts';
import { isOptional } from './wire-members.ts';

/** A serialized report; a resent one has the same body. */
export interface WrittenReport {
  readonly body: string;
  readonly eventCount: number;
  readonly lost: number;
  readonly isClosing: boolean;
}

/** Maximum number of events in one report. */
export const MAX_EVENTS = 500;
const MAX_SESSIONS = 100;
/** Details have at most 8000 characters with up to six bytes each in JSON. This keeps a report below 512 KiB. */
const LARGEST_EVENT_BYTES = 80 * 1024;
const FULL_BYTES = 512 * 1024 - LARGEST_EVENT_BYTES;

export interface ReportWriterOptions {
  readonly queue: ReportQueue;
  readonly announcements: SessionAnnouncements;
  readonly wire: WireEvents;
  /** Called when an event cannot be serialized. */
  readonly onError: (error: unknown) => void;
}

/** Turns buffered events and announced sessions into numbered reports. */
export class ReportWriter {
  readonly #options: ReportWriterOptions;
  readonly #reporterId = randomUUID();
  #nextSeq = 1;

  constructor(options: ReportWriterOptions) {
    this.#options = options;
  }

  /** @param isClosing - whether to mark the report as the last one if it empties the buffer */
  next(isClosing: boolean): WrittenReport {
    const { queue, announcements, wire } = this.#options;
    const sessions = announcements.take(MAX_SESSIONS).map((session) => wire.sessionToWire(session));
    const { events, optional } = this.#takeEvents();
    const isLast = isClosing && queue.size === 0 && announcements.size === 0;
    // Resent heartbeats cannot be detected, and would count losses twice. So losses are sent with the next events. To a hub
    // of an older version, a report with only optional events is a heartbeat.
    const lost = events.length > 0 || isLast ? queue.takeLost() : 0;
    const head: Omit<Report, 'events' | 'optional_events'> = {
      reporter_id: this.#reporterId,
      first_seq: this.#nextSeq,
      ...(lost > 0 ? { lost } : undefined),
      ...(isLast ? { is_closing: true } : undefined),
      ...(sessions.length > 0 ? { sessions } : undefined),
    };
    const eventCount = events.length + optional.length;
    this.#nextSeq += eventCount;
    const lists = [
      ...(optional.length > 0 ? [list('optional_events', optional)] : []),
      list('events', events),
    ];
    const body = `${JSON.stringify(head).slice(0, -1)},${lists.join(',')}}`;
    return { body, eventCount, lost, isClosing: isLast };
  }

  /** Takes events from the queue until a report is full. */
  #takeEvents(): { readonly events: readonly string[]; readonly optional: readonly string[] } {
    const events: string[] = [];
    const optional: string[] = [];
    let bytes = 0;
    while (events.length + optional.length < MAX_EVENTS && bytes < FULL_BYTES) {
      const queued = this.#options.queue.take();
      if (!queued) break;
      const text = this.#toJson(queued);
      if (text === null) continue;
      (isOptional(queued.event.type) ? optional : events).push(text);
      bytes += Buffer.byteLength(text) + 1;
    }
    return { events, optional };
  }

  /** If an event's details cannot be serialized, the event is sent without them. */
  #toJson(queued: QueuedEvent): string | null {
    const { queue, onError } = this.#options;
    try {
      return this.#write(queued);
    } catch (error) {
      onError(error);
    }
    try {
      return this.#write({ ...queued, event: withoutDetails(queued.event), start: undefined });
    } catch {
      queue.addLost(1);
      return null;
    }
  }

  #write(queued: QueuedEvent): string | null {
    const wire: WireEvent | null = this.#options.wire.toWire(queued);
    return wire && JSON.stringify(wire);
  }
}

function list(member: keyof Report, texts: readonly string[]): string {
  return `"${member}":[${texts.join(',')}]`;
}
