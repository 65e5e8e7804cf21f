// The drawing itself: boxes and arrows that can be moved, walked through by keys, and drawn.
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { MiniMap, ReactFlow, useNodesState, useReactFlow, useStore } from "@xyflow/react";
import dagre from "@dagrejs/dagre";
import "@xyflow/react/dist/base.css";
import { Arrows } from "./map_arrows.jsx";
import { DrawingHint, useDrawing } from "./map_drawing.jsx";
import { neighbour, shapeOf } from "./map_graph.js";
import { FOLDED, NODE, framesAround, layOut } from "./map_layout.js";
import { MiniNode } from "./map_mini.jsx";
import { FoldedGroup, GroupFrame, ServiceNode } from "./map_nodes.jsx";
import { map } from "./map_store.js";

const NODE_TYPES = { service: ServiceNode, folded: FoldedGroup, frame: GroupFrame };
const FIT = { padding: 0.08, maxZoom: 1.1, minZoom: 0.05 };
const FLY_MS = 500;
const NUDGE = 20;
const REST_MS = 600;
const NO_EDGES = [];
const PRO = { hideAttribution: true }; // docs/map.md names it
const STEPS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);
// Nobody reads a label that is smaller than half.
const isFarAway = (state) => state.transform[2] < 0.5;
// More than this is drawn only where one looks.
const MANY = 150;
// So few are drawn in full from afar, too.
const FEW = 60;
const DEEPEST = 100; // levels of groups: far more than there can be

export function flightMs() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : FLY_MS;
}

/** The boxes of what is shown: at their kept places, or where the layout puts them. Frames lie behind what is in them. */
function boxesOf(shown, corners, onFold, mayDraw) {
  const at = (id) => corners.get(String(id)) ?? { x: 0, y: 0 };
  const frames = framesAround(shown.groups, corners);
  return [
    ...shown.groups
      .filter((group) => !group.isFolded)
      .map((group) => {
        const { x, y, width, height } = frames.get(group.id);
        return { id: group.id, type: "frame", position: { x, y }, width, height, data: { group, onFold }, zIndex: group.depth - DEEPEST, dragHandle: "header", focusable: false };
      }),
    ...shown.groups
      .filter((group) => group.isFolded)
      .map((group) => ({ id: group.id, type: "folded", position: at(group.id), ...FOLDED, data: { group, onFold } })),
    ...shown.services.map((service) => ({ id: String(service.id), type: "service", position: at(service.id), ...NODE, data: { service, mayDraw } })),
  ];
}

/** Frames follow what is in them. */
function framed(nodes) {
  const groups = nodes.filter((node) => node.type === "frame").map((node) => node.data.group);
  const frames = framesAround(groups, new Map(nodes.map((node) => [node.id, node.position])));
  return nodes.map((node) => {
    if (node.type !== "frame") return node;
    const { x, y, width, height } = frames.get(node.id);
    if (x === node.position.x && y === node.position.y && width === node.width && height === node.height) return node;
    return { ...node, position: { x, y }, width, height };
  });
}

/** The ids of all that moves with a frame: what is in it, and in the frames in it. */
function heldBy(group, nodes) {
  const groups = new Map(nodes.filter((node) => node.type === "frame").map((node) => [node.id, node.data.group]));
  const held = new Set();
  const waiting = [...group.inside];
  while (waiting.length) {
    const id = waiting.pop();
    held.add(id);
    waiting.push(...(groups.get(id)?.inside ?? []));
  }
  return held;
}

export const MapFlow = memo(function MapFlow({ shown, kept, mayEdit, selectedEdge, onFold, onOpen, onMenu, onEdge, onMoved, onRelate, onRefused, onDrawing, onDelete }) {
  const flow = useReactFlow();
  const isFar = useStore(isFarAway);
  const wrapper = useRef(null);
  const shape = shapeOf(shown);
  const [isTall] = useState(() => window.matchMedia("(max-width: 640px) and (orientation: portrait)").matches);
  const corners = useMemo(() => layOut(dagre, shown, isTall), [shape, isTall]);
  const places = useMemo(() => new Map([...corners].map(([id, place]) => [id, kept.get(id) ?? place])), [corners, kept]);
  const [nodes, setNodes, onNodesChange] = useNodesState([]);
  const [built, setBuilt] = useState(null); // the shape whose boxes are there
  const [fitted, setFitted] = useState(null); // and the one that was last fitted into the window
  const drag = useRef(null);
  const drawing = useDrawing({ onRelate, onRefused, onDrawing });

  useEffect(() => {
    setNodes(boxesOf(shown, places, onFold, mayEdit));
    setBuilt(shape);
  }, [shown, places, shape, onFold, mayEdit, setNodes]);
  useEffect(() => {
    if (built !== shape || fitted === shape) return undefined;
    // React Flow takes the new boxes after this.
    const frame = requestAnimationFrame(() => {
      flow.fitView({ ...FIT, duration: fitted === null ? 0 : flightMs() });
      setFitted(shape);
    });
    return () => cancelAnimationFrame(frame);
  }, [built, shape, fitted, flow]);
  useEffect(() => {
    const ids = new Set(shown.services.map(({ id }) => String(id)));
    for (const { id, isFolded } of shown.groups) if (isFolded) ids.add(id);
    if (!ids.has(map.current())) map.setCurrent([...ids][0] ?? null);
  }, [shown]);

  // What somebody else has moved goes there at once; what is dragged here meanwhile stays in hand.
  useEffect(
    () =>
      map.on("places", () => {
        const moved = map.moved();
        for (const [id, at] of moved) for (const known of [kept, places]) known.set(id, at);
        setNodes((all) => framed(all.map((node) => (moved.has(node.id) && node.id !== drag.current?.id ? { ...node, position: moved.get(node.id) } : node))));
      }),
    [kept, places, setNodes],
  );

  const onNodeDragStart = useCallback((_, node) => {
    drag.current = { id: node.id, ...node.position };
  }, []);
  const onNodeDrag = useCallback(
    (_, node) => {
      if (node.type !== "frame" || !drag.current) return;
      const [dx, dy] = [node.position.x - drag.current.x, node.position.y - drag.current.y];
      drag.current = { id: node.id, ...node.position };
      setNodes((all) => {
        const held = heldBy(node.data.group, all);
        return all.map((each) => (held.has(each.id) ? { ...each, position: { x: each.position.x + dx, y: each.position.y + dy } } : each));
      });
    },
    [setNodes],
  );
  const onNodeDragStop = useCallback(
    (_, node) => {
      setNodes(framed);
      drag.current = null;
      const all = flow.getNodes();
      const held = node.type === "frame" ? heldBy(node.data.group, all) : new Set([node.id]);
      onMoved(all.filter(({ id, type }) => type !== "frame" && held.has(id)).map(({ id, position }) => ({ id, ...position })));
    },
    [flow, onMoved, setNodes],
  );

  // Handlers stay the same functions: with other ones every box and arrow would be rendered anew.
  const onNodeClick = useCallback((_, node) => node.type !== "frame" && onOpen(node.id), [onOpen]);
  const onNodeContextMenu = useCallback(
    (event, node) => {
      event.preventDefault();
      onMenu(node.id, event.clientX, event.clientY);
    },
    [onMenu],
  );
  // What is moved is not looked at for what lies under the pointer.
  const onMoveStart = useCallback((event) => event && wrapper.current?.classList.add("moving"), []);
  const onMoveEnd = useCallback(() => wrapper.current?.classList.remove("moving"), []);
  const onPaneClick = useCallback(() => onEdge(null), [onEdge]);

  const focusNode = (id) => {
    map.setCurrent(id);
    const node = flow.getNode(id);
    const box = wrapper.current.getBoundingClientRect();
    const zoom = flow.getZoom();
    const corner = flow.flowToScreenPosition(node.position);
    const isInside = corner.x > box.left && corner.y > box.top && corner.x + node.width * zoom < box.right && corner.y + node.height * zoom < box.bottom;
    if (!isInside) flow.setCenter(node.position.x + node.width / 2, node.position.y + node.height / 2, { zoom, duration: flightMs() });
    // What is drawn only where one looks has to come first.
    requestAnimationFrame(() => wrapper.current?.querySelector(`[data-node="${CSS.escape(id)}"]`)?.focus({ preventScroll: true }));
  };
  const nudged = useRef({ ids: new Set(), timer: null });
  // What keys move is kept once they rest.
  const nudge = (id, key) => {
    const [dx, dy] = { ArrowLeft: [-NUDGE, 0], ArrowRight: [NUDGE, 0], ArrowUp: [0, -NUDGE], ArrowDown: [0, NUDGE] }[key];
    setNodes((all) => framed(all.map((node) => (node.id === id ? { ...node, position: { x: node.position.x + dx, y: node.position.y + dy } } : node))));
    const now = nudged.current;
    now.ids.add(id);
    clearTimeout(now.timer);
    now.timer = setTimeout(() => {
      onMoved(flow.getNodes().filter((node) => now.ids.has(node.id)).map((node) => ({ id: node.id, ...node.position })));
      now.ids.clear();
    }, REST_MS);
  };
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const id = event.target.dataset?.node;
    if (id && event.shiftKey && STEPS.has(event.key)) nudge(id, event.key);
    else if (id && STEPS.has(event.key)) {
      const middles = flow.getNodes().filter((node) => node.type !== "frame");
      const next = neighbour(new Map(middles.map((node) => [node.id, { x: node.position.x + node.width / 2, y: node.position.y + node.height / 2 }])), id, event.key);
      if (next) focusNode(next);
    } else if (id && (event.key === "Enter" || event.key === " ")) onOpen(id);
    else if (id && (event.key === "m" || event.key === "ContextMenu")) {
      const box = event.target.getBoundingClientRect();
      onMenu(id, box.left, box.bottom);
    } else if ((event.key === "Delete" || event.key === "Backspace") && selectedEdge) onDelete();
    else return;
    event.preventDefault();
  };

  return (
    <div ref={wrapper} className={`map-canvas ${drawing.source ? "drawing" : ""} ${fitted === null ? "unfitted" : ""} ${isFar && nodes.length > FEW ? "far" : ""}`} onKeyDown={onKeyDown} data-shown={shown.total}>
      <ReactFlow
        nodes={nodes}
        edges={NO_EDGES}
        nodeTypes={NODE_TYPES}
        onNodesChange={onNodesChange}
        onNodeClick={onNodeClick}
        onNodeContextMenu={onNodeContextMenu}
        onPaneClick={onPaneClick}
        onMoveStart={onMoveStart}
        onMoveEnd={onMoveEnd}
        onNodeDragStart={onNodeDragStart}
        onNodeDrag={onNodeDrag}
        onNodeDragStop={onNodeDragStop}
        {...drawing.handlers}
        nodesConnectable={mayEdit}
        nodesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        zoomOnDoubleClick={false}
        onlyRenderVisibleElements={nodes.length > MANY}
        minZoom={0.05}
        maxZoom={2}
        proOptions={PRO}
      >
        <Arrows edges={shown.edges} nodes={nodes} selected={selectedEdge} onEdge={onEdge} />
        <MiniMap className="map-mini" nodeComponent={MiniNode} pannable zoomable ariaLabel="Overview of the map" />
      </ReactFlow>
      <DrawingHint circles={drawing.circles} />
    </div>
  );
});
