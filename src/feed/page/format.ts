const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A duration with three significant figures below a minute, then in minutes and hours. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.001) return '< 1 ms';
  const milliseconds = Math.round(seconds * 1000);
  if (milliseconds < 1000) return `${milliseconds} ms`;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return formatMinutes(Math.round(seconds));
}

/** A round duration, as a label of an axis. */
export function formatTick(milliseconds: number): string {
  if (milliseconds === 0) return '0';
  if (milliseconds < 1000) return `${milliseconds} ms`;
  const seconds = milliseconds / 1000;
  return seconds < MINUTE ? `${seconds} s` : formatMinutes(Math.round(seconds));
}

/** The duration of a running operation, rounded down. */
export function formatElapsed(seconds: number): string {
  const elapsed = Math.max(0, seconds);
  if (elapsed < MINUTE) return `${(Math.floor(elapsed * 10) / 10).toFixed(1)} s`;
  return formatMinutes(Math.floor(elapsed));
}

function formatMinutes(seconds: number): string {
  const twoDigits = (value: number): string => String(value).padStart(2, '0');
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ${twoDigits(seconds % MINUTE)} s`;
  return `${Math.floor(seconds / HOUR)} h ${twoDigits(Math.floor((seconds % HOUR) / MINUTE))} min`;
}

/** Rounded, but 100% means all and 0% means none. */
export function formatPercent(percent: number): string {
  const rounded = Math.round(percent * 10) / 10;
  const tenths = percent < 100 && percent > 0 ? Math.min(99.9, Math.max(0.1, rounded)) : rounded;
  return `${Number.isInteger(tenths) ? tenths : tenths.toFixed(1)}%`;
}

export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

export function formatAge(seconds: number): string {
  if (seconds < 5) return 'now';
  if (seconds < MINUTE) return `${Math.floor(seconds)} s ago`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`;
  if (seconds < 24 * HOUR) return `${Math.floor(seconds / HOUR)} h ago`;
  return `${Math.floor(seconds / (24 * HOUR))} d ago`;
}

/** The local time, with the date unless it is the day of `nowMs`. */
export function formatTime(timeMs: number, nowMs: number): string {
  const dateTime = formatDateTime(timeMs);
  const isToday = dateTime.slice(0, 10) === formatDateTime(nowMs).slice(0, 10);
  return isToday ? dateTime.slice(11) : dateTime;
}

/** The local time without seconds, for a time in the last hours. */
export function formatClock(timeMs: number): string {
  return formatDateTime(timeMs).slice(11, 16);
}

/** Local date and time, as `2026-08-01 14:03:22` in every locale. */
export function formatDateTime(timeMs: number): string {
  // Swedish dates are ISO 8601 with a space.
  return new Date(timeMs).toLocaleString('sv-SE');
}

/** The local time with milliseconds. */
export function formatExactTime(timeMs: number, nowMs: number): string {
  const milliseconds = String(new Date(timeMs).getMilliseconds()).padStart(3, '0');
  return `${formatTime(timeMs, nowMs)}.${milliseconds}`;
}

/** The time in UTC, for tooltips. */
export function formatUtc(timeMs: number): string {
  return `${new Date(timeMs).toISOString().replace('T', ' ').replace('Z', '')} UTC`;
}

/** A value of an operation's details, as text. */
export function formatValue(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value, null, 2) ?? '';
}
