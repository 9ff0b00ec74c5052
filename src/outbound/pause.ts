/** An interruptible wait. Its timer does not keep the process alive. */
export class Pause {
  #timer: NodeJS.Timeout | undefined;
  #end: () => void = () => undefined;

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#end = resolve;
      this.shorten(ms);
    });
  }

  /** Restarts the wait with a duration of `ms`. 0 ends it at once. */
  shorten(ms: number): void {
    clearTimeout(this.#timer);
    if (ms === 0) this.#end();
    else this.#timer = setTimeout(this.#end, ms).unref();
  }
}
