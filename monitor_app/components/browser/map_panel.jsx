// What is known beside the drawing: what hangs on a service and whom to tell, origins of failures, a simulation.
import { useSyncExternalStore } from "react";
import { Icon } from "./icons.jsx";
import { becauseWords } from "./map_marks.js";
import { map } from "./map_store.js";
import { Glyph, STATUSES } from "./status.jsx";
import { plural } from "./words.js";

function Found({ node, says, onFind }) {
  const status = useSyncExternalStore((listener) => map.on(`node:${node.id}`, listener), () => map.status(node.id), () => 5);
  return (
    <li>
      <button type="button" className="map-found" onClick={() => onFind(node)}>
        <Glyph status={status} />
        <span className="map-label">{node.label}</span>
        <span className="muted">{says}</span>
        <span className="for-readers">{STATUSES[status].word}</span>
      </button>
    </li>
  );
}

function stepWords(steps) {
  return steps === 1 ? "directly" : plural(steps, "step");
}

function List({ title, entries, graph, none, onFind }) {
  const known = entries.filter(([id]) => graph.byId.has(id));
  return (
    <section>
      <h3>
        {title} <span className="mono muted">{known.length}</span>
      </h3>
      {known.length ? (
        <ul className="map-list">
          {known.map(([id, steps]) => (
            <Found key={id} node={graph.byId.get(id)} says={typeof steps === "number" ? stepWords(steps) : steps} onFind={onFind} />
          ))}
        </ul>
      ) : (
        <p className="help">{none}</p>
      )}
    </section>
  );
}

function People({ ids, graph }) {
  const made = new Map();
  for (const id of ids) {
    const node = graph.byId.get(id);
    if (node?.owner) made.set(node.owner, [...(made.get(node.owner) ?? []), node.label]);
  }
  if (!made.size) return null;
  return (
    <section>
      <h3>
        People to tell <span className="mono muted">{made.size}</span>
      </h3>
      <ul className="map-people">
        {[...made].map(([owner, labels]) => (
          <li key={owner}>
            <Icon name="user" /> <b>{owner}</b> <span className="muted">{labels.length === 1 ? labels[0] : plural(labels.length, "service")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Impact({ impact, graph, onFind, onDetails }) {
  const node = impact && graph.byId.get(impact.id);
  if (!node) return <p className="help">Choose a service on the map: what depends on it lights up, and what it depends on.</p>;
  return (
    <>
      <p className="map-chosen">
        <Glyph status={map.status(node.id)} /> <b>{node.label}</b>
        <button type="button" className="quiet" onClick={() => onDetails(node.id)}>
          Details
        </button>
      </p>
      <List title="Depends on it" entries={impact.dependents} graph={graph} none="Nothing depends on it." onFind={onFind} />
      <List title="It depends on" entries={impact.dependencies} graph={graph} none="It depends on nothing." onFind={onFind} />
      <People ids={[impact.id, ...impact.dependents.map(([id]) => id)]} graph={graph} />
    </>
  );
}

function WhatIf({ simulation, graph, onFind, onToggle }) {
  if (!simulation) return <p className="help">Choose services on the map that would be down. What would fail with them shows at once.</p>;
  return (
    <>
      <section>
        <h3>
          Down in this simulation <span className="mono muted">{simulation.down.length}</span>
        </h3>
        <ul className="map-list">
          {simulation.down.map((id) => (
            <li key={id} className="map-down">
              <span className="map-label">{graph.byId.get(id)?.label}</span>
              <button type="button" className="icon-button" aria-label={`${graph.byId.get(id)?.label} is up after all`} onClick={() => onToggle(id)}>
                <Icon name="close" size={12} />
              </button>
            </li>
          ))}
        </ul>
      </section>
      <List title="Would fail" entries={simulation.fails} graph={graph} none="Nothing else would fail." onFind={onFind} />
      {simulation.weakened.length > 0 && (
        <List title="Would go on with less" entries={simulation.weakened.map((id) => [id, "loses a member"])} graph={graph} none="" onFind={onFind} />
      )}
      <People ids={[...simulation.down, ...simulation.fails.map(([id]) => id)]} graph={graph} />
    </>
  );
}

function Causes({ causes, graph, onFind }) {
  const because = causes.because.map(([id, roots]) => [id, becauseWords(roots, graph.byId)]);
  return (
    <>
      <List title="Probable origins" entries={causes.roots.map((id) => [id, ""])} graph={graph} none="Nothing is down." onFind={onFind} />
      <List title="In trouble because of them" entries={because} graph={graph} none="Nothing else." onFind={onFind} />
    </>
  );
}

const TITLES = { impact: "Impact", "what-if": "What if", causes: "Root causes" };

export function MapPanel({ mode, graph, impact, simulation, causes, onFind, onDetails, onToggle, onClose }) {
  return (
    <aside className="map-panel" aria-label={TITLES[mode]}>
      <header>
        <h2>{TITLES[mode]}</h2>
        <button type="button" className="icon-button" aria-label={`Close: ${TITLES[mode]}`} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="map-panel-body" tabIndex={0} role="region" aria-label={`${TITLES[mode]}: what was found`}>
        {mode === "impact" && <Impact impact={impact} graph={graph} onFind={onFind} onDetails={onDetails} />}
        {mode === "what-if" && <WhatIf simulation={simulation} graph={graph} onFind={onFind} onToggle={onToggle} />}
        {mode === "causes" && <Causes causes={causes} graph={graph} onFind={onFind} />}
      </div>
    </aside>
  );
}
