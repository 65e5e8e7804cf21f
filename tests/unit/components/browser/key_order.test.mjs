import assert from "node:assert/strict";
import test from "node:test";
import { createKeyOrder, keyOf } from "../../../../monitor_app/components/browser/key_order.js";

const NAMES = ["n", "s", "g b", "g s", "?"];

function byHand() {
  let due = null;
  const seen = [];
  const timers = { setTimeout: (act) => (due = act), clearTimeout: () => (due = null) };
  const order = createKeyOrder({ timers, onChange: (first) => seen.push(first) });
  return { order, seen, later: () => due?.() };
}

test("a single key is found", () => {
  const { order } = byHand();
  assert.equal(order.press("n", NAMES), "n");
  assert.equal(order.press("x", NAMES), null);
});

test("two keys in turn are one binding, and the second alone is not run", () => {
  const { order, seen } = byHand();
  assert.equal(order.press("g", NAMES), null);
  assert.equal(order.waiting(), "g");
  assert.equal(order.press("s", NAMES), "g s");
  assert.equal(order.waiting(), "");
  assert.deepEqual(seen, ["g", ""]);
});

test("a second key that means nothing ends the sequence and does nothing", () => {
  const { order } = byHand();
  order.press("g", NAMES);
  assert.equal(order.press("n", NAMES), null);
  assert.equal(order.press("n", NAMES), "n");
});

test("the first key waits for a second, and no longer", () => {
  const { order, later } = byHand();
  order.press("g", NAMES);
  later();
  assert.equal(order.waiting(), "");
  assert.equal(order.press("s", NAMES), "s");
});

test("g twice is a sequence where there is one, else it waits anew", () => {
  const { order } = byHand();
  order.press("g", NAMES);
  assert.equal(order.press("g", NAMES), null);
  assert.equal(order.waiting(), "g");
  assert.equal(order.press("g", [...NAMES, "g g"]), "g g");
});

test("keys of another script are those of the same place", () => {
  assert.equal(keyOf({ key: "т", code: "KeyN" }), "n");
  assert.equal(keyOf({ key: "z", code: "KeyY" }), "z");
  assert.equal(keyOf({ key: "?", code: "Minus" }), "?");
  assert.equal(keyOf({ key: "Enter", code: "Enter" }), "Enter");
});
