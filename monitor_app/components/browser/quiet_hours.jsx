// One's own quiet hours: on which days and between which hours what can wait is not told.
import { useEffect, useRef, useState } from "react";
import { Icon } from "./icons.jsx";
import { focusFirstError } from "./modal.jsx";
import { DAYS } from "./on_call_words.js";
import { ask } from "./post.js";
import { Choice } from "./rule_conditions.jsx";
import { ZoneChoice, useOwnZone } from "./schedule_form.jsx";
import { toastWanted } from "./signals.js";

const PATH = "/api/quiet-hours";
const PASSES = [
  ["critical", "Critical alerts only"],
  ["warning", "Warnings and critical alerts"],
  ["info", "Everything: nothing is held back"],
];
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const SPANS_LIMIT = 14;

let keys = 0;
const withKey = (span) => ({ key: (keys += 1), ...span });

function Span({ span, number, onChange, onDrop }) {
  const toggle = (day) => onChange({ ...span, days: span.days.includes(day) ? span.days.filter((one) => one !== day) : [...span.days, day].sort() });
  return (
    <fieldset className="quiet-span">
      <legend className="for-readers">Quiet hours {number}</legend>
      <div className="days" role="group" aria-label="Begins on">
        {DAYS.map((name, day) => (
          <label key={name} title={name}>
            <input type="checkbox" checked={span.days.includes(day)} onChange={() => toggle(day)} aria-label={name} />
            <span aria-hidden="true">{name.slice(0, 2)}</span>
          </label>
        ))}
      </div>
      <input type="time" aria-label="From" value={span.from} onChange={(event) => onChange({ ...span, from: event.target.value })} />
      <span className="muted">to</span>
      <input type="time" aria-label="To" value={span.to} onChange={(event) => onChange({ ...span, to: event.target.value })} />
      {span.to && span.to <= span.from && <span className="muted">the day after</span>}
      <button type="button" className="icon-button" aria-label={`Take out quiet hours ${number}`} onClick={onDrop}>
        <Icon name="close" size={12} />
      </button>
    </fieldset>
  );
}

export function QuietHours() {
  const form = useRef(null);
  const own = useOwnZone();
  const [known, setKnown] = useState(null);
  const [spans, setSpans] = useState([]);
  const [problem, setProblem] = useState(null);
  const [isBusy, setIsBusy] = useState(false);
  const [isChanged, setIsChanged] = useState(false);
  const take = (found) => {
    setKnown(found);
    setSpans(found.spans.map(withKey));
    setIsChanged(false);
  };
  const load = () => ask("GET", PATH).then(take, setProblem);
  useEffect(() => {
    load();
  }, []);
  useEffect(() => {
    if (problem) focusFirstError(form.current ?? document);
  }, [problem]);
  if (!known) {
    return problem ? (
      <p className="wrong" role="alert">
        {problem.detail}{" "}
        <button type="button" className="quiet" onClick={load}>
          Try again
        </button>
      </p>
    ) : (
      <p className="help">…</p>
    );
  }
  const change = (next) => {
    setSpans(next);
    setIsChanged(true);
  };
  const save = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    const typed = new FormData(form.current);
    const body = { time_zone: typed.get("time_zone") ?? known.time_zone, passes: typed.get("passes") ?? known.passes, spans: spans.map(({ days, from, to }) => ({ days, from, to })) };
    try {
      take(await ask("PUT", PATH, body));
      setProblem(null);
      toastWanted.send({ text: body.spans.length ? "Quiet hours are saved" : "You are told at any time" });
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem(refused);
    }
    setIsBusy(false);
  };
  const errors = problem?.fields ?? {};
  const ofSpans = Object.entries(errors).find(([name]) => name.startsWith("spans"))?.[1];
  return (
    <form ref={form} className="quiet-hours" noValidate onSubmit={save} onChange={() => setIsChanged(true)}>
      {!spans.length && <p className="standing">None: you are told at any time.</p>}
      {spans.map((span, place) => (
        <Span
          key={span.key}
          span={span}
          number={place + 1}
          onChange={(next) => change(spans.map((one) => (one.key === next.key ? next : one)))}
          onDrop={() => change(spans.filter((one) => one.key !== span.key))}
        />
      ))}
      {(ofSpans || (problem && !Object.keys(errors).length)) && (
        <p className="wrong" role="alert">
          {ofSpans ?? problem.detail}
        </p>
      )}
      {spans.length > 0 && (
        <div className="fields">
          <ZoneChoice chosen={known.spans.length ? known.time_zone : own} error={errors.time_zone} help="Quiet hours go by its clock." />
          <Choice label="Told at any time" name="passes" className="field half" options={PASSES} defaultValue={known.passes} error={errors.passes} help="What waits is told when the quiet hours are over." />
        </div>
      )}
      <div className="row-of">
        {spans.length < SPANS_LIMIT && (
          <button type="button" className="plain" onClick={() => change([...spans, withKey({ days: EVERY_DAY, from: "22:00", to: "07:00" })])}>
            <Icon name="plus" /> Add quiet hours
          </button>
        )}
        {isChanged && (
          <button type="submit" className="primary" aria-disabled={isBusy}>
            {isBusy ? "Saving…" : "Save"}
          </button>
        )}
      </div>
    </form>
  );
}
