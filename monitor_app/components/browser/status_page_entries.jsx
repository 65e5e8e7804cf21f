// Which services a status page shows: found as one types, with public names, in sections, put in order by hand.
import { useEffect, useId, useRef, useState } from "react";
import { Icon } from "./icons.jsx";
import { moved, sectionsOf, stepped, together } from "./page_order.js";
import { ask } from "./post.js";
import { plural } from "./words.js";

const TYPING_PAUSE_MS = 200;
const FOUND_LIMIT = 20;
const ENTRIES_LIMIT = 100;

/** Finds services to add; what is on the page already is told. */
function Finder({ chosen, onAdd }) {
  const id = useId();
  const [text, setText] = useState("");
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(async () => {
      const query = new URLSearchParams({ search: text.trim(), limit: FOUND_LIMIT, fields: "service_id,label,group" });
      try {
        const answer = await ask("GET", `/api/services?${query}`);
        if (isCurrent) setFound(answer);
        if (isCurrent) setProblem("");
      } catch (refused) {
        if (isCurrent) setProblem(refused.detail ?? "Services cannot be read.");
      }
    }, TYPING_PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [text]);
  const items = found?.items ?? [];
  return (
    <div className="finder">
      <div className="field">
        <label htmlFor={id}>Add services</label>
        <div className="box">
          <input id={id} type="search" value={text} placeholder="Search by name, group or tag" autoComplete="off" onChange={(event) => setText(event.target.value)} onKeyDown={(event) => event.key === "Enter" && event.preventDefault()} />
        </div>
      </div>
      {problem && (
        <p className="wrong" role="alert">
          {problem}
        </p>
      )}
      <ul className="found-services" aria-label="Services found">
        {items.map((service) => {
          const isThere = chosen.has(service.service_id);
          return (
            <li key={service.service_id}>
              <button type="button" className="quiet" aria-disabled={isThere} onClick={() => !isThere && onAdd(service)}>
                <Icon name={isThere ? "check" : "plus"} size={12} />
                <span className="label">{service.label}</span>
                <span className="mono muted">{service.service_id}</span>
                <span className="muted">{isThere ? "on the page" : service.group}</span>
              </button>
            </li>
          );
        })}
        {found && !items.length && <li className="muted none">{text.trim() ? "No service is called that." : "There are no services yet."}</li>}
      </ul>
      {found && found.total > items.length && <p className="help">The first {FOUND_LIMIT} of {plural(found.total, "service")}: search to see others.</p>}
    </div>
  );
}

function EntryRow({ entry, index, count, errors, drag, sections, onChange, onStep, onRemove }) {
  const id = useId();
  const error = errors[`entries.${index}.public_name`] ?? errors[`entries.${index}.service_id`] ?? errors[`entries.${index}.description`];
  const onKeyDown = (event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    onStep(index, event.key === "ArrowUp" ? -1 : 1);
  };
  return (
    <li className={`entry ${drag.over === index ? "over" : ""} ${drag.from === index ? "dragged" : ""}`} data-entry={entry.service_id} onKeyDown={onKeyDown} {...drag.props(index)}>
      <span className="grip" draggable="true" aria-hidden="true" onDragStart={(event) => drag.begin(index, event)} onDragEnd={drag.end}>
        <Icon name="grip" />
      </span>
      <div className="entry-fields">
        <div className="entry-names">
          <input aria-label={`Public name of ${entry.service_id}`} aria-invalid={Boolean(error)} aria-describedby={error ? id : undefined} maxLength={120} value={entry.public_name} placeholder="Public name" onChange={(event) => onChange(index, { public_name: event.target.value })} />
          <input aria-label={`Description of ${entry.service_id}`} maxLength={300} value={entry.description} placeholder="What it is, in a few words" onChange={(event) => onChange(index, { description: event.target.value })} />
          <input aria-label={`Section of ${entry.service_id}`} list={sections} maxLength={80} defaultValue={entry.section} key={entry.section} placeholder="Section" onBlur={(event) => event.target.value.trim() !== entry.section && onChange(index, { section: event.target.value.trim() })} />
        </div>
        <span className="mono muted">{entry.service_id}</span>
        {error && (
          <p className="wrong" id={id} role="alert">
            {error}
          </p>
        )}
      </div>
      <span className="entry-actions">
        <button type="button" className="icon-button" aria-label={`Move ${entry.public_name || entry.service_id} up`} disabled={index === 0} onClick={() => onStep(index, -1)}>
          <Icon name="up" />
        </button>
        <button type="button" className="icon-button" aria-label={`Move ${entry.public_name || entry.service_id} down`} disabled={index === count - 1} onClick={() => onStep(index, 1)}>
          <Icon name="down" />
        </button>
        <button type="button" className="icon-button" aria-label={`Take ${entry.public_name || entry.service_id} off the page`} onClick={() => onRemove(index)}>
          <Icon name="close" />
        </button>
      </span>
    </li>
  );
}

/** What is dragged, and over what it is. */
function useDragging(onMove) {
  const [from, setFrom] = useState(null);
  const [over, setOver] = useState(null);
  const end = () => {
    setFrom(null);
    setOver(null);
  };
  return {
    from,
    over,
    end,
    begin: (index, event) => {
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", String(index));
      setFrom(index);
    },
    props: (index) => ({
      onDragOver: (event) => {
        if (from === null) return;
        event.preventDefault();
        if (over !== index) setOver(index);
      },
      onDrop: (event) => {
        event.preventDefault();
        if (from !== null) onMove(from, index);
        end();
      },
    }),
  };
}

/** `errors` by the field's name as the API gives them. */
export function PageEntries({ entries, errors, onChange }) {
  const list = useRef(null);
  const [said, setSaid] = useState("");
  const drag = useDragging((from, to) => onChange(moved(entries, from, to)));
  const sections = useId();
  // A row that comes into another section is made anew: the focus goes along with it.
  const [kept, setKept] = useState(null);
  useEffect(() => {
    if (!kept) return;
    const places = [...(list.current?.querySelectorAll(`[data-entry="${kept.service}"] :is(input, button)`) ?? [])];
    const wanted = places[kept.at];
    (wanted?.disabled ? places.find((place) => !place.disabled) : wanted)?.focus();
    setKept(null);
  }, [kept]);
  const step = (index, by) => {
    const changed = stepped(entries, index, by);
    if (changed === entries) return;
    const { service_id: service, public_name: name } = entries[index];
    const place = changed.findIndex((entry) => entry.service_id === service);
    setSaid(`${name || service}: place ${place + 1} of ${changed.length}${changed[place].section ? `, in ${changed[place].section}` : ""}`);
    const row = list.current?.querySelector(`[data-entry="${service}"]`);
    const at = [...(row?.querySelectorAll(":is(input, button)") ?? [])].indexOf(document.activeElement);
    onChange(changed);
    if (at >= 0) setKept({ service, at });
  };
  const change = (index, values) => {
    const changed = entries.map((entry, at) => (at === index ? { ...entry, ...values } : entry));
    onChange("section" in values ? together(changed) : changed);
  };
  const add = ({ service_id, label }) => {
    const section = entries.at(-1)?.section ?? "";
    onChange([...entries, { service_id, public_name: label, description: "", section }]);
    setSaid(`${label} is on the page`);
  };
  const names = [...new Set(entries.map(({ section }) => section).filter(Boolean))];
  return (
    <fieldset className="page-entries">
      <legend>
        Services <span className="count-of">{entries.length}</span>
      </legend>
      <p className="help">Readers see the public name, never the service's own. Drag to put in order, or press Alt with ↑ and ↓. Services of one section stand together.</p>
      {errors.entries && (
        <p className="wrong" role="alert">
          {errors.entries}
        </p>
      )}
      <datalist id={sections}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <div ref={list}>
        {sectionsOf(entries).map(({ section, members }) => (
          <div key={section} className="entry-section">
            <h3>{section || "Without a section"}</h3>
            <ul>
              {members.map(({ entry, index }) => (
                <EntryRow key={entry.service_id} entry={entry} index={index} count={entries.length} errors={errors} drag={drag} sections={sections} onChange={change} onStep={step} onRemove={(at) => onChange(entries.filter((_, other) => other !== at))} />
              ))}
            </ul>
          </div>
        ))}
      </div>
      <p className="for-readers" role="status">
        {said}
      </p>
      {entries.length < ENTRIES_LIMIT && <Finder chosen={new Set(entries.map(({ service_id }) => service_id))} onAdd={add} />}
    </fieldset>
  );
}
