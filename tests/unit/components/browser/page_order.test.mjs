import assert from "node:assert/strict";
import { test } from "node:test";
import { moved, sectionsOf, slugOf, stepped, together } from "../../../../monitor_app/components/browser/page_order.js";

const entry = (service_id, section = "") => ({ service_id, section });
const shown = (entries) => entries.map(({ service_id, section }) => `${section}:${service_id}`).join(" ");
const page = [entry("web", "Shop"), entry("pay", "Shop"), entry("db", "Platform")];

test("entries of one section stand together, sections as they come first", () => {
  assert.equal(shown(together([entry("a", "X"), entry("b", "Y"), entry("c", "X")])), "X:a X:c Y:b");
  assert.deepEqual(
    sectionsOf(page).map(({ section, members }) => [section, members.map(({ index }) => index)]),
    [
      ["Shop", [0, 1]],
      ["Platform", [2]],
    ],
  );
});

test("what is dragged takes the section of where it is dropped", () => {
  assert.equal(shown(moved(page, 2, 0)), "Shop:db Shop:web Shop:pay");
  assert.equal(shown(moved(page, 0, 2)), "Shop:pay Platform:db Platform:web");
  assert.equal(moved(page, 1, 1), page);
  assert.equal(moved(page, 0, 3), page);
});

test("a step goes past the next one, or into the section beside", () => {
  assert.equal(shown(stepped(page, 0, 1)), "Shop:pay Shop:web Platform:db");
  assert.equal(shown(stepped(page, 1, 1)), "Shop:web Platform:pay Platform:db");
  assert.equal(stepped(page, 0, -1), page);
});

test("a title becomes a name for the address", () => {
  assert.equal(slugOf("  Übersicht: Shop & Co. "), "ubersicht-shop-co");
  assert.equal(slugOf("x".repeat(80)).length, 63);
});
