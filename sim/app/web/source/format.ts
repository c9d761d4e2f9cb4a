// Numbers as text, as the commands print them.

/** A share as a whole percentage that never rounds to certainty. */
export function percent(share: number): string {
  if (share > 0 && share < 0.005) return "<1 %";
  if (share >= 0.995 && share < 1) return ">99 %";
  return `${evenly(100 * share)} %`;
}

/** A number to the next whole one, from the middle to the even one, as Python rounds it. */
function evenly(value: number): number {
  const found = Math.round(value);
  return value % 1 === 0.5 && found % 2 === 1 ? found - 1 : found;
}

/** A share as the whole percentage whose colour it has. */
export function percentage(share: number): number {
  return Math.round(100 * Math.min(1, Math.max(0, share)));
}

export function thousands(count: number): string {
  return count.toLocaleString("en-US");
}

export function counted(runs: number): string {
  return runs === 1 ? "1 run" : `${thousands(runs)} runs`;
}

/** A number as a person would write it into a box. */
export function plain(value: number): string {
  return String(Number(value.toPrecision(12)));
}
