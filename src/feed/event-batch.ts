import type { EventLog, LoggedEvent } from './event-log.ts';

/** Serialised once, however many clients get it. */
export type Frame = Buffer;

/** A stretch of the log, as clients that want the same sessions get it. */
export interface EventBatch {
  /** The last event that it covers, sent or not. */
  readonly toSeq: number;
  /** Null where none of its events is wanted. */
  readonly frame: Frame | null;
  /** Progress that a later event of the stretch has overtaken, and that was therefore left out. */
  readonly coalesced: { readonly fromSeq: number; readonly toSeq: number; readonly count: number } | null;
}

export interface BatchRequest {
  /** The last event that these clients have. */
  readonly afterSeq: number;
  readonly wants: (sessionId: string) => boolean;
  /** Whether of an operation's progress only the latest is told. */
  readonly isCoalescing: boolean;
}

const MAX_EVENTS = 500;
/** A frame is this long and one event at the most: names and details are bounded. */
const MAX_CHARS = 64 * 1024;

/** The next batch after `afterSeq`; it ends with the log, or where it is large enough for one frame. */
export function nextBatch(log: EventLog, { afterSeq, wants, isCoalescing }: BatchRequest): EventBatch {
  const latest = isCoalescing ? latestOfEach(log, afterSeq) : null;
  const parts: string[] = [];
  const overtaken: number[] = [];
  let chars = 0;
  let toSeq = afterSeq;
  while (toSeq < log.lastSeq && parts.length < MAX_EVENTS && chars < MAX_CHARS) {
    toSeq += 1;
    const logged = log.at(toSeq);
    if (!logged || !wants(logged.event.sessionId)) continue;
    if (isOvertaken(logged, latest)) {
      overtaken.push(toSeq);
    } else {
      const json = log.jsonOf(logged);
      parts.push(json);
      chars += json.length;
    }
  }
  return { toSeq, frame: frameOf(parts, toSeq), coalesced: stretchOf(overtaken) };
}

function frameOf(parts: readonly string[], toSeq: number): Frame | null {
  if (parts.length === 0) return null;
  return Buffer.from(`{"type":"operations","seq":${toSeq},"events":[${parts.join(',')}]}`);
}

function stretchOf(seqs: readonly number[]): EventBatch['coalesced'] {
  const [fromSeq] = seqs;
  return fromSeq === undefined ? null : { fromSeq, toSeq: seqs.at(-1) ?? fromSeq, count: seqs.length };
}

/** The last number of each operation in the log after `afterSeq`. */
function latestOfEach(log: EventLog, afterSeq: number): Map<string, number> {
  const latest = new Map<string, number>();
  for (let seq = afterSeq + 1; seq <= log.lastSeq; seq++) {
    const logged = log.at(seq);
    if (logged) latest.set(logged.operationKey, seq);
  }
  return latest;
}

function isOvertaken({ seq, event, operationKey }: LoggedEvent, latest: Map<string, number> | null): boolean {
  return latest !== null && event.kind === 'progressed' && latest.get(operationKey) !== seq;
}
