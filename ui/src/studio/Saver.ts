import { RequestError } from '../api/client';
import type { DraftItem, SaveDraft } from '../api/schema';

/** A pause in writing after which the text is saved. */
const PAUSE_MS = 700;
/** What could not be saved is tried again so much later. */
const AGAIN_MS = 5_000;

/** `failed` is tried again; `refused` waits for another text. */
export type Saving = 'saved' | 'unsaved' | 'saving' | 'overtaken' | 'failed' | 'refused';

/** Where the texts that the server has not confirmed stand meanwhile. */
export interface Shelter {
  keep: (text: string, saves: number) => void;
  clear: () => void;
}

/**
 * Saves a text that somebody is writing, one save at a time, each naming the one before it. What the server has not
 * confirmed stays in the browser as well.
 */
export class Saver {
  state: Saving = 'saved';
  savedAt: string | null = null;
  /** Why the last save was refused. */
  why = '';
  #saves: number;
  #text: string;
  #confirmed: string;
  #extra: Partial<SaveDraft> = {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #work: Promise<void> | null = null;

  constructor(
    begun: { text: string; saves: number },
    private readonly save: (save: SaveDraft) => Promise<DraftItem>,
    private readonly shelter: Shelter,
    private readonly tell: () => void,
  ) {
    [this.#text, this.#confirmed, this.#saves] = [begun.text, begun.text, begun.saves];
  }

  /** How often the server has saved the draft. */
  get saves(): number {
    return this.#saves;
  }

  /** Takes a text, to be saved after a pause; `extra` goes with its save. */
  change(text: string, extra: Partial<SaveDraft> = {}): void {
    this.#text = text;
    this.#extra = { ...this.#extra, ...extra };
    if (this.state === 'overtaken') return;
    this.shelter.keep(text, this.#saves);
    if (!this.#isDue()) return this.#turn('saved');
    if (!this.#work) this.#turn('unsaved');
    this.#wait(PAUSE_MS);
  }

  /** Saves now, and says whether the server has all of it. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    while (this.#isDue() && this.state !== 'overtaken') {
      this.#work ??= this.#send();
      await this.#work;
      if (this.state === 'failed' || this.state === 'refused') return false;
    }
    return this.state !== 'overtaken';
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #isDue(): boolean {
    return this.#text !== this.#confirmed || Object.keys(this.#extra).length > 0;
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), ms);
  }

  async #send(): Promise<void> {
    const [text, extra] = [this.#text, this.#extra];
    this.#extra = {};
    this.#turn('saving');
    try {
      const item = await this.save({ text, saves: this.#saves, ...extra });
      [this.#saves, this.#confirmed, this.savedAt] = [item.saves, text, item.modified];
      this.#work = null;
      if (this.#isDue()) return this.#turn('unsaved');
      this.shelter.clear();
      this.#turn('saved');
    } catch (refused) {
      this.#work = null;
      this.#extra = { ...extra, ...this.#extra };
      this.why = String((refused as Error).message);
      const state = afterRefusal(refused);
      this.#turn(state);
      if (state === 'failed') this.#wait(AGAIN_MS);
    }
  }

  #turn(state: Saving): void {
    this.state = state;
    this.tell();
  }
}

/** Whoever is away or wants a sign-in is asked again. */
function afterRefusal(refused: unknown): Saving {
  const status = refused instanceof RequestError ? refused.status : 0;
  if (status === 409) return 'overtaken';
  return status >= 400 && status < 500 && status !== 401 ? 'refused' : 'failed';
}
