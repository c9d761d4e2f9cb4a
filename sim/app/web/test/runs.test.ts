import assert from "node:assert/strict";
import { test } from "node:test";
import type { Frame } from "../source/messages";
import { PATIENCE, Runs } from "../source/runs";

const SIZES = [200, 1000, 5000];

/** Runs whose frames come when the test says so. */
function underTest(): {
  runs: Runs<string>;
  shown: string[];
  asked: string[];
  frame: () => Promise<void>;
  fail: (error: Error) => Promise<void>;
} {
  const shown: string[] = [];
  const asked: string[] = [];
  let send: (frame: Frame | Error) => void = () => undefined;
  async function* run(question: string, signal: AbortSignal): AsyncGenerator<Frame> {
    asked.push(question);
    for (const size of SIZES) {
      const found = await new Promise<Frame | Error>((resolve) => {
        send = resolve;
        signal.addEventListener("abort", () => resolve(new Error("aborted")));
      });
      if (found instanceof Error) throw found;
      yield { ...found, runs: size };
    }
  }
  const runs = new Runs<string>(
    run,
    (frame, question) => shown.push(`${question} ${frame.runs}`),
    (error) => shown.push(String(error)),
  );
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
  return {
    runs,
    shown,
    asked,
    frame: async () => {
      send({} as Frame);
      await settle();
    },
    fail: async (error) => {
      send(error);
      await settle();
    },
  };
}

test("one question gets all its frames", async () => {
  const { runs, shown, frame } = underTest();
  runs.ask("a");
  for (const _ of SIZES) await frame();
  assert.deepEqual(shown, ["a 200", "a 1000", "a 5000"]);
  assert.equal(runs.isRunning, false);
});

test("a move that comes after the first frame stops the rest at once", async () => {
  const { runs, shown, asked, frame } = underTest();
  runs.ask("a");
  await frame();
  runs.ask("b");
  await frame();
  assert.deepEqual(asked, ["a", "b"]);
  assert.deepEqual(shown, ["a 200", "b 200"]);
});

test("of moves that come before the first frame only the newest is asked, after it", async () => {
  const { runs, shown, asked, frame } = underTest();
  runs.ask("a");
  for (const question of ["b", "c", "d"]) runs.ask(question);
  await frame();
  await frame();
  assert.deepEqual(asked, ["a", "d"]);
  assert.deepEqual(shown, ["a 200", "d 200"]);
});

test("a question that shows nothing for long is given up for the newer one", async () => {
  const { runs, shown, asked, frame } = underTest();
  runs.ask("a");
  runs.ask("b");
  await new Promise((resolve) => setTimeout(resolve, PATIENCE + 30));
  assert.deepEqual(asked, ["a", "b"]);
  await frame();
  assert.deepEqual(shown, ["b 200"]);
});

test("a failure is reported, and the question that waits is asked", async () => {
  const { runs, shown, asked, frame, fail } = underTest();
  runs.ask("a");
  runs.ask("b");
  await fail(new Error("no"));
  await frame();
  assert.deepEqual(asked, ["a", "b"]);
  assert.deepEqual(shown, ["Error: no", "b 200"]);
});

test("what is stopped is neither shown nor reported", async () => {
  const { runs, shown, frame } = underTest();
  runs.ask("a");
  runs.stop();
  await frame();
  assert.deepEqual(shown, []);
  assert.equal(runs.isRunning, false);
});
