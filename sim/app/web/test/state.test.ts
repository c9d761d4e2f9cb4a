import assert from "node:assert/strict";
import { test } from "node:test";
import {
  History,
  type State,
  UNCHANGED,
  countOf,
  fromFragment,
  toFragment,
  withAnnouncement,
  withEvent,
  withNumber,
} from "../source/state";

const GIVEN: State = { scenario: "paris_2025", seed: "0", changes: UNCHANGED, base: UNCHANGED, day: null, nation: "" };

test("a fragment gives back the state, whatever letters are in it", () => {
  let changes = withNumber(UNCHANGED, 'events."No. 10 = &?#".weight', -0.25);
  changes = withEvent(changes, "events.a b&c=d", false);
  changes = withAnnouncement(changes, "POL", 12);
  const state: State = { scenario: "my file.yaml", seed: "18446744073709551615", changes, base: withNumber(UNCHANGED, "tempo", 2), day: 30, nation: "POL" };
  assert.deepEqual(fromFragment(`#${toFragment(state)}`, GIVEN), state);
});

test("what a fragment lacks or has in another form is as given", () => {
  assert.deepEqual(fromFragment("", GIVEN), GIVEN);
  const hostile = "#seed=-1&seed=x&set=path&set==3&set=a=&set=b=NaN&announces=POL=1.5&day=-3&what=else";
  assert.deepEqual(fromFragment(hostile, GIVEN), GIVEN);
});

test("a number set to nothing is no change", () => {
  const changed = withNumber(UNCHANGED, "tempo", 2);
  assert.equal(countOf(changed), 1);
  assert.deepEqual(withNumber(changed, "tempo", null), UNCHANGED);
  assert.deepEqual(withEvent(withEvent(UNCHANGED, "events.a", false), "events.a", true), UNCHANGED);
});

test("moves of one lever are undone together, once it was let go", () => {
  const history = new History();
  let now = UNCHANGED;
  for (const value of [0.1, 0.2, 0.3]) {
    history.moves("tempo", now);
    now = withNumber(now, "tempo", value);
  }
  history.letGo();
  history.moves("tempo", now);
  now = withNumber(now, "tempo", 0.9);
  now = history.undo(now);
  assert.equal(now.numbers["tempo"], 0.3);
  now = history.undo(now);
  assert.deepEqual(now, UNCHANGED);
  assert.equal(history.canUndo, false);
  now = history.redo(history.redo(now));
  assert.equal(now.numbers["tempo"], 0.9);
  assert.equal(history.canRedo, false);
});

test("a new move takes away what could be redone", () => {
  const history = new History();
  history.moves("a", UNCHANGED);
  const back = history.undo(withNumber(UNCHANGED, "a", 1));
  history.moves("b", back);
  assert.equal(history.canRedo, false);
});
