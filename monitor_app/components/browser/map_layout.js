// Where everything stands: layers from left to right, each group for itself, then the groups among one another.
// dagre is handed in, so that tests run this in plain Node.

export const NODE = { width: 188, height: 52 };
export const FOLDED = { width: 208, height: 60 };
export const FRAME = { side: 16, head: 40 };
const BETWEEN_LAYERS = 64;
const BETWEEN_NODES = 18;
const BETWEEN_GROUPS = 36;
// With more layers than this, or so wide for its height, a drawing is a long strip that nobody can read: it is broken
// into rows, as text is.
const LAYERS = 7;
const STRIP = 3.5;
const STRIP_WIDTH = 2400; // what is narrower can be read as a strip, too
const ASPECT = 1.7; // of a screen

/** How many arrows each one is away from the beginning, at most. An arrow that closes a circle counts for nothing. */
function layersOf(ids, edges) {
  const targets = new Map(ids.map((id) => [id, []]));
  for (const [source, target] of edges) targets.get(source).push(target);
  const [order, state] = [[], new Map()];
  for (const start of ids) {
    const way = state.has(start) ? [] : [[start, 0]];
    while (way.length) {
      const top = way.at(-1);
      const [node, at] = top;
      state.set(node, "open");
      const next = targets.get(node)[at];
      if (next === undefined) {
        state.set(node, "done");
        order.push(node);
        way.pop();
      } else {
        top[1] += 1;
        if (!state.has(next)) way.push([next, 0]);
      }
    }
  }
  order.reverse();
  const place = new Map(order.map((id, index) => [id, index]));
  const layers = new Map(ids.map((id) => [id, 0]));
  for (const id of order) {
    for (const target of targets.get(id)) {
      if (place.get(target) > place.get(id)) layers.set(target, Math.max(layers.get(target), layers.get(id) + 1));
    }
  }
  return layers;
}

/** Layers of boxes {id, width, height}; those without an arrow stand in rows below. */
function layered(dagre, boxes, edges, gap, direction = "LR") {
  const known = new Set(boxes.map((box) => box.id));
  const inner = edges.filter(([source, target]) => source !== target && known.has(source) && known.has(target));
  const tied = new Set(inner.flat());
  const layers = layersOf([...tied], inner);
  const rows = () => {
    const inOrder = [...boxes].sort((a, b) => (layers.get(a.id) ?? boxes.length) - (layers.get(b.id) ?? boxes.length));
    return inRows(inOrder, new Map(), { width: 0, height: 0 }, gap * 1.5);
  };
  if (Math.max(0, ...layers.values()) >= LAYERS) return rows();
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: direction, ranksep: BETWEEN_LAYERS, nodesep: gap, ranker: "longest-path" });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const box of boxes) if (tied.has(box.id)) graph.setNode(box.id, { width: box.width, height: box.height });
  for (const [source, target] of inner) graph.setEdge(source, target);
  if (tied.size) dagre.layout(graph);
  const places = new Map();
  let [width, height] = [0, 0];
  for (const box of boxes) {
    if (!tied.has(box.id)) continue;
    const { x, y } = graph.node(box.id);
    places.set(box.id, { x: x - box.width / 2, y: y - box.height / 2 });
    width = Math.max(width, x + box.width / 2);
    height = Math.max(height, y + box.height / 2);
  }
  if (direction === "LR" && width > Math.max(STRIP_WIDTH, STRIP * height)) return rows();
  return inRows(boxes.filter((box) => !tied.has(box.id)), places, { width, height }, gap);
}

/** Puts boxes row by row below what stands already, about as wide as all of it is high. */
function inRows(boxes, places, size, gap) {
  if (!boxes.length) return { places, ...size };
  const area = boxes.reduce((sum, box) => sum + (box.width + gap) * (box.height + gap), 0);
  const limit = Math.max(size.width, Math.sqrt(area * ASPECT), boxes[0].width);
  let [x, y, rowHeight, width] = [0, size.height ? size.height + gap : 0, 0, size.width];
  for (const box of boxes) {
    if (x && x + box.width > limit) {
      x = 0;
      y += rowHeight + gap;
      rowHeight = 0;
    }
    places.set(box.id, { x, y });
    x += box.width + gap;
    width = Math.max(width, x - gap);
    rowHeight = Math.max(rowHeight, box.height);
  }
  return { places, width, height: y + rowHeight };
}

/** Where everything of one frame stands, and of the frames in it: corners within it, and its size. */
function insideOf(dagre, inside, shown, gap, direction = "LR") {
  const { frames, edges, holderOf } = shown;
  const inner = new Map();
  const boxes = inside.map((id) => {
    if (!frames.has(id)) return { id, ...(id.startsWith("g:") ? FOLDED : NODE) };
    const group = frames.get(id);
    const made = insideOf(dagre, group.inside, shown, group.inside.some((each) => frames.has(each)) ? BETWEEN_GROUPS : BETWEEN_NODES);
    inner.set(id, made);
    return { id, width: made.width + 2 * FRAME.side, height: made.height + FRAME.head + FRAME.side };
  });
  // An arrow between two services counts between the frames that they stand in.
  const here = new Set(inside);
  const up = (id) => {
    let at = id;
    while (at !== undefined && !here.has(at)) at = holderOf.get(at);
    return at;
  };
  const ends = edges.map(({ source, target }) => [up(source), up(target)]).filter(([source, target]) => source && target && source !== target);
  const joined = [...new Map(ends.map((pair) => [pair.join(), pair])).values()];
  const made = layered(dagre, boxes, joined, gap, direction);
  const places = new Map();
  for (const [id, { x, y }] of made.places) {
    if (!inner.has(id)) places.set(id, { x, y });
    for (const [member, at] of inner.get(id)?.places ?? []) places.set(member, { x: x + FRAME.side + at.x, y: y + FRAME.head + at.y });
  }
  return { places, width: made.width, height: made.height };
}

/**
 * The upper left corners of services and folded groups, by id.
 *
 * Where it `isTall`, as on a phone, what stands beside one another at the top stands one below the other.
 */
export function layOut(dagre, shown, isTall = false) {
  const frames = new Map(shown.groups.filter((group) => !group.isFolded).map((group) => [group.id, group]));
  const holderOf = new Map([...frames.values()].flatMap((group) => group.inside.map((id) => [id, group.id])));
  const all = [...shown.groups.map(({ id }) => id), ...shown.services.map(({ id }) => String(id))];
  const top = all.filter((id) => !holderOf.has(id));
  return insideOf(dagre, top, { frames, edges: shown.edges, holderOf }, BETWEEN_GROUPS, isTall ? "TB" : "LR").places;
}

/** The frame around `boxes`, each {x, y, width, height}. */
export function frameOf(boxes) {
  const left = Math.min(...boxes.map(({ x }) => x)) - FRAME.side;
  const top = Math.min(...boxes.map(({ y }) => y)) - FRAME.head;
  const right = Math.max(...boxes.map(({ x, width }) => x + width)) + FRAME.side;
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height)) + FRAME.side;
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The frames around what stands at `places`, by id; `groups` in the order of shownOf, the outer ones first. */
export function framesAround(groups, places) {
  const boxes = new Map();
  const boxOf = (id) => boxes.get(id) ?? { ...(places.get(id) ?? { x: 0, y: 0 }), ...(id.startsWith("g:") ? FOLDED : NODE) };
  for (const { id, inside, isFolded } of [...groups].reverse()) {
    if (!isFolded) boxes.set(id, frameOf(inside.map(boxOf)));
  }
  return boxes;
}
