/** Seconds since the operation's start, and percent. */
export type ProgressPoint = readonly [seconds: number, progress: number];

const MAX_POINTS = 64;

/**
 * How far an operation has come over time. Its size is bounded: when it is full, every other point goes, and from then
 * on points are further apart.
 */
export class ProgressTrail {
  #points: ProgressPoint[] = [];
  #leastApartSeconds = 0;

  get points(): readonly ProgressPoint[] {
    return this.#points;
  }

  add(seconds: number, progress: number): void {
    const [last, beforeLast] = [this.#points.at(-1), this.#points.at(-2)];
    if (last && last[1] === progress) return;
    // The latest is always there: one that came too soon after the one before it gives way to what comes next.
    const isTooSoon = last && beforeLast && last[0] - beforeLast[0] < this.#leastApartSeconds;
    if (isTooSoon) this.#points.pop();
    this.#points.push([seconds, progress]);
    if (this.#points.length >= MAX_POINTS) this.#thin();
  }

  #thin(): void {
    this.#points = this.#points.filter((_, index) => index % 2 === 1);
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    if (first && last) this.#leastApartSeconds = ((last[0] - first[0]) / MAX_POINTS) * 2;
  }
}
