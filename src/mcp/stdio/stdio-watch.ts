import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type { ChildExitReason } from '../../monitor/traffic-events.ts';
import type { ProcessExit, RequestEnd } from '../protocol/request-end.ts';
import type { TrafficObserver } from '../protocol/traffic-observer.ts';
import type { StreamWatch } from '../streams/message-relay.ts';
import { ObservedLines } from '../streams/observed-lines.ts';

/** Receives the events of a conversation over stdio, in order. */
export interface StdioWatch extends StreamWatch {
  /** @param pid - undefined if the process could not be started */
  serverStarted(pid?: number): void;
  /** Requests that are still in flight will not get a response. */
  endInFlight(end: RequestEnd): void;
  /** The server's process has ended, and all its output was forwarded. */
  serverExited(exit: ProcessExit, end: RequestEnd): void;
  /** An internal error has occurred in this process. */
  failed(error: unknown): void;
}

export interface StdioObserverOptions {
  readonly observer: TrafficObserver;
  readonly sessions: SessionRegistry;
  readonly serverName: string;
  /** Called with the id of the server's process. */
  readonly onPid?: (pid: number | undefined) => void;
}

/** Reads the messages of both sides, and publishes the start and exit of the server's process. */
export function observeStdio({ observer, sessions, serverName, onPid }: StdioObserverOptions): StdioWatch {
  const lines = new ObservedLines({ observer, sessions });
  return {
    serverStarted(pid) {
      onPid?.(pid);
      sessions.publish({ type: 'child_started', serverName });
      observer.serverStarted();
    },
    sent: (direction, chunk) => lines.sent(direction, chunk),
    endInFlight: (end) => observer.endInFlight(end),
    serverExited(exit, end) {
      lines.serverEnded();
      sessions.publish({ type: 'child_exited', serverName, reason: reasonOf(exit) });
      observer.serverExited(exit, end);
    },
    failed: (error) => sessions.reportError(error),
  };
}

function reasonOf({ code, signal }: ProcessExit): ChildExitReason {
  if (signal !== null) return 'signal';
  return code === 0 ? 'success' : 'failure';
}
