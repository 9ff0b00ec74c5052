const TICK_MS = 1000;
/** A larger difference means that the computer was suspended, or that a clock was set. */
const TOLERANCE_MS = 3000;

/** Calls `onWake` when the connection may have died unnoticed: the tab, the computer or the network was away. */
export function watchForWaking(onWake: () => void): void {
  for (const type of ['online', 'focus']) window.addEventListener(type, onWake);
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) onWake();
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) onWake();
  });
  // Depending on the system, the monotonic clock stops during a suspension, or jumps.
  let lastMs = performance.now();
  let lastWallMs = Date.now();
  setInterval(() => {
    const [nowMs, wallMs] = [performance.now(), Date.now()];
    const isAsleep = Math.abs(wallMs - lastWallMs - TICK_MS) > TOLERANCE_MS || nowMs - lastMs > TOLERANCE_MS;
    [lastMs, lastWallMs] = [nowMs, wallMs];
    if (isAsleep) onWake();
  }, TICK_MS);
}
