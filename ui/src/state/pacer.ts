/** Does a job when asked, but one at a time and with a pause after each: what is asked for meanwhile is done once. */
export class Pacer {
  #isBusy = false;
  #isDue = false;

  constructor(
    private readonly pauseMs: number,
    private readonly job: () => Promise<void>,
  ) {}

  async ask(): Promise<void> {
    this.#isDue = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#isDue) {
      this.#isDue = false;
      await this.job();
      await new Promise((resolve) => setTimeout(resolve, this.pauseMs));
    }
    this.#isBusy = false;
  }
}
