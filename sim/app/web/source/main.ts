// The page: what a person sets, what the server finds, and what is shown of it.

import { Answer } from "./answer";
import { byId, element, unbroken, write } from "./elements";
import { Fan } from "./fan";
import { counted, thousands } from "./format";
import { Histogram, rowsOf } from "./histogram";
import { Levers } from "./levers";
import type { Frame, Scenario, Start } from "./messages";
import { NationChart } from "./nation";
import { NationList } from "./nations";
import { Runs } from "./runs";
import { nearest } from "./scale";
import { type Question, Server, ServerError } from "./server";
import { ShareDialog } from "./share";
import {
  type Changes,
  History,
  type State,
  UNCHANGED,
  countOf,
  fromFragment,
  toFragment,
  withAnnouncement,
  withEvent,
  withNumber,
} from "./state";
import { TileMap } from "./tilemap";

const BUSY_WAIT = 400;
const LOST_WAIT = 2000;
const SLOW = 700;
const PLAY_SECONDS = 6;
const MOST_MARKS = 300;

class Page {
  private readonly server = new Server();
  private readonly history = new History();
  private readonly answer = new Answer();
  private readonly histogram = new Histogram(byId("histogram"));
  private readonly fan = new Fan(byId("fan"), (day) => this.setDay(day, false));
  private readonly map = new TileMap(byId("map"), (nation) => this.choose(nation));
  private readonly list = new NationList(byId("nation-rows"), (nation) => this.choose(nation));
  private readonly nationChart = new NationChart(byId("nation-chart"));
  private readonly runs = new Runs<Question>(
    (question, signal) => this.server.run(question, this.sizes, signal),
    (frame) => this.take(frame),
    (error) => this.report(error),
  );
  private readonly levers = new Levers({
    number: (path, value, isDone) => this.move(path, withNumber(this.state.changes, path, value), isDone),
    event: (path, takesPlace) => this.move(path, withEvent(this.state.changes, path, takesPlace), true),
    announcement: (nation, day, isDone) =>
      this.move(`announces ${nation}`, withAnnouncement(this.state.changes, nation, day), isDone),
  });
  private readonly shareDialog = new ShareDialog(this.server);
  private readonly dayBox = byId<HTMLInputElement>("day");
  private state: State = { scenario: "", seed: "0", changes: UNCHANGED, base: UNCHANGED, day: null, nation: "" };
  private scenario: Scenario | null = null;
  private sizes: number[] = [];
  private frame: Frame | null = null;
  private loads = 0;
  private whyAbort: AbortController | null = null;
  private slowTimer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private playTimer = 0;
  private saveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.listen();
  }

  async open(): Promise<void> {
    try {
      const start = await this.server.start();
      this.sizes = start.sizes;
      this.offer(start);
      const given: State = { ...this.state, scenario: start.name, seed: start.seed };
      this.state = fromFragment(location.hash, given);
      await this.load(this.state);
    } catch (error) {
      this.report(error);
    }
  }

  // What a person does

  private listen(): void {
    byId("undo").addEventListener("click", () => this.back("undo"));
    byId("redo").addEventListener("click", () => this.back("redo"));
    byId("reset").addEventListener("click", () => this.move("reset", UNCHANGED, true));
    byId("hold").addEventListener("click", () => this.hold());
    byId("share-open").addEventListener("click", () => void this.share());
    byId("theme").addEventListener("click", () => this.turnTheme());
    byId("skip").addEventListener("click", () => byId("answer").focus());
    byId("play").addEventListener("click", () => this.play());
    byId("nation-close").addEventListener("click", () => this.choose(""));
    byId("message-again").addEventListener("click", () => void this.again());
    byId("message-close").addEventListener("click", () => this.say(""));
    for (const id of ["fan-table", "histogram-table"]) byId(id).addEventListener("toggle", () => this.showTables());
    this.dayBox.addEventListener("input", () => this.setDay(Number(this.dayBox.value), false));
    this.dayBox.addEventListener("change", () => this.setDay(Number(this.dayBox.value), true));
    byId<HTMLSelectElement>("scenario").addEventListener("change", (event) => {
      const name = (event.target as HTMLSelectElement).value;
      void this.load({ ...this.state, scenario: name, changes: UNCHANGED, base: UNCHANGED, day: null, nation: "" });
    });
    byId<HTMLInputElement>("seed").addEventListener("change", (event) => {
      const box = event.target as HTMLInputElement;
      if (!/^\d{1,20}$/.test(box.value)) {
        box.value = this.state.seed;
        return;
      }
      this.set({ ...this.state, seed: box.value });
      this.ask();
    });
    document.addEventListener("keydown", (event) => {
      const isText = event.target instanceof HTMLInputElement && ["text", "search", "number"].includes(event.target.type);
      if (isText || !(event.ctrlKey || event.metaKey)) return;
      const key = event.key.toLowerCase();
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      this.back(key === "y" || event.shiftKey ? "redo" : "undo");
    });
    window.addEventListener("hashchange", () => {
      const state = fromFragment(location.hash, this.state);
      if (toFragment(state) !== toFragment(this.state)) void this.load(state);
    });
    new IntersectionObserver(([entry]) => {
      byId("mini").classList.toggle("shown", entry !== undefined && !entry.isIntersecting);
    }).observe(byId("answer"));
    window.addEventListener("pagehide", () => this.runs.stop());
  }

  private move(lever: string, changes: Changes, isDone: boolean): void {
    const isSame = JSON.stringify(changes) === JSON.stringify(this.state.changes);
    if (!isSame) this.history.moves(lever, this.state.changes);
    if (isDone) this.history.letGo();
    this.change(changes);
  }

  private back(direction: "undo" | "redo"): void {
    this.change(this.history[direction](this.state.changes));
  }

  private change(changes: Changes): void {
    const isSame = JSON.stringify(changes) === JSON.stringify(this.state.changes);
    this.set({ ...this.state, changes });
    this.levers.update(changes);
    if (!isSame) this.ask();
  }

  /** Compare with the scenario as it is now, or again with the one that was opened. */
  private hold(): void {
    const base = countOf(this.state.base) === 0 ? this.state.changes : UNCHANGED;
    this.set({ ...this.state, base });
    this.ask();
  }

  private set(state: State): void {
    this.state = state;
    byId<HTMLButtonElement>("undo").disabled = !this.history.canUndo;
    byId<HTMLButtonElement>("redo").disabled = !this.history.canRedo;
    const count = countOf(state.changes);
    byId<HTMLButtonElement>("reset").disabled = count === 0;
    const held = countOf(state.base);
    write(byId("hold"), held === 0 ? "Compare from here" : "Compare with the opened one");
    byId<HTMLButtonElement>("hold").disabled = count === 0 && held === 0;
    write(byId("base-name"), held === 0 ? "as it was opened" : "as it was held");
    byId("changed").textContent = count === 0 ? "as it was opened" : count === 1 ? "1 change" : `${count} changes`;
    // Browsers allow so many changes of an address in some seconds.
    clearTimeout(this.saveTimer);
    this.saveTimer = setTimeout(() => history.replaceState(null, "", `#${toFragment(this.state)}`), 150);
  }

  private setDay(day: number, isDone: boolean): void {
    this.set({ ...this.state, day: day >= this.lastDay ? null : day });
    this.showDay(isDone);
    this.showFan();
    this.showNation();
  }

  private play(): void {
    cancelAnimationFrame(this.playTimer);
    const button = byId("play");
    const last = this.lastDay;
    if (button.getAttribute("aria-pressed") === "true") {
      button.setAttribute("aria-pressed", "false");
      return;
    }
    button.setAttribute("aria-pressed", "true");
    const from = this.day >= last ? 0 : this.day;
    const begin = performance.now();
    const next = (now: number): void => {
      if (button.getAttribute("aria-pressed") !== "true") return;
      const day = Math.min(last, Math.floor(from + ((now - begin) / 1000 / PLAY_SECONDS) * last));
      this.setDay(day, day === last);
      if (day < last) this.playTimer = requestAnimationFrame(next);
      else button.setAttribute("aria-pressed", "false");
    };
    this.playTimer = requestAnimationFrame(next);
  }

  private choose(nation: string): void {
    const chosen = nation === this.state.nation ? "" : nation;
    this.set({ ...this.state, nation: chosen });
    this.showDay(false);
    this.showNation();
    void this.explain();
    if (chosen !== "") byId("nation").scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  private turnTheme(): void {
    const root = document.documentElement;
    const isDark = root.dataset["theme"] === "dark" ||
      (root.dataset["theme"] === undefined && matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset["theme"] = isDark ? "light" : "dark";
  }

  private async share(): Promise<void> {
    const question = this.question();
    if (question === null) return;
    try {
      await this.shareDialog.open(question, this.frame?.wanted ?? this.sizes.at(-1) ?? 1);
    } catch (error) {
      this.report(error);
    }
  }

  // What the server is asked

  private async load(state: State): Promise<void> {
    const number = ++this.loads;
    this.runs.stop();
    this.say("");
    let scenario: Scenario;
    try {
      scenario = await this.server.scenario(state.scenario);
    } catch (error) {
      if (number !== this.loads) return;
      byId<HTMLSelectElement>("scenario").value = this.state.scenario;
      this.report(error);
      document.body.classList.remove("stale"); // what is shown is of the scenario that stays
      return;
    }
    if (number !== this.loads) return; // another one was chosen meanwhile
    this.scenario = scenario;
    this.clear();
    this.history.clear();
    const isKnown = scenario.nations.some((each) => each.id === state.nation);
    this.set({ ...state, nation: isKnown ? state.nation : "" });
    byId("title").textContent = scenario.title;
    byId("given").textContent = scenario.given === "" ? "" : `Opened with ${scenario.given}`;
    byId("success-said").textContent = unbroken(scenario.success);
    document.title = `${scenario.title} – Willing`;
    byId("about").textContent = scenario.description;
    byId<HTMLInputElement>("seed").value = state.seed;
    const choice = byId<HTMLSelectElement>("scenario");
    if (![...choice.options].some((each) => each.value === scenario.name)) {
      choice.prepend(element("option", { value: scenario.name }, scenario.name));
    }
    choice.value = scenario.name;
    this.levers.lay(scenario);
    this.levers.update(state.changes);
    this.map.lay(scenario.nations);
    this.list.lay(scenario.nations);
    this.ask();
  }

  /** Show nothing of the scenario before: its numbers are not those of this one. */
  private clear(): void {
    this.frame = null;
    document.body.classList.add("empty");
    byId("notes-place").hidden = true;
    byId("nation").hidden = true;
  }

  private question(): Question | null {
    const { scenario, state } = this;
    if (scenario === null) return null;
    return { scenario: scenario.digest, seed: state.seed, changes: state.changes, base: state.base };
  }

  private ask(): void {
    const question = this.question();
    if (question === null) return;
    clearTimeout(this.retryTimer);
    document.body.classList.add("running");
    clearTimeout(this.slowTimer);
    this.slowTimer = setTimeout(() => document.body.classList.add("slow"), SLOW);
    this.whyAbort?.abort();
    if (performance.getEntriesByType("mark").length > MOST_MARKS) performance.clearMarks();
    this.runs.ask(question);
  }

  private take(frame: Frame): void {
    clearTimeout(this.slowTimer);
    document.body.classList.remove("slow", "stale", "empty");
    this.say("");
    this.frame = frame;
    this.show();
    performance.mark(`shown ${frame.runs}`); // read by experiments/app_latency
    if (frame.runs === frame.wanted) {
      document.body.classList.remove("running");
      void this.explain();
    }
  }

  private async explain(): Promise<void> {
    this.whyAbort?.abort();
    const question = this.question();
    const nation = this.state.nation;
    const place = byId("why");
    if (question === null || nation === "" || this.frame === null) return;
    const abort = new AbortController();
    this.whyAbort = abort;
    place.setAttribute("aria-busy", "true");
    try {
      const found = await this.server.why(question, nation, abort.signal);
      if (abort.signal.aborted) return;
      place.replaceChildren(
        ...found.words.map((each) => element("p", {}, unbroken(each))),
        element("p", { class: "faint" }, "On the command line: ", element("code", {}, found.command)),
        ...(found.how === "" ? [] : [element("p", { class: "faint" }, `${found.how}.`)]),
      );
    } catch (error) {
      if (abort.signal.aborted) return;
      place.replaceChildren(element("p", {}, error instanceof Error ? error.message : String(error)));
    }
    place.removeAttribute("aria-busy");
  }

  // What is shown

  /** The last day of the runs that are shown, whose length may be another than that of the opened scenario. */
  private get lastDay(): number {
    return this.frame?.days.at(-1) ?? this.scenario?.days ?? 0;
  }

  private get day(): number {
    return Math.min(this.lastDay, this.state.day ?? this.lastDay);
  }

  private dateOf = (day: number): string => this.scenario?.dates[day] ?? `day ${day}`;

  private show(): void {
    const { frame } = this;
    if (frame === null) return;
    const hasOutline = frame.base !== null && frame.base.days.length === frame.days.length;
    document.body.classList.toggle("is-changed", frame.base !== null);
    document.body.classList.toggle("has-outline", hasOutline);
    this.answer.show(frame, this.sizes);
    if (frame.notes !== null) {
      byId("notes").replaceChildren(...frame.notes.map((each) => element("li", {}, each)));
      byId("notes-place").hidden = frame.notes.length === 0;
    }
    this.showFan();
    const threshold = frame.success?.threshold ?? null;
    this.histogram.show({ frame, threshold });
    this.showTables();
    this.showDay(true);
    this.showNation();
  }

  private showFan(): void {
    const { frame } = this;
    if (frame === null) return;
    const threshold = frame.success?.threshold ?? null;
    this.fan.show({ frame, threshold, day: this.day, dateOf: this.dateOf });
    const at = nearest(frame.days, this.day);
    const { q05, median, q95 } = frame.size;
    byId("fan-read").textContent =
      unbroken(`${this.dateOf(this.day)}: median ${median[at]}, 90 % of the runs ${q05[at]} to ${q95[at]}`);
  }

  /** The figures as tables, for who has opened them. */
  private showTables(): void {
    const { frame } = this;
    if (frame === null) return;
    if (byId<HTMLDetailsElement>("histogram-table").open) {
      byId("histogram-rows").replaceChildren(...rowsOf(frame).map((cells) => tableRow(...cells)));
    }
    if (!byId<HTMLDetailsElement>("fan-table").open) return;
    const { q05, q25, median, q75, q95 } = frame.size;
    const last = frame.days.length - 1;
    const places = [0, 1, 2, 3, 4, 5, 6].map((part) => Math.round((part / 6) * last));
    byId("fan-rows").replaceChildren(
      ...[...new Set(places)].map((at) => {
        const ranges = [`${q25[at]} to ${q75[at]}`, `${q05[at]} to ${q95[at]}`];
        return tableRow(this.dateOf(frame.days[at]!), `${median[at]}`, ...ranges);
      }),
    );
  }

  private showDay(sorts: boolean): void {
    const { frame } = this;
    this.dayBox.max = String(this.lastDay);
    this.dayBox.value = String(this.day);
    this.dayBox.setAttribute("aria-valuetext", this.dateOf(this.day));
    write(byId("date"), this.dateOf(this.day));
    if (frame === null) return;
    const at = nearest(frame.days, this.day);
    const chances = frame.nations.map((each) => each.public[at] ?? 0);
    const { base } = frame;
    const hasDay = base !== null && this.day <= (base.days.at(-1) ?? 0);
    const then = hasDay ? nearest(base.days, this.day) : 0;
    const before = hasDay ? base.nations.map((each) => each.public[then] ?? 0) : null;
    this.map.show(chances, this.state.nation);
    this.list.show(chances, before, this.state.nation, sorts);
  }

  private showNation(): void {
    const { frame, scenario, state } = this;
    const index = scenario?.nations.findIndex((each) => each.id === state.nation) ?? -1;
    const place = byId("nation");
    place.hidden = index < 0 || frame === null;
    if (index < 0 || frame === null || scenario === null) return;
    const { name } = scenario.nations[index]!;
    const found = frame.nations[index]!;
    byId("nation-name").textContent = name;
    byId("nation-chance").textContent =
      unbroken(`Public at the end in ${found.text} of ${counted(frame.runs)} (${found.interval}); out in ${found.left}.`);
    this.nationChart.show({ name, index, frame, day: this.day, dateOf: this.dateOf });
  }

  private offer(start: Start): void {
    const choice = byId<HTMLSelectElement>("scenario");
    const options = (names: string[]): HTMLOptionElement[] =>
      names.map((name) => element("option", { value: name }, name));
    const files = options(start.files);
    if (start.more_files > 0) {
      const said = `and ${thousands(start.more_files)} more, which “willing app FILE” opens`;
      files.push(element("option", { disabled: true }, said));
    }
    choice.replaceChildren(
      ...(files.length > 0 ? [element("optgroup", { label: "Files in the folder" }, ...files)] : []),
      element("optgroup", { label: "Shipped" }, ...options(start.shipped)),
    );
    byId("version").textContent = `Willing ${start.version}`;
  }

  // What goes wrong

  private report(error: unknown): void {
    document.body.classList.remove("running", "slow");
    clearTimeout(this.slowTimer);
    if (error instanceof ServerError && error.isBusy) {
      this.retryTimer = setTimeout(() => this.ask(), BUSY_WAIT);
      return;
    }
    document.body.classList.add("stale");
    this.say(error instanceof Error ? error.message : String(error), error instanceof ServerError && error.isLost);
    if (error instanceof ServerError && error.isLost) {
      this.retryTimer = setTimeout(() => void this.again(), LOST_WAIT);
    }
  }

  private async again(): Promise<void> {
    clearTimeout(this.retryTimer);
    if (this.scenario === null) await this.open();
    else this.ask();
  }

  private say(message: string, canRetry = false): void {
    byId("message").hidden = message === "";
    byId("message-words").textContent = message;
    byId("message-again").hidden = !canRetry;
  }
}

function tableRow(head: string, ...cells: string[]): HTMLTableRowElement {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, head),
    ...cells.map((each) => element("td", { class: "number" }, each)),
  );
}

void new Page().open();
