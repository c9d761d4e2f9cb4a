// A tile for each nation, roughly where it lies, in the colour of its chance of being public.

import { button, setAll } from "./elements";
import { percent, percentage } from "./format";
import type { Nation } from "./messages";

/** Columns up to which tiles have room for letters. */
const MOST_LETTERED = 18;

export class TileMap {
  private tiles: HTMLButtonElement[] = [];
  private nations: Nation[] = [];

  constructor(
    private readonly place: HTMLElement,
    private readonly onChoose: (nation: string) => void,
  ) {
    place.addEventListener("keydown", (event) => this.move(event));
  }

  lay(nations: Nation[]): void {
    this.nations = nations;
    const columns = Math.max(...nations.map((each) => each.x)) + 1;
    const rows = Math.max(...nations.map((each) => each.y)) + 1;
    this.place.style.aspectRatio = `${columns} / ${rows}`;
    this.place.style.setProperty("--columns", String(columns));
    this.place.classList.toggle("tiny", columns > MOST_LETTERED);
    this.tiles = nations.map((nation, index) => {
      const tile = button(nation.id.slice(0, 5), () => this.onChoose(nation.id), {
        class: "tile",
        tabindex: index === 0 ? 0 : -1,
      });
      tile.style.left = `${(100 * nation.x) / columns}%`;
      tile.style.top = `${(100 * nation.y) / rows}%`;
      tile.style.width = `${100 / columns}%`;
      tile.style.height = `${100 / rows}%`;
      return tile;
    });
    this.place.replaceChildren(...this.tiles);
  }

  show(chances: number[], chosen: string): void {
    this.tiles.forEach((tile, index) => {
      const nation = this.nations[index]!;
      const chance = chances[index] ?? 0;
      const colour = percentage(chance);
      tile.style.background = `var(--chance-${colour})`;
      tile.style.color = `var(--on-chance-${colour})`;
      const label = `${nation.name}: ${percent(chance)}`;
      setAll(tile, { "aria-label": label, title: label, "aria-pressed": String(nation.id === chosen) });
    });
  }

  /** Arrow keys lead to the nearest tile in their direction. */
  private move(event: KeyboardEvent): void {
    const directions: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const direction = directions[event.key];
    const at = this.tiles.indexOf(document.activeElement as HTMLButtonElement);
    if (direction === undefined || at < 0) return;
    event.preventDefault();
    const found = neighbour(this.nations, at, direction);
    if (found < 0) return;
    this.tiles[at]!.tabIndex = -1;
    this.tiles[found]!.tabIndex = 0;
    this.tiles[found]!.focus();
  }
}

/** The nearest spot in a direction, where what lies aside counts double; -1 if there is none. */
export function neighbour(
  spots: readonly { x: number; y: number }[],
  at: number,
  [dx, dy]: [number, number],
): number {
  const from = spots[at]!;
  let found = -1;
  let least = Infinity;
  spots.forEach((spot, index) => {
    const ahead = (spot.x - from.x) * dx + (spot.y - from.y) * dy;
    const aside = Math.abs((spot.x - from.x) * dy) + Math.abs((spot.y - from.y) * dx);
    const distance = ahead + 2 * aside;
    if (ahead > 0.01 && distance < least) {
      least = distance;
      found = index;
    }
  });
  return found;
}
