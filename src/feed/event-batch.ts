import type { EventLog, LoggedEvent } from './event-log.ts';

/** A message that is serialized once for all clients. */
export type Frame = Buffer;

/** A range of the log, for clients that want the same sessions. */
export interface EventBatch {
  /** The last event of the range, whether or not it is in the frame. */
  readonly toSeq: number;
  /** Null if the clients want none of the events. */
  readonly frame: Frame | null;
  /** Progress events that were omitted because a later event of the same operation follows. */
  readonly coalesced: { readonly fromSeq: number; readonly toSeq: number; readonly count: number } | null;
}

export interface BatchRequest {
  /** The last event that these clients have received. */
  readonly afterSeq: number;
  readonly wants: (sessionId: string) => boolean;
  /** Whether only the latest progress of each operation is sent. */
  readonly isCoalescing: boolean;
}

const MAX_EVENTS = 500;
/** A frame exceeds this by at most one event, whose size is bounded. */
const MAX_CHARS = 64 * 1024;

/** The next batch after `afterSeq`. It ends at the end of the log, or when the frame is full. */
export function nextBatch(log: EventLog, { afterSeq, wants, isCoalescing }: BatchRequest): EventBatch {
  const latest = isCoalescing ? latestOfEach(log, afterSeq) : null;
  const parts: string[] = [];
  const superseded: number[] = [];
  let chars = 0;
  let toSeq = afterSeq;
  while (toSeq < log.lastSeq && parts.length < MAX_EVENTS && chars < MAX_CHARS) {
    toSeq += 1;
    const logged = log.at(toSeq);
    if (!logged || !wants(logged.event.sessionId)) continue;
    if (isSuperseded(logged, latest)) {
      superseded.push(toSeq);
    } else {
      const json = log.jsonOf(logged);
      parts.push(json);
      chars += json.length;
    }
  }
  return { toSeq, frame: frameOf(parts, toSeq), coalesced: rangeOf(superseded) };
}

function frameOf(parts: readonly string[], toSeq: number): Frame | null {
  if (parts.length === 0) return null;
  return Buffer.from(`{"type":"operations","seq":${toSeq},"events":[${parts.join(',')}]}`);
}

function rangeOf(seqs: readonly number[]): EventBatch['coalesced'] {
  const [fromSeq] = seqs;
  return fromSeq === undefined ? null : { fromSeq, toSeq: seqs.at(-1) ?? fromSeq, count: seqs.length };
}

/** The last sequence number of each operation in the log after `afterSeq`. */
function latestOfEach(log: EventLog, afterSeq: number): Map<string, number> {
  const latest = new Map<string, number>();
  for (let seq = afterSeq + 1; seq <= log.lastSeq; seq++) {
    const logged = log.at(seq);
    if (logged) latest.set(logged.operationKey, seq);
  }
  return latest;
}

function isSuperseded(
  { seq, event, operationKey }: LoggedEvent,
  latest: Map<string, number> | null,
): boolean {
  return latest !== null && event.kind === 'progressed' && latest.get(operationKey) !== seq;
}
