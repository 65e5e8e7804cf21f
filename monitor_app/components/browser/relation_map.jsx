// A small map: one service amid those it depends on and those that depend on it, laid out as the large map does it.
import { useEffect, useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import dagre from "@dagrejs/dagre";
import { NODE, layOut } from "./map_layout.js";
import { Glyph, STATUSES } from "./status.jsx";
import { serviceAddress } from "./url.js";

const MARGIN = 4; // what an outline needs
const LEAST_SCALE = 0.6; // below that nobody reads a label

/** A line from the right side of one box to the left side of another, and its head. */
function arrow(from, to) {
  const [x1, y1] = [from.x + NODE.width, from.y + NODE.height / 2];
  const [x2, y2] = [to.x - 1, to.y + NODE.height / 2];
  const bend = Math.max(24, Math.abs(x2 - x1) / 2);
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}M${x2 - 7} ${y2 - 4}L${x2} ${y2}L${x2 - 7} ${y2 + 4}`;
}

function drawn(graph) {
  const services = graph.nodes.map(({ id }) => ({ id }));
  const edges = graph.edges.map(([source, target]) => ({ source: String(source), target: String(target) }));
  const places = layOut(dagre, { services, groups: [], edges });
  const corners = [...places.values()];
  return {
    places,
    width: Math.max(...corners.map(({ x }) => x)) + NODE.width + 2 * MARGIN,
    height: Math.max(...corners.map(({ y }) => y)) + NODE.height + 2 * MARGIN,
  };
}

/** How wide the element is now. */
function useWidth(element) {
  const [width, setWidth] = useState(null);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(entry.contentRect.width));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return width;
}

/** On which sides more of it lies beyond the frame: "start", "end", both, or none. */
function useBeyond(element, shape) {
  const [sides, setSides] = useState("");
  useEffect(() => {
    const look = () => {
      const { scrollLeft, scrollWidth, clientWidth } = element.current;
      const found = [scrollLeft > 1 && "start", scrollLeft < scrollWidth - clientWidth - 1 && "end"];
      setSides(found.filter(Boolean).join(" "));
    };
    const box = element.current;
    look();
    box.addEventListener("scroll", look, { passive: true });
    return () => box.removeEventListener("scroll", look);
  }, [shape]);
  return sides;
}

export function RelationMap({ graph }) {
  const box = useRef(null);
  const room = useWidth(box);
  const shape = JSON.stringify([graph.nodes?.map(({ id }) => id), graph.edges]);
  const drawing = useMemo(() => (graph.nodes?.length ? drawn(graph) : null), [shape]);
  const scale = drawing && room ? Math.min(1, Math.max(LEAST_SCALE, room / drawing.width)) : 1;
  useEffect(() => {
    if (!drawing || !room) return;
    const own = drawing.places.get(String(graph.own));
    box.current.scrollLeft = (own.x + NODE.width / 2) * scale - room / 2; // where there is no room for all of it
  }, [drawing, room]);
  const isWider = Boolean(drawing && room && drawing.width * scale > room);
  const beyond = useBeyond(box, `${shape} ${room}`);
  return (
    <div ref={box} className="relation-map" data-beyond={beyond || undefined} tabIndex={isWider ? 0 : undefined} role="group" aria-label={isWider ? "Map of its relations, wider than its frame: arrow keys move it" : "Map of its relations"}>
      {drawing && room && (
        <div className="relation-map-size" style={{ width: drawing.width * scale, height: drawing.height * scale }}>
          <div className="relation-map-drawing" style={{ width: drawing.width, height: drawing.height, transform: `scale(${scale})` }}>
            <svg width={drawing.width} height={drawing.height} aria-hidden="true">
              <g transform={`translate(${MARGIN} ${MARGIN})`}>
                {graph.edges.map(([source, target, type]) => (
                  <path key={`${source}-${target}-${type}`} className={`relation-line ${type}`} d={arrow(drawing.places.get(String(source)), drawing.places.get(String(target)))} />
                ))}
              </g>
            </svg>
            {graph.nodes.map((node) => {
              const { x, y } = drawing.places.get(String(node.id));
              const { key, word } = STATUSES[node.status];
              const isOwn = node.id === graph.own;
              return (
                <Link
                  key={node.id}
                  to={serviceAddress(node.sid)}
                  className={`map-node ${key} ${isOwn ? "own" : ""}`}
                  style={{ left: x + MARGIN, top: y + MARGIN, width: NODE.width, height: NODE.height }}
                  aria-current={isOwn ? "page" : undefined}
                  title={`${node.label}: ${word}`}
                >
                  <Glyph status={node.status} />
                  <span className="map-label">{node.label}</span>
                  <span className="map-says">{word}</span>
                </Link>
              );
            })}
          </div>
        </div>
      )}
    </div>
  );
}
