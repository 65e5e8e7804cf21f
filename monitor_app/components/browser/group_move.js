// The tree of groups as it will be once the server agrees. No DOM: tests run it in plain Node.

/** How far the rows below the one at `at` go. */
function endOf(rows, at) {
  let end = at + 1;
  while (end < rows.length && rows[end].depth > rows[at].depth) end += 1;
  return end;
}

const before = (one, other) => one.localeCompare(other, undefined, { sensitivity: "base" }) < 0;

/** `rows` with the group `name` and all in it moved into `target`, "" for the top; as they are where that cannot be. */
export function movedRows(rows, name, target) {
  const from = rows.findIndex((row) => row.name === name);
  if (from < 0) return rows;
  const end = endOf(rows, from);
  const rest = [...rows.slice(0, from), ...rows.slice(end)].map((row) => (row.name === rows[from].parent ? { ...row, inner: row.inner - 1 } : row));
  const at = target ? rest.findIndex((row) => row.name === target) : -1;
  if (target && at < 0) return rows;
  const depth = target ? rest[at].depth + 1 : 1;
  const moved = rows.slice(from, end).map((row) => ({ ...row, depth: row.depth - rows[from].depth + depth }));
  moved[0] = { ...moved[0], parent: target };
  const isShown = !target || rest[at].open || !rest[at].inner;
  if (target) rest[at] = { ...rest[at], inner: rest[at].inner + 1, open: rest[at].inner ? rest[at].open : true };
  if (!isShown) return rest;
  const last = target ? endOf(rest, at) : rest.length;
  let place = at + 1;
  while (place < last && (rest[place].depth !== depth || before(rest[place].name, name))) place += 1;
  return [...rest.slice(0, place), ...moved, ...rest.slice(place)];
}
