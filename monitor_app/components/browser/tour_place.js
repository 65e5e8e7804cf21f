// Where the card of a step stands: beside what it tells of, and wholly on the screen. No DOM: tests run it in Node.
export const GAP = 6; // around what is lit
const EDGE = 12;
const BESIDE = 12;

const within = (value, size, limit) => Math.max(EDGE, Math.min(value, limit - size - EDGE));

/**
 * `box` is that of the target, null without one; `card` and `screen` are sizes. On a phone it is as wide as the screen,
 * at the end where the target is not.
 */
export function placeOfCard(box, card, screen, isPhone) {
  if (isPhone) {
    const isBelow = box === null || box.top + box.height / 2 < screen.height / 2;
    return { left: EDGE, top: isBelow ? Math.max(EDGE, screen.height - card.height - EDGE) : EDGE, width: screen.width - 2 * EDGE };
  }
  if (box === null) return { left: (screen.width - card.width) / 2, top: (screen.height - card.height) / 2 };
  const right = box.left + box.width;
  const bottom = box.top + box.height;
  const isTallEnough = bottom + GAP + BESIDE + card.height + EDGE <= screen.height;
  const isAtSide = right + GAP + BESIDE + card.width + EDGE <= screen.width;
  if (box.left < 100 && isAtSide) return { left: right + GAP + BESIDE, top: within(box.top, card.height, screen.height) };
  const left = within(box.left, card.width, screen.width);
  if (isTallEnough) return { left, top: bottom + GAP + BESIDE };
  return { left, top: within(box.top - GAP - BESIDE - card.height, card.height, screen.height) };
}
