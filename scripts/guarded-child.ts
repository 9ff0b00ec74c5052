import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { startChildGuard } from '../src/processes/child-guard.ts';

/** A child process that does not outlive this one. */
export interface GuardedChild<Child extends ChildProcess> {
  readonly child: Child;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** Resolves when it has ended, by SIGTERM or, if it takes too long, by SIGKILL. */
  stop(): Promise<void>;
}

/** The exporter takes up to 5 s to stop; the other programs less. */
const STOP_WITHIN_MS = 6000;

/** @param start - starts the child */
export function startGuarded<Child extends ChildProcess>(start: () => Child): GuardedChild<Child> {
  const guard = startChildGuard({ graceMs: STOP_WITHIN_MS });
  const child = start();
  if (child.pid === undefined) guard.dismiss();
  else guard.watch([child.pid]);
  // A child that did not start has an error, and no exit.
  const ended = once(child, 'exit').then(
    () => guard.dismiss(),
    () => guard.dismiss(),
  );
  return {
    child,
    ended,
    async stop() {
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(kill);
    },
  };
}
