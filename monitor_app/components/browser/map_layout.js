// Where everything stands: layers from left to right, each group for itself, then the groups among one another.
// dagre is handed in, so that tests run this in plain Node.

export const NODE = { width: 188, height: 52 };
export const FOLDED = { width: 208, height: 60 };
export const FRAME = { side: 16, head: 40 };
const BETWEEN_LAYERS = 64;
const BETWEEN_NODES = 18;
const BETWEEN_GROUPS = 36;
// With more layers than this a drawing is a long strip that nobody can read: it is broken into rows, as text is.
const LAYERS = 7;
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
  if (Math.max(0, ...layers.values()) >= LAYERS) {
    const inOrder = [...boxes].sort((a, b) => (layers.get(a.id) ?? boxes.length) - (layers.get(b.id) ?? boxes.length));
    return inRows(inOrder, new Map(), { width: 0, height: 0 }, gap * 1.5);
  }
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

/**
 * The upper left corners of services and folded groups, by id.
 *
 * Where it `isTall`, as on a phone, groups stand one below the other.
 */
export function layOut(dagre, shown, isTall = false) {
  const edges = shown.edges.map(({ source, target }) => [source, target]);
  const frames = shown.groups.filter((group) => !group.isFolded);
  const home = new Map(frames.flatMap((group) => group.members.map((id) => [String(id), group.id])));
  const inside = new Map(
    frames.map((group) => {
      const boxes = group.members.map((id) => ({ id: String(id), ...NODE }));
      return [group.id, layered(dagre, boxes, edges, BETWEEN_NODES)];
    }),
  );
  const boxes = [
    ...frames.map(({ id }) => {
      const { width, height } = inside.get(id);
      return { id, width: width + 2 * FRAME.side, height: height + FRAME.head + FRAME.side };
    }),
    ...shown.groups.filter((group) => group.isFolded).map(({ id }) => ({ id, ...FOLDED })),
    ...shown.services.filter(({ id }) => !home.has(String(id))).map(({ id }) => ({ id: String(id), ...NODE })),
  ];
  const outside = edges.map(([source, target]) => [home.get(source) ?? source, home.get(target) ?? target]);
  const joined = [...new Map(outside.map((edge) => [edge.join(), edge])).values()];
  const whole = layered(dagre, boxes, joined, BETWEEN_GROUPS, isTall ? "TB" : "LR");
  const places = new Map();
  for (const [id, { x, y }] of whole.places) {
    if (!inside.has(id)) places.set(id, { x, y });
    for (const [member, at] of inside.get(id)?.places ?? []) {
      places.set(member, { x: x + FRAME.side + at.x, y: y + FRAME.head + at.y });
    }
  }
  return places;
}

/** The frame around boxes at `corners`. */
export function frameOf(corners) {
  const left = Math.min(...corners.map(({ x }) => x)) - FRAME.side;
  const top = Math.min(...corners.map(({ y }) => y)) - FRAME.head;
  const right = Math.max(...corners.map(({ x }) => x)) + NODE.width + FRAME.side;
  const bottom = Math.max(...corners.map(({ y }) => y)) + NODE.height + FRAME.side;
  return { x: left, y: top, width: right - left, height: bottom - top };
}
