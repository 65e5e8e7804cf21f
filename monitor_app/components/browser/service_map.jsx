// The map of services: the drawing or the list, the bar over it, the panel beside it.
import { useCallback, useContext, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { StateStoreContext } from "$/utils/context-registry";
import { display } from "./display.js";
import { useMapQuery, useSetMapQuery } from "./map_address.js";
import { MapFilters, MapTools } from "./map_bar.jsx";
import { EdgeBar, Hint, Nothing, Simulating, Skeleton } from "./map_extras.jsx";
import { useExport } from "./map_files.js";
import { MapFlow, flightMs } from "./map_flow.jsx";
import { useFolds } from "./map_folds.js";
import { isWanted, pathOf, shownOf, wantedOf } from "./map_graph.js";
import { MapList } from "./map_list.jsx";
import { marksOf } from "./map_marks.js";
import { NodeMenu } from "./map_menu.jsx";
import { MapPanel } from "./map_panel.jsx";
import { usePlaces } from "./map_places.js";
import { MapSearch } from "./map_search.jsx";
import { map } from "./map_store.js";
import { STATUSES } from "./status.jsx";
import { noteOpen } from "./url.js";

const CAUSES_PAUSE_MS = 300;
const NO_GRAPH = () => null;

/** The graph and its patches flow from the states into the store. */
function useFeed({ graph, feedState, feedVar, onReload }) {
  const states = useContext(StateStoreContext);
  const ask = useRef(onReload);
  ask.current = onReload;
  useEffect(() => {
    map.onReload(() => ask.current?.());
    return () => map.stop();
  }, []);
  useLayoutEffect(() => map.onGraph(graph), [graph]);
  useEffect(() => {
    const read = () => !display.isResting() && map.onPatch(states.getSnapshot(feedState)?.[feedVar]);
    read();
    return states.subscribe(feedState, read);
  }, [states, feedState, feedVar]);
}

/** The services that the address names, as numbers. */
function numbersOf(graph, text) {
  const names = new Set(text.split(",").filter(Boolean));
  return names.size && graph ? graph.nodes.filter(({ sid }) => names.has(sid)).map(({ id }) => id) : [];
}

/** Asks anew, a moment after statuses changed, for what follows from them. */
function useQuestions({ graph, chosen, down, onImpact, onSimulate, onCauses }) {
  const ask = useRef({});
  ask.current = { onImpact, onSimulate, onCauses };
  const downKey = down.join();
  useEffect(() => {
    if (graph && chosen) ask.current.onImpact(chosen);
  }, [graph, chosen]);
  useEffect(() => {
    if (graph && downKey) ask.current.onSimulate(downKey.split(",").map(Number));
  }, [graph, downKey]);
  useEffect(() => {
    let timer = null;
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        ask.current.onCauses();
        if (downKey) ask.current.onSimulate(downKey.split(",").map(Number));
      }, CAUSES_PAUSE_MS);
    };
    let isFirst = true; // causes come with the graph
    const stop = map.on("statuses", () => {
      if (!isFirst) later();
      isFirst = false;
    });
    isFirst = map.graph() === null;
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [downKey]);
}

/** A function that stays the same and does what `act` did at the last rendering. */
function useStable(act) {
  const latest = useRef(act);
  latest.current = act;
  return useCallback((...given) => latest.current(...given), []);
}

function Inner(props) {
  const { fixedGroup = "", may = [], openId, causes, onOpen, onEdit, onRelate, onEditRelation, onDeleteRelation, onFresh } = props;
  useFeed(props);
  const graph = useSyncExternalStore((listener) => map.on("graph", listener), map.graph, NO_GRAPH);
  const query = useMapQuery();
  const setQuery = useSetMapQuery();
  const flow = useReactFlow();
  const folds = useFolds(graph);
  const address = query.toString();
  const wanted = useMemo(() => wantedOf(new URLSearchParams(address), fixedGroup), [address, fixedGroup]);
  const { groups, tags, environments, types } = wanted;
  const shownWanted = useMemo(() => ({ ...wanted, statuses: [] }), [JSON.stringify([groups, tags, environments, [...types]])]);
  const shown = useMemo(() => (graph ? shownOf(graph, shownWanted, folds.isFolded) : null), [graph, shownWanted, folds.isFolded]);
  const isList = query.get("view") === "list";
  const mode = query.get("mode") ?? "";
  const [chosen] = mode === "impact" ? numbersOf(graph, query.get("of") ?? "") : [];
  const down = mode === "what-if" ? numbersOf(graph, query.get("down") ?? "") : [];
  const impact = chosen && props.impact?.id === chosen ? props.impact : null;
  const simulation = down.length && props.simulation?.down?.length ? props.simulation : null;
  const mayEdit = may.includes("relation:write");
  const places = usePlaces(graph, mayEdit, props.onPlaces, props.onResetPlaces);
  const [edge, setEdge] = useState(null);
  const [menu, setMenu] = useState(null);
  const [notice, setNotice] = useState("");
  const [circles, setCircles] = useState(null); // where the arrow that is being drawn may not end
  useQuestions({ ...props, graph, chosen, down });

  useEffect(() => {
    if (!graph) return undefined;
    const draw = () => {
      const keys = wanted.statuses.map((key) => STATUSES.findIndex((status) => status.key === key));
      const wantedStatuses = keys.length ? new Set(keys) : null;
      map.setMarks(marksOf({ graph, wantedStatuses, statusOf: map.status, causes, impact, simulation, circles }));
    };
    draw();
    return wanted.statuses.length ? map.on("statuses", draw) : undefined;
  }, [graph, wanted, causes, impact, simulation, circles]);
  useEffect(() => {
    if (!openId) return undefined;
    return map.on(`node:${openId}`, () => onFresh());
  }, [openId, onFresh]);
  useEffect(() => {
    if (!notice) return undefined;
    const timer = setTimeout(() => setNotice(""), 8000);
    return () => clearTimeout(timer);
  }, [notice]);

  const details = useCallback(
    (id) => {
      noteOpen(map.graph()?.byId.get(id)?.sid);
      onOpen(id);
    },
    [onOpen],
  );
  const toggleDown = (id) => {
    const next = down.includes(id) ? down.filter((each) => each !== id) : [...down, id];
    setQuery({ mode: "what-if", down: next.map((each) => graph.byId.get(each).sid).join(",") });
  };
  const impactOf = (id) => setQuery({ mode: "impact", of: graph.byId.get(id).sid });
  const choose = useStable((id) => {
    if (id.startsWith("g:")) folds.fold(id.slice(2), false);
    else if (mode === "impact") impactOf(Number(id));
    else if (mode === "what-if") toggleDown(Number(id));
    else details(Number(id));
  });
  const showMenu = useStable((id, x, y) => {
    if (!id.startsWith("g:")) setMenu({ id: Number(id), x, y });
    else setMenu({ group: shown.groups.find((group) => group.id === id), x, y });
  });
  const relate = useStable((source, target) => onRelate(source, target));
  const move = useStable(places.move);
  const find = (node) => {
    map.setCurrent(String(node.id));
    const path = pathOf(graph, node.group).filter(folds.isFolded);
    folds.unfold(path);
    const isHere = isWanted(node, wanted, graph);
    if (!isHere) setQuery({ group: "", tag: "", environment: "", status: "" });
    const fly = () => flow.fitView({ nodes: [{ id: String(node.id) }], maxZoom: 1.1, minZoom: 0.6, duration: flightMs() });
    // What was folded or filtered away is laid out first.
    setTimeout(fly, isHere && !path.length ? 0 : 150);
    setTimeout(() => document.querySelector(`[data-node="${node.id}"]`)?.focus({ preventScroll: true }), flightMs() + 200);
  };
  const exportAs = useExport({ flow, edges: shown?.edges ?? [], address, fixedGroup, onSaid: setNotice });
  const deleteRelation = (relation) => {
    setEdge(null);
    onDeleteRelation(relation);
  };
  const deleteChosen = useStable(() => edge?.relation && mayEdit && deleteRelation(edge.relation));

  if (!graph) return <Skeleton />;
  if (!graph.nodes.length) return <Nothing mayAdd={may.includes("service:write")} />;
  const visible = graph.nodes.filter((node) => isWanted(node, wanted, graph));
  const visibleIds = new Set(visible.map(({ id }) => id));
  const visibleEdges = graph.edges.filter(({ source, target, type }) => visibleIds.has(source) && visibleIds.has(target) && (!wanted.types.size || wanted.types.has(type)));
  return (
    <section className={`map ${mode ? `mode-${mode}` : ""}`} aria-label="Map of services">
      <div className="map-bar">
        <MapSearch nodes={graph.nodes} onFind={find} />
        <div className="map-controls">
          <MapFilters graph={graph} hasGroup={!fixedGroup} />
          <span className="map-gap" />
          <MapTools
            mode={mode}
            roots={causes?.roots?.length ?? 0}
            isList={isList}
            hasFolds={folds.names.length > 0}
            isAllFolded={folds.isAllFolded}
            mayReset={places.isMoved}
            onMode={(next) => setQuery({ mode: mode === next ? "" : next, of: "", down: "" })}
            onList={() => setQuery({ view: isList ? "" : "list" })}
            onFit={() => flow.fitView({ padding: 0.08, maxZoom: 1.1, duration: flightMs() })}
            onFoldAll={folds.foldAll}
            onReset={places.reset}
            onExport={exportAs}
          />
        </div>
      </div>
      {mode === "what-if" && <Simulating onEnd={() => setQuery({ mode: "", down: "" })} />}
      <div className="map-stage">
        {isList ? (
          <MapList graph={graph} nodes={visible} edges={visibleEdges} mayEdit={mayEdit} onOpen={choose} onEditRelation={onEditRelation} onDeleteRelation={deleteRelation} />
        ) : (
          <MapFlow
            shown={shown}
            kept={places.kept}
            mayEdit={mayEdit}
            selectedEdge={edge?.id ?? null}
            onFold={folds.fold}
            onOpen={choose}
            onMenu={showMenu}
            onEdge={setEdge}
            onMoved={move}
            onRelate={relate}
            onRefused={setNotice}
            onDrawing={setCircles}
            onDelete={deleteChosen}
          />
        )}
        {!isList && <Hint shown={shown} graph={graph} mayEdit={mayEdit} notice={notice} />}
        {!isList && edge && <EdgeBar edge={edge} graph={graph} mayEdit={mayEdit} onEdit={onEditRelation} onDelete={deleteRelation} onClose={() => setEdge(null)} />}
        {mode && (
          <MapPanel
            mode={mode}
            graph={graph}
            impact={impact}
            simulation={simulation}
            causes={causes}
            onFind={find}
            onDetails={details}
            onToggle={toggleDown}
            onClose={() => setQuery({ mode: "", of: "", down: "" })}
          />
        )}
      </div>
      <NodeMenu
        menu={menu}
        graph={graph}
        may={may}
        onFold={folds.fold}
        onClose={() => setMenu(null)}
        acts={{ details, impact: impactOf, "what-if": toggleDown, edit: onEdit, relate: (id) => onRelate(id, "") }}
      />
    </section>
  );
}

export function ServiceMap(props) {
  return (
    <ReactFlowProvider>
      <Inner {...props} />
    </ReactFlowProvider>
  );
}
