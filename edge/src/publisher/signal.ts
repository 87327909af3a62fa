/** Lets one loop sleep until something happens: a wake that comes while it is awake is not lost. */
export class Signal {
  #woken = false;
  #wake: (() => void) | undefined;

  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Resolves at the next wake, or after `msMax`. */
  async wait(msMax?: number): Promise<void> {
    if (!this.#woken) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (msMax !== undefined && Number.isFinite(msMax)) timer = setTimeout(resolve, msMax);
      });
      clearTimeout(timer);
    }
    this.#woken = false;
    this.#wake = undefined;
  }
}
