// Positions on an axis, and where its ticks stand.

export interface Scale {
  (value: number): number;
}

/** A linear scale from values to pixels. */
export function scale(low: number, high: number, begin: number, end: number): Scale {
  const length = high === low ? 1 : high - low;
  return (value) => round(begin + ((value - low) / length) * (end - begin));
}

export function round(pixels: number): number {
  return Math.round(10 * pixels) / 10;
}

/** Whole numbers from 0 to at most the largest, a round step apart. */
export function ticks(largest: number, most: number): number[] {
  for (let power = 1; ; power *= 10) {
    for (const digit of [1, 2, 5]) {
      const step = digit * power;
      if (largest / step <= most) {
        return Array.from({ length: Math.floor(largest / step) + 1 }, (_, index) => index * step);
      }
    }
  }
}

/** Days for the labels of an axis: the first, the last, and some evenly between. */
export function labelDays(last: number, most: number): number[] {
  const parts = Math.max(1, Math.min(most - 1, last));
  const found = Array.from({ length: parts + 1 }, (_, index) => Math.round((index * last) / parts));
  return [...new Set(found)];
}

/** A path of steps through values on days, each value kept until half way to the next. */
export function steps(xs: number[], ys: number[]): string {
  let path = "";
  for (let index = 0; index < xs.length; index++) {
    const x = xs[index]!;
    if (index === 0) path = `M${x} ${ys[0]!}`;
    else if (ys[index] !== ys[index - 1]) {
      path += `H${round((x + xs[index - 1]!) / 2)}V${ys[index]!}`;
    }
  }
  return `${path}H${xs[xs.length - 1]!}`;
}

/** An area of steps between two paths. */
export function area(xs: number[], lows: number[], highs: number[]): string {
  const back = steps([...xs].reverse(), [...lows].reverse());
  return `${steps(xs, highs)}L${back.slice(1)}Z`;
}

/** The place in ascending days that is nearest to a day. */
export function nearest(days: number[], day: number): number {
  let found = 0;
  for (let index = 1; index < days.length; index++) {
    if (Math.abs(days[index]! - day) < Math.abs(days[found]! - day)) found = index;
  }
  return found;
}
