// Drawing a relation from service to service: where it may not end shows at once, and why.
import { useCallback, useState } from "react";
import { useConnection } from "@xyflow/react";
import { circlesFrom } from "./map_graph.js";
import { map } from "./map_store.js";

/** "web -> api -> web" of a circle. */
function wayWords(way, graph) {
  return way.map((id) => graph.byId.get(id)?.sid ?? id).join(" → ");
}

/** `id` is that of the node under the pointer. */
function refusal(circles, id) {
  if (id.startsWith("g:")) return "Unfold the group first: a relation leads to a service";
  const graph = map.graph();
  const way = circles.get(Number(id));
  if (!graph || !way) return "";
  if (way.length === 2) return "A service cannot be related to itself";
  return `Not possible, this would close a circle: ${wayWords(way, graph)}`;
}

/** What ReactFlow is given so that arrows can be drawn; `circles` are the ends that are forbidden meanwhile. */
export function useDrawing({ onRelate, onRefused, onDrawing }) {
  const [drawn, setDrawn] = useState({ source: null, circles: null });
  const onConnectStart = useCallback((_, { nodeId }) => {
    const source = Number(nodeId);
    const graph = map.graph();
    if (!graph?.byId.has(source)) return;
    const circles = circlesFrom(graph, source);
    setDrawn({ source, circles });
    onDrawing(circles);
  }, [onDrawing]);
  const isValidConnection = useCallback(
    ({ target }) => !target.startsWith("g:") && !drawn.circles?.has(Number(target)),
    [drawn.circles],
  );
  const onConnect = useCallback(({ source, target }) => onRelate(Number(source), Number(target)), [onRelate]);
  const onConnectEnd = useCallback(
    (_, state) => {
      const text = state.toNode && !state.isValid && drawn.circles ? refusal(drawn.circles, state.toNode.id) : "";
      if (text) onRefused(text);
      setDrawn({ source: null, circles: null });
      onDrawing(null);
    },
    [drawn, onRefused, onDrawing],
  );
  return { ...drawn, handlers: { onConnectStart, onConnect, onConnectEnd, isValidConnection, connectionRadius: 12 } };
}

/** Says while an arrow is drawn what letting go here would do. */
export function DrawingHint({ circles }) {
  const connection = useConnection();
  if (!circles || !connection.inProgress) return null;
  const graph = map.graph();
  const source = graph.byId.get(Number(connection.fromNode.id));
  const target = connection.toNode ? graph.byId.get(Number(connection.toNode.id)) : null;
  const no = connection.toNode ? refusal(circles, connection.toNode.id) : "";
  const text = no || (target ? `${source.label} → ${target.label}: let go to relate them` : `From ${source.label} to which service?`);
  return (
    <div className={`map-hint ${no ? "failed" : ""}`} role="status">
      {text}
    </div>
  );
}
