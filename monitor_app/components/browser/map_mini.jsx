// A box of the overview, in the colour of its status.
import { memo, useCallback, useSyncExternalStore } from "react";
import { map } from "./map_store.js";
import { STATUSES } from "./status.jsx";

function statusOf(id) {
  return id.startsWith("g:") ? (map.groupStatus(id.slice(2)) ?? 5) : map.status(Number(id));
}

export const MiniNode = memo(function MiniNode({ id, x, y, width, height }) {
  const subscribe = useCallback((listener) => map.on(`node:${id}`, listener), [id]);
  const status = useSyncExternalStore(subscribe, () => statusOf(id), () => 5);
  const isFrame = id.startsWith("g:") && height > 80;
  return <rect className={isFrame ? "mini-frame" : `mini-node ${STATUSES[status].key}`} x={x} y={y} width={width} height={height} rx={6} />;
});
