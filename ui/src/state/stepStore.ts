import type { Step } from '../api/types';

/** What became of the states of one run. Who listens to one state hears of that one alone. */
export class StepStore {
  #steps = new Map<string, Step>();
  #listeners = new Map<string, Set<() => void>>();
  #all = new Set<() => void>();
  #version = 0;
  #lastEvent = 0;

  get(state: string): Step | undefined {
    return this.#steps.get(state);
  }

  all(): Step[] {
    return [...this.#steps.values()];
  }

  /** The event up to which steps were told. */
  get lastEvent(): number {
    return this.#lastEvent;
  }

  /** A number that differs after every change. */
  get version(): number {
    return this.#version;
  }

  /**
   * Takes over steps as they were at an event; each is whole. Those that are the same as before are
   * not told of, and an answer that newer ones have overtaken is passed over. Who listens to all hears of later events too.
   */
  apply(steps: readonly Step[], lastEvent: number): void {
    if (lastEvent < this.#lastEvent) return;
    const isLater = lastEvent > this.#lastEvent;
    this.#lastEvent = lastEvent;
    const changed = steps.filter((step) => !isSame(this.#steps.get(step.state), step));
    if (changed.length === 0 && !isLater) return;
    for (const step of changed) this.#steps.set(step.state, step);
    if (changed.length > 0) this.#version += 1;
    for (const step of changed) this.#listeners.get(step.state)?.forEach((listener) => listener());
    this.#all.forEach((listener) => listener());
  }

  subscribe(state: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(state) ?? new Set();
    this.#listeners.set(state, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  subscribeAll(listener: () => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }
}

function isSame(before: Step | undefined, after: Step): boolean {
  return before === after || (before !== undefined && JSON.stringify(before) === JSON.stringify(after));
}
