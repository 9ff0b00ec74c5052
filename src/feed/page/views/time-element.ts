import { createElement, setChanged, setText } from '../dom.ts';
import { formatAge, formatTime, formatUtc } from '../format.ts';

/** A moment in the reader's zone, with universal time for whoever points at it. */
export function createTime(className: string): HTMLTimeElement {
  return createElement('time', className);
}

export function setTime(element: HTMLTimeElement, timeMs: number | null, nowMs: number): void {
  setText(element, timeMs === null ? '' : formatTime(timeMs, nowMs));
  setUtc(element, timeMs);
}

/** The same as how long ago that is. */
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
