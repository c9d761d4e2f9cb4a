import assert from "node:assert/strict";
import { test } from "node:test";
import { percent, percentage, plain } from "../source/format";
import { area, labelDays, nearest, scale, steps, ticks } from "../source/scale";
import { neighbour } from "../source/tilemap";

test("shares are written as the commands write them", () => {
  const written: [number, string][] = [
    [0, "0 %"], [0.001, "<1 %"], [0.005, "0 %"], [0.125, "12 %"], [0.135, "14 %"], [0.342, "34 %"],
    [0.994, "99 %"], [0.999, ">99 %"], [1, "100 %"],
  ];
  for (const [share, text] of written) assert.equal(percent(share), text);
  assert.deepEqual([-1, 0.004, 0.5, 2].map(percentage), [0, 0, 50, 100]);
});

test("a number in a box has no digits of its binary form", () => {
  assert.equal(plain(0.1 + 0.2), "0.3");
  assert.equal(plain(1e9), "1000000000");
});

test("ticks are whole, from 0, and no more than asked for", () => {
  assert.deepEqual(ticks(1, 5), [0, 1]);
  assert.deepEqual(ticks(29, 5), [0, 10, 20]);
  assert.deepEqual(ticks(1000, 5), [0, 200, 400, 600, 800, 1000]);
});

test("labels of days have the first and the last, each once", () => {
  assert.deepEqual(labelDays(180, 4), [0, 60, 120, 180]);
  assert.deepEqual(labelDays(1, 9), [0, 1]);
});

test("a scale without a range does not divide by nothing", () => {
  assert.equal(scale(0, 0, 10, 20)(0), 10);
  assert.equal(scale(0, 10, 0, 100)(5), 50);
});

test("steps change half way between days", () => {
  assert.equal(steps([0, 10, 20], [5, 5, 3]), "M0 5H15V3H20");
  assert.equal(area([0, 10], [1, 1], [2, 2]), "M0 2H10L10 1H0Z");
});

test("the nearest day is the first of two that are as near", () => {
  assert.equal(nearest([0, 10, 20], 14), 1);
  assert.equal(nearest([0, 10, 20], 15), 1);
});

test("arrow keys find the nearest tile ahead, and none beyond the edge", () => {
  const spots = [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 3, y: 0.4 }, { x: 1, y: 2 }];
  assert.equal(neighbour(spots, 0, [1, 0]), 1);
  assert.equal(neighbour(spots, 1, [1, 0]), 2);
  assert.equal(neighbour(spots, 1, [0, 1]), 3);
  assert.equal(neighbour(spots, 0, [-1, 0]), -1);
});
