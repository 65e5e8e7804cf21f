// Where the card of a step of the tour stands.
import assert from "node:assert/strict";
import test from "node:test";
import { placeOfCard, placeOfLight } from "../../../../monitor_app/components/browser/tour_place.js";

const CARD = { width: 340, height: 200 };
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const boxAt = (left, top, width = 100, height = 40) => ({ left, top, width, height });

function isInside(place, screen, card = CARD) {
  const width = place.width ?? card.width;
  return place.left >= 0 && place.top >= 0 && place.left + width <= screen.width && place.top + card.height <= screen.height;
}

test("it is wholly on the screen, wherever the target is", () => {
  for (const [left, top] of [[0, 0], [1400, 0], [0, 860], [1400, 860], [700, 400]]) {
    assert.ok(isInside(placeOfCard(boxAt(left, top), CARD, WIDE, false), WIDE), `${left} ${top}`);
    assert.ok(isInside(placeOfCard(boxAt(left / 4, top), CARD, PHONE, true), PHONE), `phone ${left} ${top}`);
  }
});

test("it does not cover what it tells of", () => {
  assert.ok(placeOfCard(boxAt(600, 100), CARD, WIDE, false).top > 140);
  assert.ok(placeOfCard(boxAt(600, 850), CARD, WIDE, false).top + CARD.height < 850);
  assert.ok(placeOfCard(boxAt(5, 100, 54), CARD, WIDE, false).left > 59);
  assert.ok(placeOfCard(boxAt(100, 800), CARD, PHONE, true).top + CARD.height < 800);
  assert.ok(placeOfCard(boxAt(100, 10), CARD, PHONE, true).top > 50);
});

test("without a target it is in the middle, on a phone at the end", () => {
  assert.deepEqual(placeOfCard(null, CARD, WIDE, false), { left: 550, top: 350 });
  assert.equal(placeOfCard(null, CARD, PHONE, true).top, 632);
});

test("what is lit has room around it, and its edge is on the screen", () => {
  assert.deepEqual(placeOfLight(boxAt(600, 100), WIDE), { left: 594, top: 94, width: 112, height: 52 });
  assert.deepEqual(placeOfLight(boxAt(0, 0, 54), WIDE), { left: 3, top: 3, width: 57, height: 43 });
  assert.deepEqual(placeOfLight(boxAt(380, 840, 10, 4), PHONE), { left: 374, top: 834, width: 13, height: 7 });
});

test("what goes across the screen is lit without what stands below it", () => {
  assert.deepEqual(placeOfLight(boxAt(0, 105, 390, 146), PHONE), { left: 3, top: 105, width: 384, height: 146 });
});
