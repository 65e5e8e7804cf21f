// How tiles fill a screen. No DOM: tests run it in plain Node.

const WIDE = 2.6; // the shape of a tile that reads best: so many times wider than high
const HOLE = 1.5; // how much a screen is worse whose last row is not full
const PHONE = 640;

/** How many tiles stand beside one another so that all fit and none is a strip. */
export function columnsFor(count, width, height) {
  if (width <= PHONE) return 1;
  let best = 1;
  let bestError = Infinity;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const holes = (columns * rows - count) / count;
    const error = Math.abs(Math.log((width * rows) / (columns * height) / WIDE)) + HOLE * holes;
    if (error < bestError) [best, bestError] = [columns, error];
  }
  return best;
}
