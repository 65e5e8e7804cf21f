// Orders a report: over which time, of which services, held against which target.
import { useEffect, useId, useRef, useState } from "react";
import { valuesOf } from "./address_values.js";
import { Facet } from "./facets.jsx";
import { useChoices } from "./fleet_overview.jsx";
import { useFormats } from "./formats.jsx";
import { Icon } from "./icons.jsx";
import { focusFirstError } from "./modal.jsx";
import { post } from "./post.js";
import { PRESETS, givenSpan, givenTarget, presetSpan } from "./report_words.js";
import { Field } from "./secret_field.jsx";
import { ServiceField } from "./service_field.jsx";
import { useDisplay } from "./use_display.js";

const EXACT = "exact";
const AT_FIRST = "30d";
// The API's names of what this form calls otherwise.
const ELSEWHERE = { since: "from", until: "to" };
const NOBODY = "No service goes through all of these at once: take out services, the group or the tag.";
const KNOWN = ["title", "from", "to", "target", "services"];

function useZone() {
  const { timeZone } = useDisplay();
  useFormats();
  return timeZone || Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The span: a preset fills the two fields, and whoever changes one of them leaves it. */
function Span({ errors }) {
  const zone = useZone();
  const preset = useId();
  const [key, setKey] = useState(AT_FIRST);
  const [ends, setEnds] = useState({ from: "", to: "" });
  // The fields are written in the zone of the person, which is known a moment after the page is there.
  useEffect(() => {
    const span = presetSpan(key, Date.now());
    if (span) setEnds(span);
  }, [key, zone]);
  const set = (name) => (event) => {
    setKey(EXACT);
    setEnds((known) => ({ ...known, [name]: event.target.value }));
  };
  return (
    <>
      <div className="field">
        <label htmlFor={preset}>Time</label>
        <div className="box">
          <select id={preset} name="preset" value={key} onChange={(event) => setKey(event.target.value)}>
            {PRESETS.map((one) => (
              <option key={one.key} value={one.key}>
                {one.title}
              </option>
            ))}
            <option value={EXACT}>From and to, as below</option>
          </select>
        </div>
      </div>
      <Field label="From" name="from" type="datetime-local" value={ends.from} error={errors.from} onChange={set("from")} />
      <Field label="To" name="to" type="datetime-local" value={ends.to} error={errors.to} help={`In your time zone, ${zone}.`} onChange={set("to")} />
    </>
  );
}

/** Services by name, each with a way out; what is found is added as it is chosen. */
function Services({ chosen, error, onChange }) {
  const [round, setRound] = useState(0); // a fresh field after each choice
  const place = useRef(null);
  const goesOn = useRef(false);
  const add = ({ service_id: id, label }, element) => {
    goesOn.current = element === document.activeElement;
    if (!chosen.some((one) => one.id === id)) onChange([...chosen, { id, label }]);
    setRound(round + 1);
  };
  useEffect(() => {
    // Whoever has left the field is not fetched back.
    if (round && goesOn.current) place.current?.querySelector("input")?.focus();
  }, [round]);
  return (
    <div ref={place} className="report-services">
      <ServiceField key={round} label="Services" error={error} help="All of them, unless you choose some here, or groups and tags below." placeholder="Add by name" onPick={add} />
      {chosen.length > 0 && (
        <ul className="picked" aria-label="Services of the report">
          {chosen.map(({ id, label }) => (
            <li key={id}>
              {label}
              <button type="button" className="icon-button" aria-label={`Take out ${label}`} onClick={() => onChange(chosen.filter((one) => one.id !== id))}>
                <Icon name="close" size={12} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** What the API takes of what was typed, or {problems} by field. */
function bodyOf({ title, from, to, target }, services, filters) {
  const span = givenSpan(from, to, Date.now());
  const given = givenTarget(target);
  const problems = { ...span.problems, ...(given.problem ? { target: given.problem } : {}) };
  if (Object.keys(problems).length) return { problems };
  const body = { title: title.trim(), since: span.since, until: span.until, target: given.share, services: services.map(({ id }) => id) };
  return { body: { ...body, groups: valuesOf(filters.get("group")), tags: valuesOf(filters.get("tag")) } };
}

/** `onOrdered` gets the report and what was asked for. */
export function ReportOrder({ onOrdered }) {
  const form = useRef(null);
  const choices = useChoices();
  const [services, setServices] = useState([]);
  const [filters, setFilters] = useState(() => new URLSearchParams());
  const [problem, setProblem] = useState({ fields: {} });
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => focusFirstError(form.current), [problem]);
  const errors = Object.fromEntries(Object.entries(problem.fields).map(([name, words]) => [ELSEWHERE[name] ?? name, words]));
  const others = Object.entries(errors)
    .filter(([name]) => !KNOWN.includes(name))
    .map(([name, words]) => (name === "selection" && words.includes("at least") ? NOBODY : `${name} ${words}`));
  const setFilter = (changes) => {
    const next = new URLSearchParams(filters);
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    setFilters(next);
  };
  const order = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    const { body, problems } = bodyOf(Object.fromEntries(new FormData(form.current)), services, filters);
    setProblem({ fields: problems ?? {} });
    if (problems) return;
    setIsBusy(true);
    try {
      onOrdered(await post("/api/reports", body), body);
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem(refused);
    }
    setIsBusy(false);
  };
  return (
    <form ref={form} className="report-order" noValidate aria-label="New report" onSubmit={order}>
      <h2>New report</h2>
      <Span errors={errors} />
      <Services chosen={services} error={errors.services} onChange={setServices} />
      <div className="facets" role="group" aria-label="Groups and tags">
        <Facet facet={{ name: "group", title: "Group" }} choices={choices.group} query={filters} setQuery={setFilter} />
        <Facet facet={{ name: "tag", title: "Tag" }} choices={choices.tag} query={filters} setQuery={setFilter} />
      </div>
      <Field label="Held against" name="target" inputMode="decimal" defaultValue="99.9" error={errors.target} help="The availability that was promised.">
        <span className="unit">%</span>
      </Field>
      <Field label="Title" name="title" error={errors.title} maxLength={120} placeholder="Availability" autoComplete="off" />
      {(others.length > 0 || (problem.detail && !Object.keys(errors).length)) && (
        <p className="wrong" role="alert">
          {others.length ? others.join("; ") : problem.detail}
        </p>
      )}
      <button type="submit" className="primary" aria-disabled={isBusy}>
        {isBusy ? "Ordering…" : "Make the report"}
      </button>
    </form>
  );
}
