// Until when something rests: quick choices, or a time of one's own in one's own time zone.
import { useState, useSyncExternalStore } from "react";
import { onTick } from "./clock.js";
import { useFormats } from "./formats.jsx";
import { board } from "./store.js";
import { exact, fieldTime, fromField } from "./times.js";
import { holdEnd } from "./words.js";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SPANS = [
  ["30", "30 min"],
  ["60", "1 hour"],
  ["240", "4 hours"],
];

/** Tomorrow at eight, where the person is. */
function tomorrow(now) {
  const day = new Date(Date.parse(`${fieldTime(now).slice(0, 10)}T00:00Z`) + DAY_MS);
  return fromField(`${day.toISOString().slice(0, 10)}T08:00`);
}

/** The moment of a choice; null: none, or none yet. */
function endOf(choice, field, now) {
  const minutes = SPANS.find(([value]) => value === choice)?.[0];
  if (minutes) return now + minutes * MINUTE_MS;
  if (choice === "tomorrow") return tomorrow(now);
  const at = choice === "at" && field ? fromField(field) : NaN;
  return Number.isNaN(at) ? null : at;
}

function Choice({ value, text, chosen, onChoose }) {
  return (
    <label className="hold-choice">
      <input type="radio" name="choice" value={value} defaultChecked={chosen === value} onChange={() => onChoose(value)} />
      <span>{text}</span>
    </label>
  );
}

export function HoldEnd({ until, mayLast, wrong }) {
  useFormats();
  const first = until ? "at" : "60";
  const [choice, setChoice] = useState(first);
  const [field, setField] = useState(until ? fieldTime(until) : "");
  // To the minute: what it says does not change each second.
  const now = useSyncExternalStore(
    onTick,
    () => Math.floor(board.serverNow() / MINUTE_MS) * MINUTE_MS,
    () => 0,
  );
  const end = endOf(choice, field, now);
  const choices = [...SPANS, ["tomorrow", "Tomorrow 8:00"], ...(mayLast ? [["never", "Until I say so"]] : []), ["at", "Until…"]];
  const choose = (value) => {
    setChoice(value);
    if (value === "at" && !field) setField(fieldTime(now + 120 * MINUTE_MS));
  };
  return (
    <div className="field">
      <fieldset className="hold-end" aria-describedby="hold-below-end">
        <legend>For how long</legend>
        <div className="hold-choices">
          {choices.map(([value, text]) => (
            <Choice key={value} value={value} text={text} chosen={first} onChoose={choose} />
          ))}
        </div>
        {choice === "at" && (
          <input
            type="datetime-local"
            aria-label="Day and time"
            aria-invalid={wrong ? "true" : "false"}
            value={field}
            min={fieldTime(now)}
            onChange={(event) => setField(event.target.value)}
          />
        )}
        <input type="hidden" name="at" value={end === null ? "" : String(end)} readOnly />
      </fieldset>
      <div id="hold-below-end">
        {wrong ? (
          <p className="wrong">The end {wrong}</p>
        ) : (
          <p className="help" title={end === null ? undefined : exact(end)}>
            {choice === "never" ? "Until somebody resumes it" : end === null ? "Choose a day and a time" : `Until ${holdEnd(end, now)}`}
          </p>
        )}
      </div>
    </div>
  );
}
