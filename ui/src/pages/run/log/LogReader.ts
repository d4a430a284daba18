import { findLines, followLog, type LogFilter, readLines, type WrittenLine } from '../../../api/logs';
import { LineIndex } from '../../../state/lineIndex';

/** Lines that are read at once. */
const PAGE = 200;
/** Pages that are kept: of a log of millions of lines no more than these are there. */
const PAGES_MAX = 64;

/** Reads of a log what is looked at, and knows of all its lines where they are. */
export class LogReader {
  /** The lines that are shown. */
  readonly lines = new LineIndex();
  /** Those of them with the text that is searched for; null while nothing is. */
  hits: LineIndex | null = null;
  error: unknown = null;
  /** Whether all lines are known that there were at first. */
  isRead = false;
  /** Whether no more lines come. */
  isDone = false;
  /** Whether it is not known yet where all hits are. */
  isSearching = false;
  version = 0;
  #text = '';
  #pages = new Map<number, WrittenLine[]>();
  #asked = new Set<number>();
  #reading = new AbortController();
  #searching = new AbortController();
  #listeners = new Set<() => void>();
  #frame = 0;
  /** The last line that was looked at, shown or not. */
  #last = 0;

  constructor(
    readonly run: string,
    readonly filter: LogFilter,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads on, where it was left. */
  open(): void {
    this.#reading.abort();
    this.#reading = new AbortController();
    this.error = null;
    this.isDone = false;
    void this.#read(this.#reading.signal);
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#reading.abort();
    this.#searching.abort();
  }

  /** Looks for a text, among the lines to come too. */
  search(text: string): void {
    this.#searching.abort();
    this.#searching = new AbortController();
    this.#text = text.toLowerCase();
    this.hits = text === '' ? null : new LineIndex();
    this.isSearching = text !== '';
    this.#tell();
    if (text !== '') void this.#find(text, this.hits!, this.#searching.signal);
  }

  /** Returns the line at a place; where it is not there yet, it is read. */
  line(place: number): WrittenLine | undefined {
    const number = Math.floor(place / PAGE);
    const page = this.#pages.get(number);
    const line = page?.[place % PAGE];
    if (line === undefined) void this.#load(number);
    else this.#keep(number, page!);
    return line;
  }

  async #read(signal: AbortSignal): Promise<void> {
    try {
      while (!this.isRead) {
        const { lines, last, hasMore } = await findLines(this.run, this.filter, this.#last, signal);
        for (const [from, to] of lines as [number, number][]) this.lines.add(from, to);
        this.#last = last;
        this.isRead = !hasMore;
        this.#tell();
      }
      await followLog(this.run, this.filter, this.#last, signal, (lines) => this.#take(lines));
      this.isDone = true;
      this.#tell();
    } catch (error) {
      this.#fail(error, signal);
    }
  }

  #take(lines: WrittenLine[]): void {
    for (const line of lines) {
      const place = this.lines.count;
      const [number, at] = [Math.floor(place / PAGE), place % PAGE];
      this.lines.add(line.line, line.line);
      if (at === 0) this.#keep(number, [line]);
      else if (this.#pages.get(number)?.length === at) this.#pages.get(number)!.push(line);
      if (!this.isSearching && this.hits && line.text.toLowerCase().includes(this.#text)) this.hits.add(line.line, line.line);
      this.#last = line.line;
    }
    this.#tell();
  }

  async #find(q: string, hits: LineIndex, signal: AbortSignal): Promise<void> {
    try {
      for (let after = 0; this.isSearching; ) {
        const { lines, last, hasMore } = await findLines(this.run, { ...this.filter, q }, after, signal);
        for (const [from, to] of lines as [number, number][]) hits.add(from, to);
        after = last;
        // What came meanwhile was left to the search.
        this.isSearching = hasMore || last < this.#last;
        this.#tell();
      }
    } catch (error) {
      this.#fail(error, signal);
    }
  }

  async #load(number: number): Promise<void> {
    const first = this.lines.at(number * PAGE);
    if (first === undefined || this.#asked.has(number) || this.error !== null) return;
    const { signal } = this.#reading;
    this.#asked.add(number);
    try {
      const most = Math.min(PAGE, this.lines.count - number * PAGE);
      this.#keep(number, await readLines(this.run, this.filter, first - 1, most, signal));
      this.#tell();
    } catch (error) {
      this.#fail(error, signal);
    } finally {
      this.#asked.delete(number);
    }
  }

  /** Keeps a page as the one that was looked at last. */
  #keep(number: number, page: WrittenLine[]): void {
    this.#pages.delete(number);
    this.#pages.set(number, page);
    if (this.#pages.size <= PAGES_MAX) return;
    const [oldest] = this.#pages.keys();
    this.#pages.delete(oldest!);
  }

  #fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.error = error;
    this.isDone = true;
    this.#tell();
  }

  /** All that comes before the next frame is drawn in it. */
  #tell(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.version += 1;
      for (const listener of this.#listeners) listener();
    });
  }
}
