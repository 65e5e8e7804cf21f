// An arrow: its type is its dashes, where it lies in an impact its colour.
import { memo } from "react";
import { EdgeLabelRenderer, getBezierPath } from "@xyflow/react";
import { sideOfEdge } from "./map_marks.js";
import { useOfNode } from "./map_nodes.jsx";
import { map } from "./map_store.js";

const FADED = "faded";
const HEADS = ["", "above", "below", "selected"];

/** The arrow heads, one a colour; stands once in the page. */
export function ArrowHeads() {
  return (
    <svg className="patterns" aria-hidden="true">
      <defs>
        {HEADS.map((name) => (
          <marker key={name} id={`arrow-${name}`} viewBox="0 0 10 10" refX="9" refY="5" markerWidth="11" markerHeight="11" markerUnits="userSpaceOnUse" orient="auto-start-reverse">
            <path className={`arrow-head ${name}`} d="M0 1 10 5 0 9Z" />
          </marker>
        ))}
      </defs>
    </svg>
  );
}

/** What of a node's mark its arrows show: nothing else of it makes them render. */
function useLook(id) {
  return useOfNode(id, () => {
    const { isFaded, side } = map.mark(id);
    return isFaded ? FADED : (side ?? "");
  });
}

export const RelationEdge = memo(function RelationEdge({ id, source, target, sourceX, sourceY, targetX, targetY, data, selected }) {
  const from = useLook(source);
  const to = useLook(target);
  const [path, labelX, labelY] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition: "right", targetPosition: "left" });
  const side = sideOfEdge(from, to);
  const isFaded = from === FADED || to === FADED || ((from || to) && !side);
  const look = selected ? "selected" : side;
  const classes = ["map-edge", data.type, look, isFaded && "faded", data.enabled || "disabled"].filter(Boolean).join(" ");
  return (
    <>
      <path id={id} className={`react-flow__edge-path ${classes}`} d={path} markerEnd={`url(#arrow-${look})`} />
      <path className="react-flow__edge-interaction" d={path} />
      {data.count > 1 && (
        <EdgeLabelRenderer>
          <span className={`map-edge-count ${isFaded ? "faded" : ""}`} style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}>
            {data.count}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
