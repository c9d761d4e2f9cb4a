// What the server says: the shapes of its JSON.

export interface Slider {
  low: number;
  high: number;
  step: number;
}

export interface Lever {
  path: string;
  label: string;
  unit: string;
  help: string;
  low: number;
  high: number;
  open_low: boolean;
  open_high: boolean;
  whole: boolean;
  value: number | null;
  drawn: string;
  fixed: string;
  date: boolean;
  slider: Slider;
  middle: number | null;
}

export interface DatedEvent {
  path: string;
  title: string;
  kind: string;
  when: string;
  nations: "all" | string[];
}

export interface Part {
  name: string;
  title: string;
  levers: Lever[];
  event?: DatedEvent;
  nation?: { id: string; announces?: number | null };
}

export interface Group {
  name: string;
  title: string;
  parts: Part[];
}

export interface Nation {
  id: string;
  name: string;
  x: number;
  y: number;
}

export interface Scenario {
  name: string;
  digest: string;
  title: string;
  /** Options of the command with which it was opened. */
  given: string;
  description: string;
  notes: string[];
  days: number;
  dates: string[];
  success: string;
  nations: Nation[];
  groups: Group[];
}

export interface Start {
  shipped: string[];
  files: string[];
  /** Files of the folder that are not listed. */
  more_files: number;
  name: string;
  seed: string;
  sizes: number[];
  version: string;
}

export interface Chance {
  chance: number;
  low: number;
  high: number;
  text: string;
  interval: string;
}

export interface NationChance extends Chance {
  public: number[];
  left: string;
}

export interface Sizes {
  q05: number[];
  q25: number[];
  median: number[];
  q75: number[];
  q95: number[];
}

export interface Change {
  difference: number;
  low: number | null;
  high: number | null;
  differ: number;
}

/** What is drawn of so many runs of one scenario. */
export interface View {
  days: number[];
  size: Sizes;
  final: number[];
  at_end: { median: number; low: number; high: number; mean: number; text: string; range: string };
  success: (Chance & { threshold: number | null }) | null;
  nations: NationChance[];
}

export interface Frame extends View {
  runs: number;
  wanted: number;
  seed: string;
  digest: string;
  /** What in the scenario can have no effect; with the last frame alone. */
  notes: string[] | null;
  /** The same runs of the scenario as it was opened; null where nothing is changed. */
  base: View | null;
  difference: { size: Change; success?: Change; words: string[] } | null;
}

export interface Shared {
  file: string;
  yaml: string;
  command: string;
  without_file: string;
  digest: string;
  how: string;
}

export interface Why {
  words: string[];
  command: string;
  /** What the command needs, in words. */
  how: string;
}
