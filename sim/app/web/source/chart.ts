// What all charts share: a drawing as wide as its place, axes, and a word for who cannot see it.

import { drawing, setAll } from "./elements";

export interface Box {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** A drawing that is drawn anew whenever its place has another size. */
export abstract class Chart<Data> {
  readonly svg = drawing("svg", { role: "img" });
  private data: Data | null = null;
  private width = 0;
  private letter = 15;

  constructor(
    place: HTMLElement,
    private readonly ratio: number,
    private readonly heights: [number, number],
  ) {
    place.append(this.svg);
    // The width is asked for here alone: to ask while drawing would lay the page out each time.
    new ResizeObserver(([entry]) => {
      const width = Math.round(entry?.contentRect.width ?? 0);
      if (width === this.width) return;
      this.width = width;
      this.letter = parseFloat(getComputedStyle(document.documentElement).fontSize);
      this.redraw();
    }).observe(place);
  }

  show(data: Data): void {
    this.data = data;
    this.redraw();
  }

  protected abstract draw(data: Data, box: Box): string;

  private redraw(): void {
    if (this.data === null || this.width === 0) return;
    const [least, most] = this.heights;
    const height = Math.round(Math.min(most, Math.max(least, this.width * this.ratio)));
    setAll(this.svg, { viewBox: `0 0 ${this.width} ${height}`, width: this.width, height });
    this.svg.replaceChildren();
    const box = { width: this.width, height, left: Math.round(2.95 * this.letter), right: 14, top: 12, bottom: 26 };
    this.svg.setAttribute("aria-label", this.draw(this.data, box));
  }

  protected path(d: string, className: string): SVGPathElement {
    const found = drawing("path", { d, class: className });
    this.svg.append(found);
    return found;
  }

  protected line(x1: number, y1: number, x2: number, y2: number, className: string): void {
    this.svg.append(drawing("line", { x1, y1, x2, y2, class: className }));
  }

  protected text(x: number, y: number, words: string, anchor: string, className = "label"): void {
    const attributes = { x, y, "text-anchor": anchor, class: className };
    this.svg.append(drawing("text", attributes, words));
  }
}
