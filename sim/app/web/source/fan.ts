// The public size by day: the middle of the runs, and where 50 % and 90 % of them lie.

import { type Box, Chart } from "./chart";
import { thousands } from "./format";
import type { Frame } from "./messages";
import { area, labelDays, nearest, round, scale, steps, ticks } from "./scale";

export interface FanData {
  frame: Frame;
  threshold: number | null;
  day: number;
  dateOf: (day: number) => string;
}

export class Fan extends Chart<FanData> {
  private toDay: (pixels: number) => number = () => 0;

  constructor(place: HTMLElement, onDay: (day: number) => void) {
    super(place, 0.42, [190, 430]);
    const move = (event: PointerEvent): void => {
      onDay(this.toDay(event.clientX - this.svg.getBoundingClientRect().left));
    };
    this.svg.addEventListener("pointerdown", (event) => {
      this.svg.setPointerCapture(event.pointerId);
      move(event);
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (event.buttons > 0) move(event);
    });
  }

  protected draw({ frame, threshold, day, dateOf }: FanData, box: Box): string {
    const base = frame.base;
    const days = frame.days;
    const last = days[days.length - 1] ?? 0;
    const tops = [frame, ...(base === null ? [] : [base])].map((each) => Math.max(...each.size.q95));
    const largest = Math.max(1, threshold ?? 0, ...tops) * 1.04;
    const right = box.width - box.right;
    const bottom = box.height - box.bottom;
    const x = scale(0, last, box.left, right);
    const y = scale(0, largest, bottom, box.top);
    this.toDay = (pixels) => {
      const share = (pixels - box.left) / (right - box.left);
      return Math.round(Math.min(1, Math.max(0, share)) * last);
    };
    for (const tick of ticks(largest, 5)) {
      this.line(box.left, y(tick), right, y(tick), "grid");
      this.text(box.left - 6, y(tick) + 4, thousands(tick), "end");
    }
    const labels = labelDays(last, Math.max(2, Math.floor(box.width / 150)));
    for (const each of labels) {
      const anchor = each === 0 ? "start" : each === last ? "end" : "middle";
      this.text(x(each), box.height - 7, dateOf(each), anchor);
    }
    const xs = days.map(x);
    const ys = (values: number[]): number[] => values.map(y);
    const { q05, q25, median, q75, q95 } = frame.size;
    this.path(area(xs, ys(q05), ys(q95)), "band outer");
    this.path(area(xs, ys(q25), ys(q75)), "band inner");
    if (base !== null && base.days.length === days.length) {
      this.path(steps(xs, ys(base.size.q05)), "base edge");
      this.path(steps(xs, ys(base.size.q95)), "base edge");
      this.path(steps(xs, ys(base.size.median)), "base middle");
    }
    if (threshold !== null) {
      this.line(box.left, y(threshold), right, y(threshold), "threshold");
      this.text(box.left + 6, y(threshold) - 5, `success needs ${threshold}`, "start", "label halo");
    }
    this.path(steps(xs, ys(median)), "median");
    const at = nearest(days, day);
    this.line(xs[at]!, box.top, xs[at]!, bottom, "cursor");
    const dot = this.path("M0 0", "dot");
    dot.setAttribute("d", circle(xs[at]!, y(median[at]!), 4));
    const end = days.length - 1;
    return (
      `Public size by day. On ${dateOf(last)} the median is ${median[end]}, and 90 % of the runs ` +
      `lie between ${q05[end]} and ${q95[end]}.`
    );
  }
}

export function circle(x: number, y: number, radius: number): string {
  const left = round(x - radius);
  return `M${left} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;
}
