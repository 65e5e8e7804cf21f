// Tells the sections of a service's page that something of them is older than the live row.
import { useEffect, useRef } from "react";
import { useRow } from "./row.jsx";

/** `onResult` at each new result, `onChange` when the status, the breaker or a pause is another. */
export function ServiceWatch({ rowId, onResult, onChange }) {
  const row = useRow(rowId);
  const news = row && { at: row.at, changed: [row.status, row.brk?.[0], row.hold, row.since].join() };
  const seen = useRef(null);
  useEffect(() => {
    const before = seen.current;
    seen.current = news ? { ...news, rowId } : null;
    if (!news || before?.rowId !== rowId) return; // what is shown was loaded with this row
    if (before.changed !== news.changed) onChange();
    if (before.at !== news.at) onResult();
  }, [rowId, news?.at, news?.changed]);
  return null;
}
