// The levers: sliders with boxes, events that take place or not, and who announces when.

import { button, byId, element, setAll } from "./elements";
import { plain, thousands } from "./format";
import type { Group, Lever, Part, Scenario } from "./messages";
import type { Changes } from "./state";

/** Levers and switches that a search shows. */
const MOST_FOUND = 40;

/** What a person does with a lever; `isDone` once it is let go. */
export interface Moves {
  number(path: string, value: number | null, isDone: boolean): void;
  event(path: string, takesPlace: boolean): void;
  announcement(nation: string, day: number | null, isDone: boolean): void;
}

interface Shown {
  update(changes: Changes): void;
}

export class Levers {
  private shown: Shown[] = [];
  private found: Shown[] = [];
  private changes: Changes = { numbers: {}, leftOut: [], announcements: {} };
  private scenario: Scenario | null = null;
  private count = 0;
  private readonly place = byId("groups");
  private readonly results = byId("results");
  private readonly search = byId<HTMLInputElement>("search");
  private readonly said = byId("search-said");

  constructor(private readonly moves: Moves) {
    this.search.addEventListener("input", () => this.look());
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.search.value === "") return;
      this.search.value = "";
      this.look();
    });
  }

  lay(scenario: Scenario): void {
    this.scenario = scenario;
    this.shown = [];
    this.search.value = "";
    this.place.replaceChildren(...scenario.groups.map((group, index) => this.group(group, index === 0)));
    this.look();
  }

  update(changes: Changes): void {
    this.changes = changes;
    for (const each of [...this.shown, ...this.found]) each.update(changes);
  }

  private dateOf(day: number): string {
    return this.scenario?.dates[day] ?? `day ${day}`;
  }

  private look(): void {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const scenario = this.scenario;
    this.place.hidden = words.length > 0;
    this.results.hidden = words.length === 0;
    this.found = [];
    this.results.replaceChildren();
    this.said.textContent = "";
    if (words.length === 0 || scenario === null) return;
    let count = 0;
    let room = MOST_FOUND;
    for (const group of scenario.groups) {
      for (const part of group.parts) {
        const about = `${group.title} ${part.title} ${part.name}`;
        const isMeant = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
        const levers = part.levers.filter((each) => isMeant(`${about} ${each.label} ${each.path} ${each.help}`));
        const hasSwitch = (part.event ?? part.nation) !== undefined && isMeant(about);
        if (levers.length === 0 && !hasSwitch) continue;
        count += levers.length + Number(hasSwitch);
        if (room <= 0) continue;
        const title = part.title === "" ? group.title : `${group.title}: ${part.title}`;
        const block = element("div", { class: "part" }, element("h3", { class: "found" }, title));
        if (hasSwitch) block.append(...this.switches(part, this.found));
        room -= Number(hasSwitch);
        const shown = levers.slice(0, room);
        room -= shown.length;
        block.append(...shown.map((each) => this.lever(each, this.found)));
        this.results.append(block);
      }
    }
    const found = count === 1 ? "1 lever found" : `${thousands(count)} levers found`;
    const left = thousands(count - MOST_FOUND);
    this.said.textContent = count > MOST_FOUND ? `${found}; more words find the ${left} that are not shown` : found;
    for (const each of this.found) each.update(this.changes);
  }

  private group(group: Group, isOpen: boolean): HTMLElement {
    const badge = element("span", { class: "badge", hidden: true });
    const summary = element("summary", {}, element("h3", {}, group.title), badge);
    const details = element("details", { class: "group" }, summary);
    const mine = new Set(group.parts.flatMap((part) => [part.name, ...part.levers.map((each) => each.path)]));
    const nations = new Set(group.parts.flatMap((part) => (part.nation === undefined ? [] : [part.nation.id])));
    this.shown.push({
      update: ({ numbers, leftOut, announcements }) => {
        const count =
          Object.keys(numbers).filter((path) => mine.has(path)).length +
          leftOut.filter((path) => mine.has(path)).length +
          Object.keys(announcements).filter((nation) => nations.has(nation)).length;
        badge.hidden = count === 0;
        badge.textContent = `${count} changed`;
      },
    });
    let isLaid = false;
    const lay = (): void => {
      if (isLaid || !details.open) return;
      isLaid = true;
      const isShort = group.parts.length <= 2 && group.parts.every((part) => part.event === undefined);
      const begin = this.shown.length;
      details.append(...group.parts.map((part) => this.part(part, isShort)));
      for (const each of this.shown.slice(begin)) each.update(this.changes);
    };
    details.addEventListener("toggle", lay);
    details.open = isOpen;
    lay();
    return details;
  }

  private part(part: Part, isOpen: boolean): HTMLElement {
    const body = element("div", { class: "part-body" });
    if (part.title === "") {
      body.append(...part.levers.map((each) => this.lever(each, this.shown)));
      return element("div", { class: "part" }, body);
    }
    const block = element("div", { class: "part" });
    let isLaid = false;
    body.hidden = !isOpen;
    const lay = (): void => {
      if (isLaid || body.hidden) return;
      isLaid = true;
      const begin = this.shown.length;
      if (part.nation !== undefined) body.append(...this.switches(part, this.shown));
      body.append(...part.levers.map((each) => this.lever(each, this.shown)));
      for (const each of this.shown.slice(begin)) each.update(this.changes);
    };
    const fold = button(part.title, () => {
      body.hidden = !body.hidden;
      setAll(fold, { "aria-expanded": String(!body.hidden) });
      lay();
    });
    setAll(fold, { class: "fold", "aria-expanded": String(isOpen) });
    const head = element("div", { class: "part-head" });
    if (part.event !== undefined) {
      head.append(...this.switches(part, this.shown));
      if (part.levers.length > 0) head.append(fold);
      fold.textContent = "";
      setAll(fold, { "aria-label": `Numbers of ${part.title}`, class: "fold alone" });
    } else {
      head.append(fold);
    }
    block.append(head, body);
    lay();
    return block;
  }

  /** Whether an event takes place, or when a nation announces. */
  private switches(part: Part, shown: Shown[]): HTMLElement[] {
    if (part.event !== undefined) return [this.eventSwitch(part, shown)];
    return part.nation === undefined ? [] : [this.announcement(part, shown)];
  }

  private eventSwitch(part: Part, shown: Shown[]): HTMLElement {
    const event = part.event!;
    const box = element("input", { type: "checkbox" });
    box.addEventListener("change", () => this.moves.event(event.path, box.checked));
    const when = event.when;
    const row = element(
      "label",
      { class: "switch" },
      box,
      element("span", { class: "switch-title" }, part.title),
      element("span", { class: "when" }, when),
    );
    const dates = part.levers.find((each) => each.date)?.path ?? "";
    shown.push({
      update: ({ leftOut, numbers }) => {
        box.checked = !leftOut.includes(event.path);
        row.classList.toggle("changed", !box.checked);
        const day = numbers[dates];
        row.lastElementChild!.textContent = day === undefined ? event.when : this.dayWords(day);
      },
    });
    return row;
  }

  private dayWords(day: number): string {
    return day >= 0 ? this.dateOf(day) : `day ${day}`;
  }

  private announcement(part: Part, shown: Shown[]): HTMLElement {
    const { id, announces } = part.nation!;
    const last = this.scenario?.days ?? 1;
    const box = element("input", { type: "checkbox" });
    const slider = element("input", { type: "range", min: 1, max: last, step: 1, "aria-label": `Day on which ${part.title} announces` });
    const when = element("span", { class: "when" });
    const set = (day: number | null, isDone: boolean): void => this.moves.announcement(id, day, isDone);
    box.addEventListener("change", () => set(box.checked ? Number(slider.value) : null, true));
    slider.addEventListener("input", () => set(Number(slider.value), false));
    slider.addEventListener("change", () => set(Number(slider.value), true));
    const title = element("span", { class: "switch-title" }, "Announces that it takes part");
    const row = element(
      "div",
      { class: "lever" },
      element("label", { class: "switch" }, box, title, when),
      slider,
    );
    shown.push({
      update: ({ announcements }) => {
        const day = announcements[id];
        box.checked = day !== undefined;
        slider.hidden = day === undefined;
        if (day !== undefined) slider.value = String(day);
        row.classList.toggle("changed", day !== undefined);
        const given = announces == null ? "as it decides" : this.dayWords(announces);
        when.textContent = day === undefined ? given : this.dateOf(day);
      },
    });
    slider.value = "1";
    return row;
  }

  private lever(lever: Lever, shown: Shown[]): HTMLElement {
    const id = `lever-${++this.count}`;
    const isFixed = lever.fixed !== "";
    const help = sentences(lever.help, lever.drawn === "" ? "" : `Drawn, ${lever.drawn}`, lever.fixed);
    const { low, high, step } = lever.slider;
    const slider = element("input", {
      type: "range", id, min: low, max: high, step, "aria-describedby": `${id}-help`, disabled: isFixed,
    });
    const box = element("input", {
      type: "number", class: "box", step: "any", "aria-label": `${lever.label}, number`,
      "aria-describedby": `${id}-help`, disabled: isFixed, inputmode: "decimal",
      min: lever.low, max: lever.high, placeholder: lever.drawn === "" ? "–" : "drawn",
    });
    const reset = button("↺", () => this.moves.number(lever.path, null, true), {
      class: "reset", "aria-label": `Reset ${lever.label}`, title: "Reset", hidden: true,
    });
    const unit = element("span", { class: "unit" }, lever.date ? "" : lever.unit);
    const set = (text: string, isDone: boolean): void => {
      const value = Number(text);
      if (text.trim() === "" || !Number.isFinite(value)) {
        if (isDone) this.moves.number(lever.path, null, true);
        return;
      }
      this.moves.number(lever.path, value === lever.value ? null : value, isDone);
    };
    slider.addEventListener("input", () => set(plain(Number(slider.value)), false));
    slider.addEventListener("change", () => set(plain(Number(slider.value)), true));
    box.addEventListener("change", () => set(box.value, true));
    const row = element(
      "div",
      { class: "lever" },
      element(
        "div",
        { class: "lever-head" },
        element("label", { for: id }, lever.label),
        reset,
        box,
        unit,
      ),
      slider,
      element("p", { class: "help", id: `${id}-help`, title: help }, help),
    );
    shown.push({
      update: ({ numbers }) => {
        const own = numbers[lever.path];
        const value = own ?? lever.value;
        const isTyping = document.activeElement === box && box.value !== "" && own === undefined;
        if (!isTyping) box.value = value === null ? "" : plain(value);
        const at = value ?? lever.middle ?? (low + high) / 2;
        if (Number(slider.max) < at) slider.max = String(at);
        if (Number(slider.min) > at) slider.min = String(at);
        slider.value = String(at);
        slider.style.setProperty("--filled", `${(100 * (at - Number(slider.min))) / (Number(slider.max) - Number(slider.min) || 1)}%`);
        row.classList.toggle("changed", own !== undefined);
        row.classList.toggle("unset", value === null);
        reset.hidden = own === undefined;
        if (lever.date) unit.textContent = value === null ? "" : this.dayWords(value);
      },
    });
    return row;
  }
}

/** Texts as sentences, without those that are empty. */
function sentences(...texts: string[]): string {
  const found = texts.filter((each) => each !== "");
  return found.length < 2 ? found.join("") : found.map((each) => `${each.replace(/\.$/, "")}.`).join(" ");
}
