// The bar over the map: filters, which stand in the address, and what can be done with the whole of it.
import { useMemo, useState } from "react";
import { Facet } from "./facets.jsx";
import { Icon } from "./icons.jsx";
import { useMapQuery, useSetMapQuery } from "./map_address.js";
import { FILTERS, TYPES, pathOf } from "./map_graph.js";
import { PopMenu } from "./pop_menu.jsx";
import { STATUSES } from "./status.jsx";

const TYPE_WORDS = { dependency: "Depends on", communication: "Talks to", "data-flow": "Sends data to", member: "Made of" };

/** The values that occur, each with how often. */
function counted(values) {
  const counts = new Map();
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ value, text: value, count })).sort((a, b) => a.text.localeCompare(b.text));
}

const STATUS_CHOICES = STATUSES.map(({ key, word }, status) => ({ value: key, text: word, status }));
const TYPE_CHOICES = TYPES.map((value) => ({ value, text: TYPE_WORDS[value] }));

function choicesOf(graph) {
  return {
    group: counted(graph.nodes.flatMap((node) => pathOf(graph, node.group))),
    tag: counted(graph.nodes.flatMap((node) => node.tags)),
    environment: counted(graph.nodes.map((node) => node.environment)),
    status: STATUS_CHOICES,
    type: TYPE_CHOICES,
  };
}

const TITLES = { group: "Group", tag: "Tag", environment: "Environment", status: "Status", type: "Relation" };

export function MapFilters({ graph, hasGroup }) {
  const query = useMapQuery();
  const setQuery = useSetMapQuery();
  const choices = useMemo(() => choicesOf(graph), [graph]);
  // The group of a page that is about one is not to be cleared.
  const filters = hasGroup ? FILTERS : FILTERS.filter((name) => name !== "group");
  const isFiltered = filters.some((name) => query.get(name));
  return (
    <div className="facets" role="group" aria-label="Filters">
      {filters
        .filter((name) => choices[name].length > 0 || query.get(name))
        .map((name) => (
          <Facet key={name} facet={{ name, title: TITLES[name] }} choices={choices[name]} query={query} setQuery={setQuery} />
        ))}
      {isFiltered && (
        <button type="button" className="quiet" onClick={() => setQuery(Object.fromEntries(filters.map((name) => [name, ""])))}>
          <Icon name="close" size={12} /> Clear filters
        </button>
      )}
    </div>
  );
}

function Tool({ icon, text, isOn, isBare = false, ...rest }) {
  return (
    <button type="button" className={`plain map-tool ${isOn ? "on" : ""} ${isBare ? "bare" : ""}`} aria-pressed={isOn} aria-label={text} title={text} {...rest}>
      <Icon name={icon} />
      <span className="text">{text}</span>
    </button>
  );
}

/** `modes` tells which of impact, what if and causes is on; `roots` how many origins there are now. */
export function MapTools({ mode, roots, isList, hasFolds, isAllFolded, mayReset, onMode, onList, onFit, onFoldAll, onReset, onExport }) {
  const [menu, setMenu] = useState(null);
  const items = [
    { action: "svg", icon: "download", text: "Picture (SVG)" },
    { action: "png", icon: "download", text: "Picture (PNG)" },
    { action: "mermaid", icon: "download", text: "Mermaid" },
    { action: "dot", icon: "download", text: "DOT (Graphviz)" },
    { action: "copy-mermaid", icon: "copy", text: "Copy as Mermaid" },
    { action: "copy-dot", icon: "copy", text: "Copy as DOT" },
  ];
  return (
    <div className="map-tools" role="toolbar" aria-label="Map">
      {roots > 0 && <Tool icon="octagon" text={`Root cause${roots > 1 ? `s: ${roots}` : ""}`} isOn={mode === "causes"} onClick={() => onMode("causes")} />}
      <Tool icon="impact" text="Impact" isOn={mode === "impact"} onClick={() => onMode("impact")} />
      <Tool icon="whatif" text="What if" isOn={mode === "what-if"} onClick={() => onMode("what-if")} />
      <span className="map-gap" />
      {hasFolds && !isList && <Tool isBare icon={isAllFolded ? "plus" : "minus"} text={isAllFolded ? "Unfold all" : "Fold all"} onClick={onFoldAll} />}
      {!isList && <Tool isBare icon="fit" text="Fit" onClick={onFit} />}
      {!isList && mayReset && <Tool isBare icon="undo" text="Reset layout" onClick={onReset} />}
      <Tool icon={isList ? "board" : "list"} text={isList ? "Map" : "List"} onClick={onList} />
      <button
        type="button"
        id="map-export"
        className="plain map-tool bare"
        aria-haspopup="menu"
        aria-label="Export"
        title="Export"
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          setMenu({ x: box.right, y: box.bottom + 4, isAtEnd: true });
        }}
      >
        <Icon name="download" />
        <span className="text">Export</span>
      </button>
      <PopMenu place={menu} label="Export" items={items} goBack={() => document.getElementById("map-export")?.focus()} onClose={() => setMenu(null)} onChoose={onExport} />
    </div>
  );
}
