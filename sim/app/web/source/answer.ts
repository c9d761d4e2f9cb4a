// The answer: the chance of success with its interval, the size, and the difference in words.

import { byId, element, setAll, unbroken, write } from "./elements";
import { counted, thousands } from "./format";
import type { Frame } from "./messages";

export class Answer {
  private readonly number = byId("chance");
  private readonly label = byId("chance-label");
  private readonly interval = byId("interval");
  private readonly runs = byId("runs");
  private readonly range = byId("interval-range");
  private readonly point = byId("interval-point");
  private readonly basePoint = byId("interval-base");
  private readonly size = byId("size");
  private readonly difference = byId("difference");
  private readonly spoken = byId("spoken");
  private readonly steps = byId("steps");

  show(frame: Frame, sizes: number[]): void {
    const { success, at_end } = frame;
    byId("interval-bar").hidden = success === null;
    if (success === null) {
      write(this.number, at_end.text);
      write(this.label, "public nations at the end, on average");
      write(this.interval, unbroken(`90 % of the runs: ${at_end.range}`));
    } else {
      write(this.number, unbroken(success.text));
      write(this.label, "chance of success");
      write(this.interval, unbroken(`95 % interval ${success.interval}`));
      this.range.style.left = `${100 * success.low}%`;
      this.range.style.width = `${100 * (success.high - success.low)}%`;
      this.point.style.left = `${100 * success.chance}%`;
    }
    const before = frame.base?.success ?? null;
    this.basePoint.hidden = before === null;
    if (before !== null) this.basePoint.style.left = `${100 * before.chance}%`;
    this.size.replaceChildren(
      element("strong", {}, `${at_end.median}`),
      unbroken(` nations public at the end in the median run, ${at_end.range} in 90 % of the runs`),
    );
    write(this.runs, `${counted(frame.runs)}, seed ${frame.seed}`);
    this.showSteps(frame.runs, sizes.map((size) => Math.min(size, frame.wanted)));
    const words = frame.difference?.words ?? [];
    this.difference.replaceChildren(...words.map((each) => element("p", {}, unbroken(each))));
    this.difference.hidden = words.length === 0;
    byId("mini-number").textContent = this.number.textContent;
    byId("mini-label").textContent = this.label.textContent;
    byId("mini-size").textContent = `${at_end.median} nations (${at_end.range})`;
    if (frame.runs === frame.wanted) {
      this.spoken.textContent = [
        `${this.number.textContent} ${this.label.textContent}, ${this.interval.textContent}.`,
        ...words,
      ].join(" ");
    }
  }

  private showSteps(runs: number, sizes: number[]): void {
    this.steps.replaceChildren(
      ...[...new Set(sizes)].map((size) => element("span", { class: size <= runs ? "step done" : "step" })),
    );
    setAll(this.steps, { "aria-label": `${thousands(runs)} of ${counted(sizes.at(-1) ?? runs)}` });
  }
}
