// One nation: its chance by day, and why it came in or stayed out.

import { type Box, Chart } from "./chart";
import type { Frame } from "./messages";
import { labelDays, nearest, scale, steps } from "./scale";
import { circle } from "./fan";

export interface NationData {
  name: string;
  index: number;
  frame: Frame;
  day: number;
  dateOf: (day: number) => string;
}

export class NationChart extends Chart<NationData> {
  constructor(place: HTMLElement) {
    super(place, 0.4, [120, 200]);
  }

  protected draw({ name, index, frame, day, dateOf }: NationData, box: Box): string {
    const found = frame.nations[index]!;
    const last = frame.days[frame.days.length - 1] ?? 0;
    const left = box.left;
    const right = box.width - box.right;
    const bottom = box.height - box.bottom;
    const x = scale(0, last, left, right);
    const y = scale(0, 1, bottom, box.top);
    for (const tick of [0, 50, 100]) {
      this.line(left, y(tick / 100), right, y(tick / 100), "grid");
      this.text(left - 6, y(tick / 100) + 4, tick === 0 ? "0" : `${tick} %`, "end");
    }
    for (const each of labelDays(last, Math.max(2, Math.floor(box.width / 150)))) {
      const anchor = each === 0 ? "start" : each === last ? "end" : "middle";
      this.text(x(each), box.height - 7, dateOf(each), anchor);
    }
    const xs = frame.days.map(x);
    const before = frame.base?.nations[index]?.public;
    if (before !== undefined && before.length === xs.length) {
      this.path(steps(xs, before.map(y)), "base middle");
    }
    this.path(steps(xs, found.public.map(y)), "median");
    const at = nearest(frame.days, day);
    this.line(xs[at]!, box.top, xs[at]!, bottom, "cursor");
    this.path(circle(xs[at]!, y(found.public[at]!), 4), "dot");
    return `Chance by day that ${name} is public: ${found.text} at the end.`;
  }
}
