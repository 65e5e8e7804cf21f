// The map as a list: for screen readers, for keyboards, and for who would rather read.
import { useSyncExternalStore } from "react";
import { Icon } from "./icons.jsx";
import { pathOf } from "./map_graph.js";
import { markWords, useMark } from "./map_nodes.jsx";
import { map } from "./map_store.js";
import { StatusWord } from "./status.jsx";

const VERBS = { dependency: "depends on", communication: "talks to", "data-flow": "sends data to", member: "is made of" };

function Names({ ids, graph, onOpen }) {
  if (!ids.length) return <span className="muted">–</span>;
  return ids.map((id, index) => (
    <span key={id}>
      {index > 0 && ", "}
      <button type="button" className="map-name" onClick={() => onOpen(String(id))}>
        {graph.byId.get(id).label}
      </button>
    </span>
  ));
}

function Row({ node, graph, below, above, onOpen }) {
  const status = useSyncExternalStore((listener) => map.on(`node:${node.id}`, listener), () => map.status(node.id), () => 5);
  const said = markWords(useMark(String(node.id)));
  return (
    <tr data-service={node.id}>
      <th scope="row">
        <button type="button" className="map-name" onClick={() => onOpen(String(node.id))}>
          {node.label}
        </button>
      </th>
      <td>
        <StatusWord status={status} />
        {said && <span className="muted"> {said}</span>}
      </td>
      <td>{pathOf(graph, node.group).join(" / ") || <span className="muted">–</span>}</td>
      <td>
        <Names ids={below} graph={graph} onOpen={onOpen} />
      </td>
      <td>
        <Names ids={above} graph={graph} onOpen={onOpen} />
      </td>
    </tr>
  );
}

/** Which services each one leads to, and which lead to it, by the arrows that are shown. */
function neighbours(edges) {
  const [below, above] = [new Map(), new Map()];
  const add = (of, id, other) => of.set(id, [...new Set([...(of.get(id) ?? []), other])]);
  for (const { source, target } of edges) {
    add(below, source, target);
    add(above, target, source);
  }
  return { below, above };
}

export function MapList({ graph, nodes, edges, mayEdit, onOpen, onEditRelation, onDeleteRelation }) {
  const { below, above } = neighbours(edges);
  return (
    <div className="map-lists">
      <table className="map-table">
        <caption>Services and what is between them</caption>
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">Status</th>
            <th scope="col">Group</th>
            <th scope="col">Leads to</th>
            <th scope="col">Is needed by</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map((node) => (
            <Row key={node.id} node={node} graph={graph} below={below.get(node.id) ?? []} above={above.get(node.id) ?? []} onOpen={onOpen} />
          ))}
        </tbody>
      </table>
      <table className="map-table">
        <caption>Relations</caption>
        <thead>
          <tr>
            <th scope="col">Relation</th>
            <th scope="col">Note</th>
            {mayEdit && <th scope="col">Change</th>}
          </tr>
        </thead>
        <tbody>
          {edges.map((edge) => {
            const words = `${graph.byId.get(edge.source).label} ${VERBS[edge.type]} ${graph.byId.get(edge.target).label}`;
            return (
              <tr key={`${edge.relation}-${edge.source}-${edge.target}`}>
                <td>
                  {words}
                  {!edge.enabled && <span className="muted"> (disabled)</span>}
                </td>
                <td className="muted">{edge.note}</td>
                {mayEdit && (
                  <td className="map-change">
                    {edge.relation > 0 && (
                      <>
                        <button type="button" className="icon-button" aria-label={`Edit: ${words}`} onClick={() => onEditRelation(edge.relation)}>
                          <Icon name="edit" />
                        </button>
                        <button type="button" className="icon-button" aria-label={`Delete: ${words}`} onClick={() => onDeleteRelation(edge.relation)}>
                          <Icon name="trash" />
                        </button>
                      </>
                    )}
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
