// One row of the table of services: live by itself, and with what was just done shown before the server says so.
import { memo } from "react";
import { useFormats } from "./formats.jsx";
import { Icon } from "./icons.jsx";
import { useRow } from "./row.jsx";
import { Cell } from "./service_cells.jsx";

const NO_FACTS = {};
const PAUSED = 4;

/** The row as it will be once the server has done what was asked for. */
function patched(row, { tagsAdd = [], tagsRemove = [], ...values }) {
  const tags = [...new Set([...row.tags, ...tagsAdd])].filter((tag) => !tagsRemove.includes(tag));
  return { ...row, tags, ...values };
}

export const ServiceRow = memo(function ServiceRow({ id, index, columns, facts = NO_FACTS, patch, isPicked, isCurrent, isOpen }) {
  useFormats();
  const live = useRow(id);
  if (!live) return null;
  const row = patch ? patched(live, patch) : live;
  const tabIndex = isCurrent ? 0 : -1;
  const names = ["row", isOpen && "open", isPicked && "picked", (!row.enabled || row.status === PAUSED) && "paused"];
  return (
    <tr
      role="row"
      className={names.filter(Boolean).join(" ")}
      data-id={id}
      data-service={id}
      data-sid={row.sid}
      data-status={row.status}
      aria-rowindex={index + 2}
      aria-selected={isPicked}
      tabIndex={tabIndex}
    >
      <td role="gridcell" className="cell-pick">
        <label className="pick">
          <input type="checkbox" data-pick="" checked={isPicked} readOnly tabIndex={tabIndex} aria-label={`Select ${row.label}`} />
        </label>
      </td>
      {columns.map(({ key, isNumber }) => (
        <td key={key} role={key === "label" ? "rowheader" : "gridcell"} className={`cell-${key} ${isNumber ? "number" : ""}`}>
          <Cell name={key} row={row} facts={facts} tabIndex={tabIndex} />
        </td>
      ))}
      <td role="gridcell" className="cell-menu">
        <button type="button" className="icon-button" data-menu="" tabIndex={tabIndex} aria-label={`Actions for ${row.label}`} aria-haspopup="menu">
          <Icon name="dots" />
        </button>
      </td>
    </tr>
  );
});
