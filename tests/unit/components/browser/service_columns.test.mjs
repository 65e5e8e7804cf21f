import assert from "node:assert/strict";
import test from "node:test";
import { COLUMNS, USUAL, columnsText, leastWidth, moved, shownColumns, toggled } from "../../../../monitor_app/components/browser/service_columns.js";

const keys = (columns) => columns.map(({ key }) => key);

test("an address without columns shows the usual ones, and they are not written into it", () => {
  assert.deepEqual(keys(shownColumns(null)), USUAL);
  assert.deepEqual(keys(shownColumns("colour,")), USUAL);
  assert.equal(columnsText(USUAL), "");
});

test("columns come in the order of the address, each once, and never without the name", () => {
  assert.deepEqual(keys(shownColumns("kind,status,kind,nonsense")), ["label", "kind", "status"]);
  assert.deepEqual(keys(shownColumns("kind,label")), ["kind", "label"]);
});

test("a column comes last, goes, and moves within the list", () => {
  assert.deepEqual(toggled(["label", "kind"], "sid"), ["label", "kind", "sid"]);
  assert.deepEqual(toggled(["label", "kind"], "kind"), ["label"]);
  assert.deepEqual(toggled(["label", "kind"], "label"), ["label", "kind"]);
  assert.deepEqual(moved(["a", "b", "c"], "c", 0), ["c", "a", "b"]);
  assert.deepEqual(moved(["a", "b", "c"], "a", 9), ["b", "c", "a"]);
  assert.deepEqual(moved(["a", "b", "c"], "b", -4), ["b", "a", "c"]);
});

test("each column has an order and a width, but one that takes what is left", () => {
  assert.ok(COLUMNS.every(({ sort }) => sort));
  assert.deepEqual(keys(COLUMNS.filter(({ width }) => !width)), ["label"]);
  assert.ok(leastWidth(shownColumns(null)) < 1440 - 64);
});
