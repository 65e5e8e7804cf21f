// Alerts as lines: each by itself, or those of one incident under its name.
import { memo, useState } from "react";
import { Link } from "react-router";
import { Affects, at, Held, Severity, Since, Who } from "./alert_parts.jsx";
import { Icon } from "./icons.jsx";
import { Ago } from "./stamp.jsx";
import { serviceAddress } from "./url.js";

const HELD_SHOWN = 3; // more held ones of an incident are folded
const REASONS_SHOWN = 2;

export const incidentAddress = (id) => `/incidents/${id}`;

/** One alert. `onCheck(id, isRange)`; `onAct(action, id)`. */
export const AlertRow = memo(function AlertRow({ one, isChosen, isCurrent, mayAct, withIncident, onCheck, onAct, onFocus }) {
  const id = one.alert_id;
  const name = one.label || one.rule;
  const isOpen = !one.resolved_at;
  return (
    <li className={`alert-row ${isChosen ? "chosen" : ""} ${isOpen ? "" : "over"} ${one.held_by ? "held" : ""}`} data-alert={id} tabIndex={isCurrent ? 0 : -1} aria-label={`${one.severity}: ${name}`} onFocus={() => onFocus?.(id)}>
      {mayAct && (
        <input
          type="checkbox"
          aria-label={`Select ${name}`}
          disabled={!isOpen}
          checked={isChosen}
          onChange={() => {}}
          onClick={(event) => {
            onCheck(id, event.shiftKey);
            // In a field keys mean typing: whoever came with the pointer goes on with them on the row.
            if (event.detail > 0) event.currentTarget.closest("[data-alert]").focus({ preventScroll: true });
          }}
        />
      )}
      <Severity severity={one.severity} isQuiet={!isOpen || Boolean(one.held_by) || one.state === "pending"} />
      <div className="alert-what">
        <p className="alert-name">
          {one.service_id ? <Link to={serviceAddress(one.service_id)}>{one.label || one.service_id}</Link> : <b>{name}</b>}
          {one.label && <span className="muted">{one.rule}</span>}
          {one.group && <span className="chip group">{one.group}</span>}
        </p>
        {one.cause && <p className="alert-cause">{one.cause}</p>}
        <Held one={one} />
        <Affects facts={one.facts} />
        {one.resolved_at && one.why_resolved && <span className="muted">{one.why_resolved}</span>}
        {withIncident && one.incident_id && (
          <Link className="alert-incident" to={incidentAddress(one.incident_id)}>
            {one.incident}
          </Link>
        )}
      </div>
      <div className="alert-side">
        <span className="mono muted">
          <Since one={one} />
        </span>
        <Who one={one} />
      </div>
      {mayAct && isOpen && onAct && (
        <div className="alert-acts">
          {one.acknowledged_at ? (
            <button type="button" className="quiet" onClick={() => onAct("take-back", id)}>
              Take back
            </button>
          ) : (
            <button type="button" className="quiet" onClick={() => onAct("quick", id)}>
              Acknowledge
            </button>
          )}
        </div>
      )}
    </li>
  );
});

/** The alerts of one incident under its name; many held ones are folded. `isCut`: there may be more of it. */
export function AlertGroup({ group, isCut, chosen, current, mayAct, onCheck, onCheckAll, onAct, onFocus }) {
  const [isUnfolded, setIsUnfolded] = useState(false);
  const { id, title, items } = group;
  const told = items.filter((one) => !one.held_by);
  const held = items.filter((one) => one.held_by);
  const isFolded = held.length > HELD_SHOWN && !isUnfolded;
  const shown = isFolded ? told : [...told, ...held];
  const reasons = new Map();
  for (const { held_why: why, held_by: by } of held) reasons.set(why || by, (reasons.get(why || by) ?? 0) + 1);
  const words = [...reasons].sort((a, b) => b[1] - a[1]).slice(0, REASONS_SHOWN).map(([why, count]) => (reasons.size > 1 ? `${count} ${why}` : why));
  const more = reasons.size > REASONS_SHOWN ? ` and ${reasons.size - REASONS_SHOWN} more reasons` : "";
  const open = items.filter((one) => !one.resolved_at).map((one) => one.alert_id);
  const isAll = open.length > 0 && open.every((one) => chosen.has(one));
  const since = Math.min(...items.map((one) => at(one.since)));
  return (
    <section className="alert-group" aria-label={title}>
      <header>
        {mayAct && open.length > 0 && <input type="checkbox" aria-label={`Select all of ${title}`} checked={isAll} onChange={() => onCheckAll(open, !isAll)} />}
        <h2>{id ? <Link to={incidentAddress(id)}>{title}</Link> : title}</h2>
        <span className="muted">
          {told.length > 0 && `${told.length} ${told.every((one) => one.resolved_at) ? "resolved" : "firing"}`}
          {told.length > 0 && held.length > 0 && " · "}
          {held.length > 0 && `${held.length} held`}
          {isCut && ", of those that are shown"}
        </span>
        <span className="space" />
        <span className="mono muted">
          <Ago at={since} />
        </span>
      </header>
      <ul className="alert-list">
        {shown.map((one) => (
          <AlertRow key={one.alert_id} one={one} isChosen={chosen.has(one.alert_id)} isCurrent={one.alert_id === current} mayAct={mayAct} onCheck={onCheck} onAct={onAct} onFocus={onFocus} />
        ))}
      </ul>
      {held.length > HELD_SHOWN && (
        <button type="button" className="alert-fold" aria-expanded={!isFolded} onClick={() => setIsUnfolded(!isUnfolded)}>
          <Icon name={isFolded ? "right" : "down"} size={12} />
          {isFolded ? `${held.length} held: ${words.join("; ")}${more}` : "Fold those that are held"}
        </button>
      )}
    </section>
  );
}
