// One run at a time: the next move stops the one before, once that has shown something.

import type { Frame } from "./messages";

/** Milliseconds that a move waits for the first frame of the one before. */
export const PATIENCE = 120;

type Runner<Question> = (question: Question, signal: AbortSignal) => AsyncIterable<Frame>;

interface Underway {
  abort: AbortController;
  hasShown: boolean;
  since: number;
}

/**
 * While a slider moves, a new question comes every few milliseconds. Each is answered with a first
 * frame, unless newer ones wait: then the newest alone is asked next. So the page follows the
 * slider, and nothing is computed that nobody sees.
 */
export class Runs<Question> {
  private underway: Underway | null = null;
  private waiting: Question | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly run: Runner<Question>,
    private readonly show: (frame: Frame, question: Question) => void,
    private readonly fail: (error: unknown, question: Question) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get isRunning(): boolean {
    return this.underway !== null;
  }

  ask(question: Question): void {
    this.waiting = question;
    const underway = this.underway;
    if (underway === null || underway.hasShown) {
      this.next();
      return;
    }
    const left = underway.since + PATIENCE - this.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.next(), Math.max(0, left));
  }

  stop(): void {
    clearTimeout(this.timer);
    this.waiting = null;
    this.underway?.abort.abort();
    this.underway = null;
  }

  private next(): void {
    clearTimeout(this.timer);
    const question = this.waiting;
    if (question === null) return;
    this.waiting = null;
    this.underway?.abort.abort();
    const underway = { abort: new AbortController(), hasShown: false, since: this.now() };
    this.underway = underway;
    void this.follow(question, underway);
  }

  private async follow(question: Question, underway: Underway): Promise<void> {
    try {
      for await (const frame of this.run(question, underway.abort.signal)) {
        if (underway.abort.signal.aborted) return;
        this.show(frame, question);
        underway.hasShown = true;
        if (this.waiting !== null) {
          this.next();
          return;
        }
      }
    } catch (error) {
      if (!underway.abort.signal.aborted) this.fail(error, question);
    } finally {
      if (this.underway === underway) {
        this.underway = null;
        this.next();
      }
    }
  }
}
