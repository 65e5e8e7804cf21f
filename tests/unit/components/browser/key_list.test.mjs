import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { KEY_LIST, keysFor } from "../../../../monitor_app/components/browser/key_list.js";

const ALL = { may: ["service:write", "relation:write", "check:run"], places: ["/map", "/admin/services", "/admin/relations", "/admin/groups"] };
const keysOf = (sections) => sections.flatMap(({ keys }) => keys.map((one) => one.keys));

test("who may change nothing is not told of keys that change something", () => {
  const told = keysOf(keysFor({ ...ALL, may: [] }));
  for (const key of ["n", "e", "p", "c", "g s", "g r"]) assert.ok(!told.includes(key), key);
  for (const key of ["/", "?", "g b", "g m", "Ctrl K"]) assert.ok(told.includes(key), key);
});

test("keys of another page are left out of the dialog", () => {
  const told = keysOf(keysFor({ ...ALL, isHere: (selector) => !selector.startsWith(".live-table") }));
  assert.ok(!told.includes("j  k  ↓  ↑"));
  assert.ok(told.includes("e"));
});

test("a place without a page has no key", () => {
  assert.ok(!keysOf(keysFor({ ...ALL, places: [] })).includes("g m"));
});

test("the guide lists every key", () => {
  const guide = readFileSync(new URL("../../../../docs/keys.md", import.meta.url), "utf8");
  const lines = guide.split("\n").filter((line) => line.startsWith("|"));
  for (const { keys, text } of KEY_LIST.flatMap((section) => section.keys)) {
    const cell = keys.split("  ").map((way) => `\`${way}\``).join(", ");
    assert.ok(lines.some((line) => line.startsWith(`| ${cell} | ${text} |`)), `docs/keys.md lacks | ${cell} | ${text} |`);
  }
});
