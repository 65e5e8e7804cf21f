// The form of a schedule: who takes turns and in which order, and when a turn is handed over; and that of who stands in.
import { useEffect, useRef, useState } from "react";
import { valuesOf } from "./form.jsx";
import { useFormats } from "./formats.jsx";
import { focusFirstError } from "./modal.jsx";
import { DAYS } from "./on_call_words.js";
import { OrderList } from "./order_list.jsx";
import { ask, post } from "./post.js";
import { Choice } from "./rule_conditions.jsx";
import { typedNumber } from "./rule_words.js";
import { Field } from "./secret_field.jsx";
import { toastWanted } from "./signals.js";
import { fieldTime, fromField } from "./times.js";
import { useDisplay } from "./use_display.js";
import { zones } from "./zones.js";

export const PATH = "/api/on-call/schedules";
const KNOWN = ["name", "members", "time_zone", "starts_on", "hand_over_day", "hand_over_at", "rotation_days"];
const WEEK_MS = 7 * 86_400_000;

function ErrorsElsewhere({ problem, known }) {
  if (!problem) return null;
  const others = Object.entries(problem.fields ?? {}).filter(([name]) => !known.some((each) => name.startsWith(each)));
  if (Object.keys(problem.fields ?? {}).length && !others.length) return null;
  return (
    <p className="wrong" role="alert">
      {others.length ? others.map(([name, words]) => `${name} ${words}`).join("; ") : problem.detail}
    </p>
  );
}

/** A choice of a time zone. */
export function ZoneChoice({ chosen, error, help, ...rest }) {
  return (
    <div className="field half">
      <label htmlFor="on-call-zone">Time zone</label>
      <div className="box">
        <select id="on-call-zone" name="time_zone" defaultValue={chosen} aria-invalid={Boolean(error)} aria-describedby="on-call-zone-below" {...rest}>
          {zones(chosen).map(([area, names]) => (
            <optgroup key={area} label={area}>
              {names.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </div>
      <div id="on-call-zone-below">
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

/** The zone of the person who looks. */
export function useOwnZone() {
  const { timeZone } = useDisplay();
  return timeZone || Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

function Footer({ isBusy, text, onClose }) {
  return (
    <footer>
      <span className="space" />
      <button type="button" className="plain" onClick={onClose}>
        Cancel
      </button>
      <button type="submit" className="primary" aria-disabled={isBusy}>
        {isBusy ? "Saving…" : text}
      </button>
    </footer>
  );
}

/** Sends what a form says, once at a time; keeps what is wrong with it, and what was typed. */
function useSending(form) {
  const [problem, setProblem] = useState(null);
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => {
    if (problem) focusFirstError(form.current);
  }, [problem]);
  const send = async (act) => {
    if (isBusy) return;
    setIsBusy(true);
    try {
      await act();
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem(refused);
      setIsBusy(false);
    }
  };
  return { problem, isBusy, send };
}

let keys = 0;
const newTurn = (name) => ({ key: (keys += 1), name });

function Members({ members, people, error, onChange }) {
  const given = useRef(null);
  const [before] = useState(() => members.map(({ name }) => name).join(" "));
  useEffect(() => {
    given.current.value = members.map(({ name }) => name).join(" ");
  }, [members]);
  return (
    <section className="steps-part" aria-label="Who takes turns">
      <h3>Who takes turns</h3>
      <input ref={given} type="text" className="for-readers" tabIndex={-1} aria-hidden="true" readOnly defaultValue={before} />
      <OrderList items={members} label="People in the order of their turns" onChange={onChange}>
        {(member, place) => (
          <>
            <span className="muted">{place + 1}.</span> {member.name}
          </>
        )}
      </OrderList>
      <select className="add-target" aria-label="Add somebody" aria-invalid={Boolean(error)} value="" onChange={(event) => onChange([...members, newTurn(event.target.value)])}>
        <option value="">+ Add somebody…</option>
        {people.map(({ username }) => (
          <option key={username} value={username}>
            {username}
          </option>
        ))}
      </select>
      {error ? (
        <p className="wrong" role="alert">
          {error}
        </p>
      ) : (
        <p className="help">The first one has the first turn. Somebody may have several.</p>
      )}
    </section>
  );
}

export function ScheduleForm({ schedule, people, onSaved, onClose }) {
  useFormats();
  const form = useRef(null);
  const own = useOwnZone();
  const [members, setMembers] = useState(() => (schedule?.members ?? []).filter(Boolean).map(newTurn));
  const { problem, isBusy, send } = useSending(form);
  const errors = problem?.fields ?? {};
  const ofMembers = Object.entries(errors).find(([name]) => name.startsWith("members"))?.[1];
  const save = (event) => {
    event.preventDefault();
    send(async () => {
      const values = valuesOf(form.current);
      const body = {
        name: values.name.trim(),
        members: members.map(({ name }) => name),
        time_zone: values.time_zone,
        starts_on: values.starts_on,
        hand_over_day: Number(values.hand_over_day),
        hand_over_at: values.hand_over_at,
        rotation_days: typedNumber(values.rotation_days),
      };
      const saved = schedule ? await ask("PATCH", `${PATH}/${schedule.schedule_id}`, body) : await ask("POST", PATH, body);
      toastWanted.send({ text: `${saved.name} is saved` });
      onSaved();
    });
  };
  return (
    <form ref={form} noValidate onSubmit={save}>
      <div className="content">
        <ErrorsElsewhere problem={problem} known={KNOWN} />
        <div className="fields">
          <Field label="Name" name="name" data-autofocus="" defaultValue={schedule?.name ?? ""} maxLength={80} error={errors.name} placeholder="Operations" autoComplete="off" />
        </div>
        <Members members={members} people={people} error={ofMembers} onChange={setMembers} />
        <div className="fields">
          <ZoneChoice chosen={schedule?.time_zone ?? own} error={errors.time_zone} help="By its clock turns are handed over, in summer and in winter." />
          <div className="half-field">
            <Field label="A turn lasts" name="rotation_days" inputMode="numeric" defaultValue={schedule?.rotation_days ?? 7} error={errors.rotation_days} help="1 to 28.">
              <span className="unit">days</span>
            </Field>
          </div>
          <Choice label="Handed over on" name="hand_over_day" className="field half" options={DAYS.map((day, number) => [String(number), day])} defaultValue={String(schedule?.hand_over_day ?? 0)} error={errors.hand_over_day} help="The day of the first turn; of each, where turns are whole weeks." />
          <div className="half-field">
            <Field label="At" name="hand_over_at" type="time" defaultValue={schedule?.hand_over_at ?? "09:00"} error={errors.hand_over_at} />
          </div>
          <div className="half-field">
            <Field label="Begins on or after" name="starts_on" type="date" defaultValue={schedule?.starts_on ?? fieldTime(weekBefore()).slice(0, 10)} error={errors.starts_on} help="Before the first turn nobody is on call." />
          </div>
        </div>
      </div>
      <Footer isBusy={isBusy} text="Save" onClose={onClose} />
    </form>
  );
}

/** So that the turn of this week is on already. */
const weekBefore = () => Date.now() - WEEK_MS;

export function StandInForm({ schedule, people, onSaved, onClose }) {
  useFormats();
  const form = useRef(null);
  const { problem, isBusy, send } = useSending(form);
  const errors = problem?.fields ?? {};
  const moment = (text) => (text ? new Date(fromField(text)).toISOString() : null);
  const save = (event) => {
    event.preventDefault();
    send(async () => {
      const { username, starts_at, ends_at, reason } = valuesOf(form.current);
      if (!ends_at) throw { status: 422, fields: { ends_at: "is required: who stands in does so until a time" }, detail: "" };
      await post(`${PATH}/${schedule.schedule_id}/stand-ins`, { username: username || null, starts_at: moment(starts_at), ends_at: moment(ends_at), reason: reason.trim() });
      toastWanted.send({ text: username ? `${username} stands in` : "Nobody is on call then" });
      onSaved();
    });
  };
  const next = Date.parse(schedule.now.ends_at);
  return (
    <form ref={form} noValidate onSubmit={save}>
      <div className="content">
        <ErrorsElsewhere problem={problem} known={["username", "starts_at", "ends_at", "reason"]} />
        <div className="fields">
          <Choice label="Who" name="username" data-autofocus="" options={[...people.map(({ username }) => [username, username]), ["", "Nobody"]]} defaultValue={people[0]?.username ?? ""} error={errors.username} help={`Instead of whoever's turn it is in ${schedule.name}.`} />
          <div className="half-field">
            <Field label="From" name="starts_at" type="datetime-local" defaultValue="" error={errors.starts_at} help="Empty: from now on." />
          </div>
          <div className="half-field">
            <Field label="Until" name="ends_at" type="datetime-local" defaultValue={next < Date.now() + 5 * WEEK_MS ? fieldTime(next) : ""} error={errors.ends_at} help="In your own time zone." />
          </div>
          <Field label="Why" name="reason" defaultValue="" maxLength={200} error={errors.reason} placeholder="a holiday" autoComplete="off" />
        </div>
      </div>
      <Footer isBusy={isBusy} text="Stand in" onClose={onClose} />
    </form>
  );
}
