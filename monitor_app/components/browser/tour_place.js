// Where the card of a step stands: beside what it tells of, and wholly on the screen; and what is lit for it. No DOM:
// tests run it in Node.
const GAP = 6; // around what is lit
const INSET = 3; // so much of the screen's edge stays dark, so that the frame of what is lit is seen
const EDGE = 12;
const BESIDE = 12;

const within = (value, size, limit) => Math.max(EDGE, Math.min(value, limit - size - EDGE));

/** The frame of what is lit. What goes across the screen has others right above and below it, and gets no more room. */
export function placeOfLight(box, screen) {
  const room = box.width > screen.width / 2 ? 0 : GAP;
  const left = Math.max(INSET, box.left - room);
  const top = Math.max(INSET, box.top - room);
  const right = Math.min(screen.width - INSET, box.left + box.width + room);
  const bottom = Math.min(screen.height - INSET, box.top + box.height + room);
  return { left, top, width: right - left, height: bottom - top };
}

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
