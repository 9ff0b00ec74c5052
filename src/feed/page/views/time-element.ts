import { createElement, setChanged, setText } from '../dom.ts';
import { formatAge, formatTime, formatUtc } from '../format.ts';

/** A time in the local time zone, with UTC as its tooltip. */
export function createTime(className: string): HTMLTimeElement {
  return createElement('time', className);
}

export function setTime(element: HTMLTimeElement, timeMs: number | null, nowMs: number): void {
  setText(element, timeMs === null ? '' : formatTime(timeMs, nowMs));
  setUtc(element, timeMs);
}

/** Shows how long ago the time was. */
export function setAge(element: HTMLTimeElement, timeMs: number, nowMs: number): void {
  setText(element, formatAge((nowMs - timeMs) / 1000));
  setUtc(element, timeMs);
}

function setUtc(element: HTMLTimeElement, timeMs: number | null): void {
  if (timeMs === null) return;
  const iso = new Date(timeMs).toISOString();
  if (element.dateTime === iso) return;
  element.dateTime = iso;
  setChanged(element, 'title', formatUtc(timeMs));
}
