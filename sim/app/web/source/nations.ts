// The nations by their chance of being public on the day that is shown.

import { button, element, write } from "./elements";
import { percent } from "./format";
import type { Nation } from "./messages";

interface Row {
  nation: Nation;
  row: HTMLTableRowElement;
  name: HTMLButtonElement;
  bar: HTMLElement;
  base: HTMLElement;
  chance: HTMLElement;
}

export class NationList {
  private rows: Row[] = [];

  constructor(
    private readonly body: HTMLElement,
    private readonly onChoose: (nation: string) => void,
  ) {}

  lay(nations: Nation[]): void {
    this.rows = nations.map((nation) => {
      const name = button(nation.name, () => this.onChoose(nation.id), { class: "link" });
      const bar = element("span", { class: "bar-fill" });
      const base = element("span", { class: "bar-base" });
      const chance = element("td", { class: "number" });
      const row = element(
        "tr",
        {},
        element("th", { scope: "row" }, name),
        element("td", { class: "bar-cell" }, element("span", { class: "bar-track" }, bar, base)),
        chance,
      );
      return { nation, row, name, bar, base, chance };
    });
    this.body.replaceChildren(...this.rows.map(({ row }) => row));
  }

  /** Show chances, and those of the base; `sorts` puts the likeliest first. */
  show(chances: number[], base: number[] | null, chosen: string, sorts: boolean): void {
    this.rows.forEach((each, index) => {
      const chance = chances[index] ?? 0;
      each.bar.style.transform = `scaleX(${chance})`;
      write(each.chance, percent(chance));
      each.base.hidden = base === null;
      if (base !== null) each.base.style.transform = `translateX(${100 * (base[index] ?? 0)}%)`;
      each.name.setAttribute("aria-pressed", String(each.nation.id === chosen));
    });
    if (!sorts) return;
    const order = [...this.rows.keys()].sort((a, b) => chances[b]! - chances[a]! || a - b);
    const focused = document.activeElement;
    const rows = order.map((index) => this.rows[index]!.row);
    const isSame = rows.every((row, index) => this.body.children[index] === row);
    if (isSame) return;
    this.body.replaceChildren(...rows);
    if (focused instanceof HTMLElement && this.body.contains(focused)) focused.focus();
  }
}
