/** Seconds since the operation's start, and progress in percent. */
export type ProgressPoint = readonly [seconds: number, progress: number];

const MAX_POINTS = 64;

/**
 * An operation's progress over time. Its size is bounded: when it is full, every other point is dropped and the minimum
 * distance between points grows.
 */
export class ProgressTrail {
  #points: ProgressPoint[] = [];
  #minDistanceSeconds = 0;

  get points(): readonly ProgressPoint[] {
    return this.#points;
  }

  add(seconds: number, progress: number): void {
    const [last, beforeLast] = [this.#points.at(-1), this.#points.at(-2)];
    if (last && last[1] === progress) return;
    // The latest point is always kept. If it was too close to the point before it, the next point replaces it.
    const isTooSoon = last && beforeLast && last[0] - beforeLast[0] < this.#minDistanceSeconds;
    if (isTooSoon) this.#points.pop();
    this.#points.push([seconds, progress]);
    if (this.#points.length >= MAX_POINTS) this.#thin();
  }

  #thin(): void {
    this.#points = this.#points.filter((_, index) => index % 2 === 1);
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    if (first && last) this.#minDistanceSeconds = ((last[0] - first[0]) / MAX_POINTS) * 2;
  }
}
