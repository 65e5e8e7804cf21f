// What is folded, as it stands in the address.
import assert from "node:assert/strict";
import test from "node:test";
import { ALL_FOLDED, withFold, withFollowers } from "../../../../monitor_app/components/browser/folds.js";

test("groups are folded and unfolded by their names", () => {
  const one = withFold("", "shop", true);
  assert.equal(one, "shop");
  assert.equal(withFold(one, "a,b", true), "shop,a%2Cb");
  assert.equal(withFold("shop,a%2Cb", "shop", false), "a%2Cb");
  assert.equal(withFold(one, "shop", true), "shop");
});

test("when all are folded, those that are not are named", () => {
  const all = ALL_FOLDED;
  const but = withFold(all, "shop", false);
  assert.equal(but, "*,shop");
  assert.equal(withFold(but, "shop", true), "*");
});

test("names that mean something else are escaped", () => {
  assert.equal(withFold("", "", true), "-");
  assert.equal(withFold("", "-", true), "%2d");
  assert.equal(withFold("", "*", true), "%2a");
  assert.equal(withFold("", "50%", true), "50%25");
});

test("followers are shown and folded by the service they follow", () => {
  assert.equal(withFollowers("", "db-main", true), "db-main");
  assert.equal(withFollowers("db-main", "cache", true), "db-main,cache");
  assert.equal(withFollowers("db-main,cache", "db-main", false), "cache");
});
