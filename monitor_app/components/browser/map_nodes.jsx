// What stands on the map: services, folded groups, frames around groups. Each looks at the store itself.
import { memo, useCallback, useSyncExternalStore } from "react";
import { Handle, Position } from "@xyflow/react";
import { chipClass } from "./tag_chip.jsx";
import { colourOf, coloursVersion, onColours } from "./colours.js";
import { Icon } from "./icons.jsx";
import { map } from "./map_store.js";
import { Glyph, STATUSES } from "./status.jsx";
import { plural } from "./words.js";

/** What `read` tells of a node, rendered anew only when that is something else. */
export function useOfNode(id, read) {
  const subscribe = useCallback((listener) => map.on(`node:${id}`, listener), [id]);
  return useSyncExternalStore(subscribe, read, read);
}

export function useMark(id) {
  return useOfNode(id, () => map.mark(id));
}

// Cut here, not by CSS: each box that clips its text costs time in every frame while the map is moved.
const LABEL_CHARS = 19;
const SAYS_CHARS = 22;

function shortened(text, limit) {
  const chars = [...text];
  return chars.length > limit ? `${chars.slice(0, limit - 1).join("")}…` : text;
}

const DOTS = 4;

/** The colours of a service's tags; their names are told where there is room for them. */
const TagDots = memo(function TagDots({ tags }) {
  useSyncExternalStore(onColours, coloursVersion, coloursVersion);
  const coloured = tags.filter((tag) => colourOf("tag", tag));
  if (!coloured.length) return null;
  return (
    <span className="map-tags" aria-hidden="true">
      {coloured.slice(0, DOTS).map((tag) => (
        <i key={tag} className={chipClass(colourOf("tag", tag))} />
      ))}
    </span>
  );
});

const FATES = { down: "Simulated: down", fails: "Would fail", weakened: "Would lose a member" };

/** What a mark says in words, "" for nothing. */
export function markWords(mark) {
  if (mark.isForbidden) return "Would close a circle";
  if (mark.fate) return FATES[mark.fate];
  if (mark.isRoot) return "Probable origin";
  return mark.because ?? "";
}

function classOf(kind, status, mark) {
  const extra = [mark.side && `side-${mark.side}`, mark.fate && `fate-${mark.fate}`, mark.isRoot && "root"];
  const faded = [mark.isFaded && "faded", mark.isForbidden && "forbidden"];
  return [kind, STATUSES[status].key, ...extra, ...faded].filter(Boolean).join(" ");
}

/** Where arrows end and begin. The left one is the whole box while an arrow is drawn. */
function Ends({ mayDraw }) {
  return (
    <>
      <Handle type="target" position={Position.Left} className="end-in" isConnectableStart={false} />
      <Handle type="source" position={Position.Right} className={mayDraw ? "end-out" : "end-out hidden"} isConnectable={mayDraw} />
    </>
  );
}

export const ServiceNode = memo(function ServiceNode({ id, data }) {
  const { service, mayDraw } = data;
  const status = useOfNode(id, () => map.status(service.id));
  const mark = useMark(id);
  const isCurrent = useOfNode(id, () => map.current() === id);
  const { word } = STATUSES[status];
  const said = markWords(mark);
  const tags = service.tags.length ? `. Tags: ${service.tags.join(", ")}` : "";
  return (
    <>
      <div
        className={classOf("map-node", status, mark)}
        role="button"
        tabIndex={isCurrent ? 0 : -1}
        data-node={id}
        data-service={service.id}
        title={`${service.label}: ${word}${said ? `. ${said}` : ""}${tags}`}
        aria-label={`${service.label}, ${word}${said ? `, ${said}` : ""}`}
      >
        <Glyph status={status} />
        <span className="map-label">{shortened(service.label, LABEL_CHARS)}</span>
        <span className="map-says">{shortened(said || word, SAYS_CHARS)}</span>
        <TagDots tags={service.tags} />
      </div>
      <Ends mayDraw={mayDraw} />
    </>
  );
});

function useGroupStatus(id, name) {
  return useOfNode(id, () => map.groupStatus(name) ?? 5);
}

export const FoldedGroup = memo(function FoldedGroup({ id, data }) {
  const { group, onFold } = data;
  const status = useGroupStatus(id, group.name);
  const mark = useMark(id);
  const isCurrent = useOfNode(id, () => map.current() === id);
  const name = group.name || "No group";
  const counts = useOfNode(id, () => group.members.filter((member) => map.status(member) === 2).length);
  const holds = `${plural(group.members.length, "service")}${counts ? `, ${counts} down` : ""}`;
  const says = mark.says ?? (mark.isRoot ? "Probable origin in it" : holds);
  return (
    <>
    <div
      className={classOf("map-node folded", status, mark)}
      role="button"
      tabIndex={isCurrent ? 0 : -1}
      data-node={id}
      aria-expanded="false"
      aria-label={`Group ${name}, ${STATUSES[status].word}, ${holds}${says === holds ? "" : `, ${says}`}`}
      title={`${name}: ${STATUSES[status].word}. Unfold`}
      onDoubleClick={() => onFold(group.name, false)}
    >
      <Glyph status={status} />
      <span className="map-label">{shortened(name, LABEL_CHARS)}</span>
      <span className="map-says">{shortened(says, SAYS_CHARS)}</span>
      <span className="map-fold nodrag" aria-hidden="true" onClick={() => onFold(group.name, false)}>
        <Icon name="plus" size={14} />
      </span>
    </div>
    <Ends mayDraw={false} />
    </>
  );
});

export const GroupFrame = memo(function GroupFrame({ id, data }) {
  const { group, onFold } = data;
  const status = useGroupStatus(id, group.name);
  const { isFaded } = useMark(id);
  const { word } = STATUSES[status];
  return (
    <div className={classOf(group.depth % 2 ? "map-frame inner" : "map-frame", status, { isFaded })}>
      <header title={`${group.name}: ${word}`}>
        <Glyph status={status} />
        <span className="map-label">{shortened(group.name, 60)}</span>
        <span className="map-count">{group.members.length}</span>
        <button type="button" className="map-fold nodrag" aria-label={`Fold ${group.name}, ${word}`} onClick={() => onFold(group.name, true)}>
          <Icon name="minus" size={14} />
        </button>
      </header>
    </div>
  );
});
