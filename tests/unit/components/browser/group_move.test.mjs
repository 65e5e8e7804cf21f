// A tree of groups as it looks before the server has agreed to a move.
import assert from "node:assert/strict";
import test from "node:test";
import { movedRows } from "../../../../monitor_app/components/browser/group_move.js";

const row = (name, depth, parent, inner = 0, open = true) => ({ name, depth, parent, inner, open });
const ROWS = [row("Data", 1, "", 1), row("Disks", 2, "Data"), row("Shop", 1, "", 1), row("Till", 2, "Shop"), row("Web", 1, "", 2, false)];
const told = (rows) => rows.map(({ name, depth, parent, inner }) => `${name} ${depth} ${parent} ${inner}`);

test("a group goes into another one with all that is in it, in the order of names", () => {
  assert.deepEqual(told(movedRows(ROWS, "Data", "Shop")), ["Shop 1  2", "Data 2 Shop 1", "Disks 3 Data 0", "Till 2 Shop 0", "Web 1  2"]);
});

test("to the top, and out of sight into a folded one", () => {
  assert.deepEqual(told(movedRows(ROWS, "Till", "")), ["Data 1  1", "Disks 2 Data 0", "Shop 1  0", "Till 1  0", "Web 1  2"]);
  assert.deepEqual(told(movedRows(ROWS, "Till", "Web")), ["Data 1  1", "Disks 2 Data 0", "Shop 1  0", "Web 1  3"]);
});

test("one that had none in it unfolds", () => {
  assert.deepEqual(told(movedRows(ROWS, "Web", "Disks")).slice(0, 3), ["Data 1  1", "Disks 2 Data 1", "Web 3 Disks 2"]);
});

test("what is not there, or is to go into itself, stays", () => {
  assert.equal(movedRows(ROWS, "gone", "Shop"), ROWS);
  assert.equal(movedRows(ROWS, "Data", "Disks"), ROWS);
});
