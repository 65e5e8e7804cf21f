// Services by status as one thin bar: how much of all is up is seen before it is read.
import { STATUSES } from "./status.jsx";

// In the order of what deserves a look first.
export const BY_URGENCY = [2, 1, 5, 3, 4, 0];
const WORDS = ["up", "degraded", "down", "starting", "paused", "unknown"];

/** "2 down, 40 up". */
export function countsWords(counts) {
  return BY_URGENCY.filter((status) => counts[status])
    .map((status) => `${counts[status]} ${WORDS[status]}`)
    .join(", ");
}

export function Proportion({ counts }) {
  const total = counts?.reduce((sum, count) => sum + count, 0) ?? 0;
  return (
    <span className="proportion" aria-hidden="true">
      {total > 0 &&
        BY_URGENCY.map(
          (status) =>
            counts[status] > 0 && (
              <i key={status} className={STATUSES[status].key} style={{ flexGrow: counts[status] }} />
            ),
        )}
    </span>
  );
}
