// The pages behind the first one of a list that is read live: as many as somebody asked for, and read anew with it.
import { useEffect, useState } from "react";
import { ask } from "./post.js";
import { toastWanted } from "./signals.js";

const NONE = [];

/** `found` is the first page of `path`, as useLive gives it. {items, hasMore, isReading, more}: what stands behind it. */
export function useOlder(path, found) {
  const [pages, setPages] = useState(0);
  const [older, setOlder] = useState(null); // {items, pages, cursor}
  const cursor = found?.path === path ? found.next_cursor : null;
  useEffect(() => {
    setPages(0);
    setOlder(null);
  }, [path]);
  useEffect(() => {
    if (!pages || !cursor) return undefined;
    let isOver = false;
    const read = async () => {
      let items = [];
      let next = cursor;
      for (let page = 0; page < pages && next && !isOver; page += 1) {
        const answer = await ask("GET", `${path}&cursor=${encodeURIComponent(next)}`);
        items = items.concat(answer.items);
        next = answer.next_cursor;
      }
      if (!isOver) setOlder({ items, pages, cursor: next });
    };
    read().catch((refused) => {
      if (!("status" in refused)) throw refused;
      if (isOver) return;
      setPages(older?.pages ?? 0);
      toastWanted.send({ text: refused.detail, tone: "failed" });
    });
    return () => {
      isOver = true;
    };
  }, [path, found?.etag, pages]);
  const shown = cursor && pages ? older : null;
  return { items: shown?.items ?? NONE, hasMore: Boolean(shown ? shown.cursor : cursor), isReading: pages > (shown?.pages ?? 0), more: () => setPages((known) => known + 1) };
}
