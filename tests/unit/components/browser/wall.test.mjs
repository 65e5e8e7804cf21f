// How tiles fill a wall, and what a notification says.
import assert from "node:assert/strict";
import test from "node:test";
import { newsTitle } from "../../../../monitor_app/components/browser/alarm.js";
import { columnsFor } from "../../../../monitor_app/components/browser/tiles.js";

test("tiles fill the screen without strips or holes", () => {
  assert.equal(columnsFor(1, 1920, 900), 1);
  assert.equal(columnsFor(4, 1920, 900), 2);
  assert.equal(columnsFor(16, 1389, 730), 4);
  assert.equal(columnsFor(30, 1920, 900), 5);
  assert.equal(columnsFor(30, 390, 700), 1);
});

test("a notification names the first and counts the others", () => {
  const named = (label) => [1, label, label, "refused"];
  assert.equal(newsTitle({ down: [], downs: 0 }), "");
  assert.equal(newsTitle({ down: [named("db-main")], downs: 1 }), "db-main is down");
  assert.equal(newsTitle({ down: [named("db-main"), named("web")], downs: 12 }), "db-main and 11 more are down");
  assert.equal(newsTitle({ down: [], downs: 2 }), "2 services are down");
});
