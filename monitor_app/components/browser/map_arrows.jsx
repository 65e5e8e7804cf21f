// All arrows in one drawing, below the boxes: the type is the dashes, where one lies in an impact the colour.
// Not React Flow's own edges: each of those works out its place anew with every frame while the map is moved.
import { memo, useMemo } from "react";
import { EdgeLabelRenderer, getBezierPath } from "@xyflow/react";
import { sideOfEdge } from "./map_marks.js";
import { useOfNode } from "./map_nodes.jsx";
import { map } from "./map_store.js";

const FADED = "faded";
const SOLID = new Set(["dependency", "mixed"]);

/** What of a node's mark its arrows show: nothing else of it makes them render. */
function useLook(id) {
  return useOfNode(id, () => {
    const { isFaded, side } = map.mark(id);
    return isFaded ? FADED : (side ?? "");
  });
}

const Arrow = memo(function Arrow({ edge, line, head, x, y, isSelected, onEdge }) {
  const from = useLook(edge.source);
  const to = useLook(edge.target);
  const side = sideOfEdge(from, to);
  const isFaded = from === FADED || to === FADED || ((from || to) && !side);
  const classes = [edge.type, isSelected ? "selected" : side, isFaded && "faded", edge.enabled || "disabled"];
  return (
    <g className={`map-edge ${classes.filter(Boolean).join(" ")}`} data-edge={edge.id} onClick={() => onEdge(edge)}>
      <path className="map-line" d={SOLID.has(edge.type) ? line + head : line} />
      {!SOLID.has(edge.type) && <path className="map-head" d={head} />}
      <path className="map-reach" d={line} />
      {edge.count > 1 && (
        <text x={x} y={y} dy="4">
          {edge.count}
        </text>
      )}
    </g>
  );
});

function drawn(edges, nodes) {
  const boxes = new Map(nodes.map((node) => [node.id, node]));
  return edges.flatMap((edge) => {
    const [source, target] = [boxes.get(edge.source), boxes.get(edge.target)];
    if (!source || !target) return [];
    const [targetX, targetY] = [target.position.x - 1, target.position.y + target.height / 2];
    const [line, x, y] = getBezierPath({
      sourceX: source.position.x + source.width,
      sourceY: source.position.y + source.height / 2,
      targetX,
      targetY,
      sourcePosition: "right",
      targetPosition: "left",
    });
    return [{ edge, line, head: `M${targetX - 7} ${targetY - 4}L${targetX} ${targetY}L${targetX - 7} ${targetY + 4}`, x, y }];
  });
}

export const Arrows = memo(function Arrows({ edges, nodes, selected, onEdge }) {
  const arrows = useMemo(() => drawn(edges, nodes), [edges, nodes]);
  return (
    <EdgeLabelRenderer>
      <svg className="map-arrows" aria-hidden="true">
        {arrows.map(({ edge, line, head, x, y }) => (
          <Arrow key={edge.id} edge={edge} line={line} head={head} x={x} y={y} isSelected={edge.id === selected} onEdge={onEdge} />
        ))}
      </svg>
    </EdgeLabelRenderer>
  );
});
