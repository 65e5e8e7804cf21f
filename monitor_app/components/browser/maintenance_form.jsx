// The form of a maintenance window: what, why, when, how often, and what readers of status pages are told.
import { useEffect, useId, useRef, useState } from "react";
import { useFormats } from "./formats.jsx";
import { Icon } from "./icons.jsx";
import { focusFirstError } from "./modal.jsx";
import { ask, patch, post } from "./post.js";
import { DAYS, DAY_NAMES, NTHS, clockNote, followed, formOf, lengthWords, offsetOf, recurrenceOf, recurrenceWords } from "./recurrence.js";
import { ScopeFields, plainScope, scopeProblem, useReach } from "./scope_fields.jsx";
import { Field } from "./secret_field.jsx";
import { exact, exactSpan, fieldTime } from "./times.js";
import { useDisplay } from "./use_display.js";
import { plural } from "./words.js";
import { zones } from "./zones.js";

const PATH = "/api/maintenance-windows";
const PREVIEW_PAUSE_MS = 300;
const HOUR_MS = 3_600_000;
const REPEATS = { once: "Once", daily: "Every day or every few days", weekly: "On days of the week", monthly: "Every month", custom: "By a rule of your own" };
const UNITS = { daily: "days", weekly: "weeks", monthly: "months" };

function Choice({ label, help, error, half = false, children, ...rest }) {
  const id = useId();
  return (
    <div className={half ? "field half" : "field"}>
      <label htmlFor={id}>{label}</label>
      <div className="box">
        <select id={id} aria-invalid={Boolean(error)} aria-describedby={`${id}-below`} {...rest}>
          {children}
        </select>
      </div>
      <div id={`${id}-below`}>
        {error ? (
          <p className="wrong" role="alert">
            {error}
          </p>
        ) : (
          help && <p className="help">{help}</p>
        )}
      </div>
    </div>
  );
}

function Half(props) {
  return (
    <div className="field half">
      <Field {...props} />
    </div>
  );
}

function WeekDays({ days, onChange }) {
  return (
    <fieldset className="field week-days">
      <legend>On</legend>
      <div>
        {DAYS.map((day, number) => (
          <label key={day}>
            <input type="checkbox" aria-label={DAY_NAMES[number]} defaultChecked={days.includes(day)} onChange={() => onChange(days.includes(day) ? days.filter((other) => other !== day) : [...days, day])} />
            <span>{DAY_NAMES[number].slice(0, 3)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Monthly({ form, set }) {
  return (
    <>
      <Choice half label="On" name="by" defaultValue={form.by} onChange={(event) => set({ by: event.target.value })}>
        <option value="day">a day of the month</option>
        <option value="weekday">a day of a week</option>
      </Choice>
      {form.by === "day" ? (
        <Half label="Day" name="month_day" inputMode="numeric" defaultValue={form.monthDay} maxLength={2} help="1 to 31; months without it are left out." onChange={(event) => set({ monthDay: event.target.value })} />
      ) : (
        <div className="field half nth">
          <Choice label="Which" name="nth" defaultValue={String(form.nth)} onChange={(event) => set({ nth: Number(event.target.value) })}>
            {NTHS.map(([value, word]) => (
              <option key={value} value={value}>
                {word}
              </option>
            ))}
          </Choice>
          <Choice label="Day" name="weekday" defaultValue={String(form.weekday)} onChange={(event) => set({ weekday: Number(event.target.value) })}>
            {DAY_NAMES.map((name, number) => (
              <option key={name} value={number}>
                {name}
              </option>
            ))}
          </Choice>
        </div>
      )}
    </>
  );
}

function Repeats({ form, set, error, day }) {
  const { repeats } = form;
  return (
    <>
      <Choice half={repeats !== "custom"} label="Repeats" name="repeats" defaultValue={repeats} error={repeats === "custom" ? "" : error} onChange={(event) => set({ repeats: event.target.value })}>
        {Object.entries(REPEATS).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </Choice>
      {UNITS[repeats] && (
        <Half key={repeats} label="Every" name="interval" inputMode="numeric" maxLength={3} defaultValue={form.interval} onChange={(event) => set({ interval: event.target.value })}>
          <span className="unit">{UNITS[repeats]}</span>
        </Half>
      )}
      {repeats === "weekly" && <WeekDays key={day} days={form.days} onChange={(days) => set({ days })} />}
      {repeats === "monthly" && <Monthly key={day} form={form} set={set} />}
      {UNITS[repeats] && <Half label={<>Last day <span className="optional">optional</span></>} name="until" type="date" defaultValue={form.until} help="Empty: for ever." onChange={(event) => set({ until: event.target.value })} />}
      {repeats === "custom" && (
        <Field label="Rule" name="rule" className="mono" defaultValue={form.rule} error={error} maxLength={300} autoCapitalize="characters" autoComplete="off" placeholder="FREQ=MONTHLY;BYDAY=2TU" help="The value of an RRULE (RFC 5545), daily to yearly." onChange={(event) => set({ rule: event.target.value })} />
      )}
    </>
  );
}

/** What would come of it, asked a moment after the last change. */
function usePreview(body) {
  const [found, setFound] = useState(null);
  const text = body && JSON.stringify(body);
  useEffect(() => {
    if (!text) return undefined;
    let isCurrent = true;
    const timer = setTimeout(() => {
      post(`${PATH}/preview`, JSON.parse(text)).then(
        (answer) => isCurrent && setFound(answer),
        (refused) => isCurrent && setFound({ problem: Object.values(refused.fields ?? {})[0] ? "" : refused.detail, items: [] }),
      );
    }, PREVIEW_PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [text]);
  return found;
}

/** From when to when; where clocks are set back by its length both ends look the same, so both are told in full. */
function spanWords(starts, ends) {
  const text = exactSpan(starts, ends);
  return /[–-]/.test(text) ? text : `${exact(starts)} – ${exact(ends)}`;
}

function Preview({ body, isUnchosen }) {
  useFormats();
  const found = usePreview(body);
  if (!found) return null;
  if (found.problem) return <p className="help">{found.problem}</p>;
  if (!found.items.length)
    return <p className="help">{"services" in found ? "None of its times is still to come: let it begin later." : "Once everything is right, its next times stand here."}</p>;
  const offsets = found.items.map(offsetOf);
  return (
    <div className="next-times" role="status">
      <p>
        <b>
          {recurrenceWords(body.recurrence, body.starts_at)}, {lengthWords(body.minutes)}
          {body.recurrence && " each time"}
        </b>
        {!isUnchosen && `, ${plural(found.services, "service")}`}
      </p>
      <ol>
        {found.items.map((one, number) => (
          <li key={one.occurrence}>
            {spanWords(Date.parse(one.starts_at), Date.parse(one.ends_at))}
            {number > 0 && offsets[number] !== offsets[number - 1] && <span className="chip">clocks changed in {body.time_zone.replaceAll("_", " ")}</span>}
            {clockNote(one, body.time_zone) && <span className="chip">{clockNote(one, body.time_zone)}</span>}
            {Date.parse(one.starts_at) <= Date.now() && <span className="chip">on at once</span>}
          </li>
        ))}
      </ol>
      {found.items.length === 5 && <p className="help">And so on. In your own time zone.</p>}
      {found.clashes.length > 0 && (
        <p className="clash">
          <Icon name="warn" size={14} /> At the same time as {found.clashes.join(", ")}: nothing breaks, a service rests until the last of them ends.
        </p>
      )}
    </div>
  );
}

/** The next full hour, or that hour of a chosen day, by the clock of who looks. */
function firstStart(day) {
  const next = `${fieldTime(Date.now() + HOUR_MS).slice(0, 13)}:00`;
  return day && day > next.slice(0, 10) ? `${day}T22:00` : next;
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** `window` is changed; `template` is what a new one begins with, `day` its day. */
export function MaintenanceForm({ window: edited, template, day, onDone, onClose }) {
  const given = edited ?? template;
  const { timeZone } = useDisplay();
  const form = useRef(null);
  const [starts, setStarts] = useState(() => given?.starts_at ?? firstStart(day));
  const [zone, setZone] = useState(() => given?.time_zone ?? (timeZone || Intl.DateTimeFormat().resolvedOptions().timeZone));
  const [minutes, setMinutes] = useState(() => given?.minutes ?? 60);
  const [repeat, setRepeat] = useState(() => formOf(given?.recurrence ?? "", starts));
  const [scope, setScope] = useState(() => (given && (given.services || Object.keys(given.scope).length) ? given.scope : { isOfSome: true }));
  const [isPublic, setIsPublic] = useState(Boolean(given?.public_title));
  const [problem, setProblem] = useState({ fields: {} });
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => focusFirstError(form.current), [problem]);
  const errors = problem.fields;
  const recurrence = recurrenceOf(repeat);
  const body = { scope: plainScope(scope), starts_at: starts, time_zone: zone, minutes, recurrence };
  const reach = useReach(body.scope);
  const begin = (next) => {
    setStarts(next);
    if (next) setRepeat((known) => followed(known, starts || next, next));
  };
  const isLength = Number.isInteger(minutes) && minutes > 0;
  const readLength = () => {
    const { hours, rest } = Object.fromEntries(new FormData(form.current));
    const read = (text) => (text.trim() === "" ? 0 : /^\d+$/.test(text.trim()) ? Number(text) : NaN);
    setMinutes(read(hours) * 60 + read(rest));
  };
  const save = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    if (!isLength) {
      setProblem({ fields: { minutes: "must be whole hours and minutes, at least one minute" } });
      return;
    }
    const typed = Object.fromEntries(new FormData(form.current));
    const values = { ...body, name: typed.name.trim(), reason: typed.reason.trim(), public_title: isPublic ? typed.public_title.trim() : "" };
    if (edited && same(body.scope, edited.scope)) delete values.scope;
    if (scopeProblem(scope)) {
      setProblem({ fields: { scope: scopeProblem(scope) } });
      return;
    }
    if (isPublic && !values.public_title) {
      setProblem({ fields: { public_title: "must not be empty: it is all that readers are told" } });
      return;
    }
    setIsBusy(true);
    try {
      onDone(edited ? await patch(`${PATH}/${edited.window_id}`, values) : await post(PATH, { ...values, enabled: given?.enabled ?? true }));
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem({ ...refused, fields: refused.fields ?? {} });
      setIsBusy(false);
    }
  };
  const known = ["name", "reason", "public_title", "starts_at", "time_zone", "minutes", "recurrence"];
  const others = Object.entries(errors).filter(([name]) => !known.includes(name) && !name.startsWith("scope"));
  return (
    <form ref={form} noValidate onSubmit={save}>
      <div className="content">
        <div className="fields">
          <Field label="Name" name="name" data-autofocus="" defaultValue={template ? `${template.name} (copy)` : given?.name} error={errors.name} maxLength={120} placeholder="Updates on Sunday" autoComplete="off" help="Stands on the board while it is on." />
          <Field label={<>Reason <span className="optional">optional</span></>} name="reason" defaultValue={given?.reason} error={errors.reason} maxLength={200} placeholder="New packages" autoComplete="off" />
        </div>
        <div className="fields apart">
          <div className="field">
            <ScopeFields scope={scope} reach={reach} errors={errors} onChange={setScope} />
          </div>
        </div>
        <div className="fields apart">
          <Half label="Begins" name="starts_at" type="datetime-local" defaultValue={starts} error={errors.starts_at} onChange={(event) => begin(event.target.value)} />
          <Choice half label="By the clock of" name="time_zone" defaultValue={zone} error={errors.time_zone} help="Daylight saving is heeded." onChange={(event) => setZone(event.target.value)}>
            {zones(zone).map(([group, names]) => (
              <optgroup key={group} label={group}>
                {names.map((name) => (
                  <option key={name} value={name}>
                    {name.replaceAll("_", " ")}
                  </option>
                ))}
              </optgroup>
            ))}
          </Choice>
          <Half label="Lasts" name="hours" inputMode="numeric" maxLength={3} defaultValue={Math.floor(minutes / 60)} error={errors.minutes} onChange={readLength}>
            <span className="unit">hours</span>
          </Half>
          <Half label="and" name="rest" inputMode="numeric" maxLength={5} defaultValue={minutes % 60} onChange={readLength}>
            <span className="unit">minutes</span>
          </Half>
          <Repeats form={repeat} set={(change) => setRepeat((before) => ({ ...before, ...change }))} error={errors.recurrence} day={starts.slice(0, 10)} />
        </div>
        {isLength && starts && <Preview isUnchosen={scopeProblem(scope) !== ""} body={{ ...body, ...(edited ? { window_id: edited.window_id } : {}) }} />}
        <div className="fields apart">
          <div className="field switch">
            <input id="window-is-public" type="checkbox" name="is_public" defaultChecked={isPublic} onChange={(event) => setIsPublic(event.target.checked)} />
            <label htmlFor="window-is-public">Tell readers of status pages</label>
            <div>
              <p className="help">On pages that show one of the services: from two weeks before until its end, with nothing but this title, the time and their public names.</p>
            </div>
          </div>
          {isPublic && <Field label="What readers are told" name="public_title" defaultValue={given?.public_title} error={errors.public_title} maxLength={200} placeholder="Short interruptions while we update" autoComplete="off" />}
        </div>
        {(others.length > 0 || (problem.detail && !Object.keys(errors).length)) && (
          <p className="wrong" role="alert">
            {others.length ? others.map(([name, text]) => `${name} ${text}`).join(" ") : problem.detail}
          </p>
        )}
      </div>
      <footer>
        <span className="space" />
        <button type="button" className="plain" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className="primary" aria-disabled={isBusy}>
          {isBusy ? "Saving…" : edited ? "Save" : "Plan it"}
        </button>
      </footer>
    </form>
  );
}
