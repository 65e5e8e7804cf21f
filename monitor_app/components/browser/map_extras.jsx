// Small things around the drawing: what to do when there is nothing, the chosen arrow, the banner of a simulation.
import { useEffect, useState } from "react";
import { Icon } from "./icons.jsx";

const SKELETON_AFTER_MS = 300;
const VERBS = { dependency: "depends on", communication: "talks to", "data-flow": "sends data to", member: "is made of", mixed: "leads to" };

export function Skeleton() {
  const [isDue, setIsDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsDue(true), SKELETON_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <section className="map" aria-busy="true" aria-label="Map of services">
      <div className="map-bar" />
      <div className={`map-stage map-ghosts ${isDue ? "" : "not-yet"}`}>
        {Array.from({ length: 9 }, (_, index) => (
          <span key={index} className="ghost" />
        ))}
      </div>
    </section>
  );
}

export function Nothing({ mayAdd }) {
  return (
    <div className="empty-board">
      <h1>No services to draw yet</h1>
      <p className="lead">The map shows what depends on what. It fills by itself with the services that are watched.</p>
      <div className="other">
        <a href="/">{mayAdd ? "Add the first on the board" : "To the board"}</a>, or read <a href="/help/map">how the map works</a>
      </div>
    </div>
  );
}

export function Simulating({ onEnd }) {
  return (
    <div className="map-simulating" role="status">
      <Icon name="whatif" />
      <span>
        <b>Simulation: nothing is changed.</b> Choose what would be down.
      </span>
      <button type="button" className="plain" onClick={onEnd}>
        End the simulation
      </button>
    </div>
  );
}

/** What was refused just now, or how to draw the first relation, or that the filters let nothing through. */
export function Hint({ shown, graph, mayEdit, notice }) {
  if (notice) {
    return (
      <div className="map-hint failed" role="status">
        {notice}
      </div>
    );
  }
  if (!shown.total) return <div className="map-hint">No service matches these filters.</div>;
  if (graph.edges.length) return null;
  const how = mayEdit ? "Drag from the dot at the right edge of a service to the one that it depends on." : "An editor draws them.";
  return (
    <div className="map-hint">
      <b>No relations yet.</b> {how}
    </div>
  );
}

function nameOf(graph, id) {
  return id.startsWith("g:") ? id.slice(2) || "No group" : (graph.byId.get(Number(id))?.label ?? id);
}

export function EdgeBar({ edge, graph, mayEdit, onEdit, onDelete, onClose }) {
  const words = `${nameOf(graph, edge.source)} ${VERBS[edge.type]} ${nameOf(graph, edge.target)}`;
  return (
    <div className="map-edge-bar" role="group" aria-label="The chosen relation">
      <span>
        {words}
        {edge.count > 1 && <span className="muted"> ({edge.count} relations)</span>}
        {!edge.enabled && <span className="muted"> (disabled)</span>}
        {edge.note && <span className="muted"> – {edge.note}</span>}
      </span>
      {mayEdit && edge.relation > 0 && (
        <>
          <button type="button" className="plain" onClick={() => onEdit(edge.relation)}>
            <Icon name="edit" /> Edit
          </button>
          <button type="button" className="plain dangerous" onClick={() => onDelete(edge.relation)}>
            <Icon name="trash" /> Delete
          </button>
        </>
      )}
      <button type="button" className="icon-button" aria-label="Let go of the relation" onClick={onClose}>
        <Icon name="close" />
      </button>
    </div>
  );
}
