// Questions to the server, and its answers.

import type { Changes } from "./state";
import type { Frame, Scenario, Shared, Start, Why } from "./messages";

/** The server refused, or does not answer: one message for people. */
export class ServerError extends Error {
  constructor(
    message: string,
    readonly isLost = false,
    readonly isBusy = false,
  ) {
    super(message);
  }
}

const LOST = "The server does not answer. Is “willing app” still running in its terminal?";

/** What a run is asked about. */
export interface Question {
  scenario: string;
  seed: string;
  changes: Changes;
  base: Changes;
}

export class Server {
  private readonly page = crypto.randomUUID();
  private readonly key: string;

  constructor() {
    this.key = document.querySelector<HTMLMetaElement>("meta[name=willing-key]")?.content ?? "";
  }

  /** False in a frame of another site, where the page says the key itself. */
  get hasCookie(): boolean {
    return this.key === "";
  }

  start(): Promise<Start> {
    return this.json("/api/start");
  }

  scenario(name: string): Promise<Scenario> {
    return this.json(`/api/scenario?${new URLSearchParams({ name })}`);
  }

  share(question: Question, runs: number): Promise<Shared> {
    return this.json("/api/share", { ...asked(question), runs });
  }

  /** Write the runs into a folder; its path. */
  async save(question: Question, runs: number): Promise<string> {
    const asks = { ...asked(question), runs };
    const found = await this.first<{ folder: string }>("/api/save", asks, new AbortController().signal, "save");
    return found.folder;
  }

  /** A report of the runs as one file. */
  report(question: Question, runs: number): Promise<{ file: string; html: string }> {
    return this.first("/api/report", { ...asked(question), runs }, new AbortController().signal, "save");
  }

  why(question: Question, nation: string, signal: AbortSignal): Promise<Why> {
    return this.first("/api/why", { ...asked(question), nation }, signal, "why");
  }

  private async first<T>(path: string, body: object, signal: AbortSignal, job: string): Promise<T> {
    for await (const line of this.lines(path, body, signal, job)) return line as T;
    throw new ServerError("The server stopped before it had an answer.");
  }

  /** The frames of a run, as they come, until the signal aborts it. */
  async *run(question: Question, runs: number[], signal: AbortSignal): AsyncGenerator<Frame> {
    for await (const line of this.lines("/api/run", { ...asked(question), runs }, signal, "run")) {
      yield line as Frame;
    }
  }

  private async *lines(
    path: string,
    body: object,
    signal: AbortSignal,
    job: string,
  ): AsyncGenerator<unknown> {
    const response = await this.fetched(path, body, signal, job);
    if (response.body === null) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw signal.aborted ? error : new ServerError(LOST, true);
      });
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const found = JSON.parse(line) as { error?: string };
        if (found.error !== undefined) throw new ServerError(found.error);
        yield found;
      }
    }
  }

  private async json<T>(path: string, body?: object): Promise<T> {
    const response = await this.fetched(path, body);
    return (await response.json()) as T;
  }

  private async fetched(
    path: string,
    body?: object,
    signal?: AbortSignal,
    job = "",
  ): Promise<Response> {
    const headers: Record<string, string> = { "X-Willing-Page": this.page + job };
    if (this.key !== "") headers["X-Willing-Key"] = this.key;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response: Response;
    try {
      response = await fetch(path, {
        headers,
        ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ServerError(LOST, true);
    }
    if (!response.ok) {
      const found = (await response.json().catch(() => ({}))) as { message?: string };
      throw new ServerError(found.message ?? `the server answered ${response.status}`, false, response.status === 429);
    }
    return response;
  }
}

function asked(question: Question): object {
  const { scenario, seed, changes, base } = question;
  return { scenario, seed, changes: sent(changes), base: sent(base) };
}

function sent({ numbers, leftOut, announcements }: Changes): object {
  return { numbers, left_out: leftOut, announcements };
}
