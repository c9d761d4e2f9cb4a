// What a person has set on the page, and how the address keeps it.

/** How the scenario differs from the one that was opened. */
export interface Changes {
  numbers: Readonly<Record<string, number>>;
  leftOut: readonly string[];
  announcements: Readonly<Record<string, number>>;
}

/** All that the address keeps. */
export interface State {
  scenario: string;
  seed: string;
  changes: Changes;
  /** What the changes are compared with: those that the scenario was held with. */
  base: Changes;
  /** The day that is shown; null for the last one. */
  day: number | null;
  nation: string;
}

/** Begins the names of what the scenario was held with. */
const HELD = "held-";

export const UNCHANGED: Changes = { numbers: {}, leftOut: [], announcements: {} };


export function countOf(changes: Changes): number {
  const { numbers, leftOut, announcements } = changes;
  return Object.keys(numbers).length + leftOut.length + Object.keys(announcements).length;
}

export function withNumber(changes: Changes, path: string, value: number | null): Changes {
  return { ...changes, numbers: withEntry(changes.numbers, path, value) };
}

export function withAnnouncement(changes: Changes, nation: string, day: number | null): Changes {
  return { ...changes, announcements: withEntry(changes.announcements, nation, day) };
}

export function withEvent(changes: Changes, path: string, takesPlace: boolean): Changes {
  const others = changes.leftOut.filter((each) => each !== path);
  return { ...changes, leftOut: takesPlace ? others : [...others, path] };
}

function withEntry(
  entries: Readonly<Record<string, number>>,
  key: string,
  value: number | null,
): Record<string, number> {
  const { [key]: _, ...others } = entries;
  return value === null ? others : { ...others, [key]: value };
}

/** The fragment of an address, without its #. */
export function toFragment(state: State): string {
  const found = new URLSearchParams();
  found.set("scenario", state.scenario);
  found.set("seed", state.seed);
  append(found, "", state.changes);
  append(found, HELD, state.base);
  if (state.day !== null) found.set("day", String(state.day));
  if (state.nation !== "") found.set("nation", state.nation);
  return found.toString();
}

/** The state that a fragment keeps; what it lacks, or has in another form, is as given. */
export function fromFragment(fragment: string, given: State): State {
  const found = new URLSearchParams(fragment.replace(/^#/, ""));
  const day = found.get("day");
  const seed = found.get("seed") ?? "";
  return {
    scenario: found.get("scenario") ?? given.scenario,
    seed: /^\d{1,20}$/.test(seed) ? seed : given.seed,
    changes: changesIn(found, ""),
    base: changesIn(found, HELD),
    day: day !== null && /^\d+$/.test(day) ? Number(day) : given.day,
    nation: found.get("nation") ?? given.nation,
  };
}

function append(found: URLSearchParams, prefix: string, changes: Changes): void {
  for (const [path, value] of Object.entries(changes.numbers)) {
    found.append(`${prefix}set`, `${path}=${value}`);
  }
  for (const path of changes.leftOut) found.append(`${prefix}without`, path);
  for (const [nation, day] of Object.entries(changes.announcements)) {
    found.append(`${prefix}announces`, `${nation}=${day}`);
  }
}

function changesIn(found: URLSearchParams, prefix: string): Changes {
  return {
    numbers: entriesOf(found.getAll(`${prefix}set`), false),
    leftOut: [...new Set(found.getAll(`${prefix}without`))],
    announcements: entriesOf(found.getAll(`${prefix}announces`), true),
  };
}

function entriesOf(texts: string[], areWhole: boolean): Record<string, number> {
  const found: Record<string, number> = {};
  for (const text of texts) {
    const end = text.lastIndexOf("=");
    const value = Number(text.slice(end + 1));
    const isRight = end > 0 && end < text.length - 1 && Number.isFinite(value);
    if (isRight && (!areWhole || Number.isInteger(value))) found[text.slice(0, end)] = value;
  }
  return found;
}

/** Changes before and after the present ones, for undo and redo. */
export class History {
  private before: Changes[] = [];
  private after: Changes[] = [];
  private moving = "";

  get canUndo(): boolean {
    return this.before.length > 0;
  }

  get canRedo(): boolean {
    return this.after.length > 0;
  }

  /** Remember the changes before a move; moves of one lever are one until it is let go. */
  moves(lever: string, before: Changes): void {
    if (lever === this.moving) return;
    this.moving = lever;
    this.before.push(before);
    this.after = [];
  }

  letGo(): void {
    this.moving = "";
  }

  undo(now: Changes): Changes {
    return this.exchange(this.before, this.after, now);
  }

  redo(now: Changes): Changes {
    return this.exchange(this.after, this.before, now);
  }

  clear(): void {
    this.before = [];
    this.after = [];
    this.moving = "";
  }

  private exchange(from: Changes[], to: Changes[], now: Changes): Changes {
    this.moving = "";
    const found = from.pop();
    if (found === undefined) return now;
    to.push(now);
    return found;
  }
}
