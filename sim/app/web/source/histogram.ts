// In how many runs the coalition ends with how many nations.

import { type Box, Chart } from "./chart";
import { percent, thousands } from "./format";
import type { Frame, View } from "./messages";
import { round, scale, ticks } from "./scale";

/** Pixels of a bar, at least: of a thousand sizes each has less. */
const LEAST_WIDTH = 2;

export interface HistogramData {
  frame: Frame;
  threshold: number | null;
}

export class Histogram extends Chart<HistogramData> {
  constructor(place: HTMLElement) {
    super(place, 0.3, [150, 300]);
  }

  protected draw({ frame, threshold }: HistogramData, box: Box): string {
    const base = frame.base;
    const shares = sharesOf(frame, frame.runs);
    const others = base === null ? [] : sharesOf(base, frame.runs);
    const largest = Math.max(0.02, ...shares, ...others) * 1.08;
    const right = box.width - box.right;
    const bottom = box.height - box.bottom;
    const x = scale(-0.5, shares.length - 0.5, box.left, right);
    const y = scale(0, largest, bottom, box.top);
    for (const tick of ticks(100 * largest, 4)) {
      this.line(box.left, y(tick / 100), right, y(tick / 100), "grid");
      this.text(box.left - 6, y(tick / 100) + 4, tick === 0 ? "0" : `${tick} %`, "end");
    }
    const gap = x(1) - x(0) > 8 ? 1 : 0;
    let below = "";
    let above = "";
    shares.forEach((share, size) => {
      if (share === 0) return;
      const half = Math.max(LEAST_WIDTH / 2, (x(size + 0.5) - x(size - 0.5)) / 2 - gap);
      const bar = `M${round(x(size) - half)} ${bottom}V${y(share)}H${round(x(size) + half)}V${bottom}Z`;
      if (threshold !== null && size >= threshold) above += bar;
      else below += bar;
    });
    this.path(below, "bar");
    this.path(above, "bar enough");
    if (base !== null && others.length === shares.length) {
      let outline = `M${x(-0.5)} ${bottom}`;
      others.forEach((share, size) => {
        outline += `V${y(share)}H${x(size + 0.5)}`;
      });
      this.path(`${outline}V${bottom}`, "base middle");
    }
    if (threshold !== null && threshold < shares.length) {
      const at = x(threshold - 0.5);
      this.line(at, box.top - 4, at, bottom, "threshold");
      const isLeft = at < (box.left + right) / 2;
      const words = `success needs ${threshold}`;
      this.text(isLeft ? at + 5 : at - 5, box.top + 6, words, isLeft ? "start" : "end", "label halo");
    }
    const most = Math.max(2, Math.floor(box.width / 60));
    for (const tick of ticks(shares.length - 1, most)) {
      const isLast = x(tick) > right - 16;
      this.text(isLast ? right : x(tick), box.height - 7, thousands(tick), isLast ? "end" : "middle");
    }
    const { median, range } = frame.at_end;
    return `Runs by public size at the end: median ${median}, 90 % of the runs ${range}.`;
  }
}

function sharesOf(view: View, n: number): number[] {
  return view.final.map((runs) => runs / n);
}

/** The sizes at the end in rows of a table, without those of no run. */
export function rowsOf(frame: Frame): [string, string][] {
  return sharesOf(frame, frame.runs)
    .map((share, size): [string, string] => [String(size), percent(share)])
    .filter((_, size) => frame.final[size]! > 0);
}
