// The map as files: pictures are made here, text comes from the server.
import { valuesOf } from "./address_values.js";
import { pngOf, save, svgOf } from "./map_export.js";
import { FILTERS } from "./map_graph.js";
import { markWords } from "./map_nodes.jsx";
import { map } from "./map_store.js";
import { apiUrl } from "./post.js";
import { STATUSES } from "./status.jsx";

function lookOf(node) {
  if (node.type === "service") {
    const { service } = node.data;
    const status = map.status(service.id);
    return { label: service.label, says: markWords(map.mark(node.id)) || STATUSES[status].word, status };
  }
  const { group } = node.data;
  return { label: group.name || "No group", says: `${group.members.length} services`, status: map.groupStatus(group.name) ?? 5 };
}

async function textOf(format, address, fixedGroup) {
  const query = new URLSearchParams(address);
  const wanted = new URLSearchParams({ format });
  for (const name of FILTERS) if (query.get(name)) wanted.set(name, valuesOf(query.get(name)).join(","));
  if (fixedGroup) wanted.set("group", fixedGroup);
  const answer = await fetch(apiUrl(`/api/map?${wanted}`), { credentials: "include" });
  if (!answer.ok) throw new Error(`the server refused it (${answer.status})`);
  return answer.text();
}

const ENDINGS = { mermaid: "mmd", dot: "dot" };

/** What a choice of the export menu does; `onSaid` takes a word about it. */
export function useExport({ flow, edges, address, fixedGroup, onSaid }) {
  return async (action) => {
    try {
      if (action === "svg" || action === "png") {
        const picture = svgOf(flow.getNodes(), edges, lookOf);
        save(`map.${action}`, action === "svg" ? new Blob([picture.text], { type: "image/svg+xml" }) : await pngOf(picture));
        return;
      }
      const format = action.replace("copy-", "");
      const text = await textOf(format, address, fixedGroup);
      if (format === action) save(`map.${ENDINGS[format]}`, new Blob([text], { type: "text/plain" }));
      else {
        await navigator.clipboard.writeText(text);
        onSaid("Copied");
      }
    } catch (error) {
      onSaid(`This did not work: ${error.message}`);
    }
  };
}
