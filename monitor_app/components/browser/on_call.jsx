// Who is told first: escalation policies, schedules, and who is on call now. All goes through the API.
import { useState } from "react";
import { useAsked } from "./asked.js";
import { useKeys } from "./keys.js";
import { Modal } from "./modal.jsx";
import { Policies } from "./policies.jsx";
import { PATH as POLICIES_PATH, PolicyForm } from "./policy_form.jsx";
import { ask, post } from "./post.js";
import { Question } from "./question.jsx";
import { Ghosts, Problem } from "./report_parts.jsx";
import { PATH as SCHEDULES_PATH, ScheduleForm, StandInForm } from "./schedule_form.jsx";
import { Schedules } from "./schedules.jsx";
import { toastWanted } from "./signals.js";

const WRITE = "on-call:write";
const AGAIN_MS = 30_000;
const TITLES = {
  policy: (one) => one?.name ?? "A new escalation policy",
  schedule: (one) => one?.name ?? "A new schedule",
  "stand-in": (one) => `Stand in: ${one?.name}`,
  "delete-policy": () => "Delete the policy?",
  "delete-schedule": () => "Delete the schedule?",
};

function Deleting({ name, path, users, words, onDone, onClose }) {
  return (
    <Question act={() => ask("DELETE", path)} button={`Delete ${name}`} onDone={onDone} onClose={onClose}>
      <p>{users.length ? `These go by it: ${users.join(", ")}. Take it out of them first.` : words}</p>
    </Question>
  );
}

/** Makes something that was deleted again, and says so. */
async function makeAgain(path, body) {
  try {
    await post(path, body);
    toastWanted.send({ text: `${body.name} is back` });
  } catch (refused) {
    toastWanted.send({ text: `${body.name} cannot be brought back: ${Object.values(refused.fields ?? {})[0] ?? refused.detail}`, tone: "failed" });
  }
}

function policyBody({ name, steps, rounds, is_default, fallback_channel }) {
  return { name, steps: steps.map(({ after_minutes, targets }) => ({ after_minutes, targets: targets.map(({ type, id }) => ({ type, id })) })), rounds, is_default, fallback_channel };
}

function scheduleBody({ name, members, time_zone, starts_on, hand_over_day, hand_over_at, rotation_days }) {
  return { name, members, time_zone, starts_on, hand_over_day, hand_over_at, rotation_days };
}

function Dialog({ open, known, isFirst, onDone, onClose }) {
  const { what, one, like } = open;
  const own = { onSaved: onDone, onClose };
  if (what === "policy") return <PolicyForm policy={one} like={like} known={known} isFirst={isFirst} {...own} />;
  if (what === "schedule") return <ScheduleForm schedule={one} people={known.people} {...own} />;
  if (what === "stand-in") return <StandInForm schedule={one} people={known.people} {...own} />;
  const isPolicy = what === "delete-policy";
  const path = isPolicy ? `${POLICIES_PATH}/${one.policy_id}` : `${SCHEDULES_PATH}/${one.schedule_id}`;
  const undo = async () => {
    await makeAgain(isPolicy ? POLICIES_PATH : SCHEDULES_PATH, isPolicy ? policyBody(one) : scheduleBody(one));
    onDone();
  };
  const deleted = () => {
    toastWanted.send({ text: `${one.name} is deleted`, action: "Undo", act: undo });
    onDone();
  };
  const words = isPolicy ? "Nobody is told by it any more. What it escalates just now ends." : `Its turns are gone, and who stands in. Nobody is on call by it any more.`;
  return <Deleting name={one.name} path={path} users={isPolicy ? one.rules : one.policies} words={words} onDone={deleted} onClose={onClose} />;
}

/** `may` are the permissions of who looks. */
export function OnCall({ may = [] }) {
  const canWrite = may.includes(WRITE);
  const policies = useAsked(POLICIES_PATH, { againMs: AGAIN_MS });
  const schedules = useAsked(SCHEDULES_PATH, { againMs: AGAIN_MS });
  const people = useAsked(canWrite ? "/api/on-call/people" : null);
  const channels = useAsked(canWrite ? "/api/channels" : null, { againMs: AGAIN_MS });
  const [open, setOpen] = useState(null); // {what, one, like}
  const load = () => {
    policies.load();
    schedules.load();
  };
  const done = () => {
    setOpen(null);
    load();
  };
  useKeys(canWrite ? { n: () => setOpen({ what: "policy" }) } : {});
  const act = (what) => (action, one) => {
    if (action === "edit") setOpen({ what, one });
    else if (action === "copy") setOpen({ what, like: one });
    else if (action === "delete") setOpen({ what: `delete-${what}`, one });
    else setOpen({ what: action, one });
  };
  const endStandIn = async (schedule, one) => {
    const back = () => post(`${SCHEDULES_PATH}/${schedule.schedule_id}/stand-ins`, { username: one.username, starts_at: one.starts_at, ends_at: one.ends_at, reason: one.reason }).then(load, load);
    try {
      await ask("DELETE", `${SCHEDULES_PATH}/${schedule.schedule_id}/stand-ins/${one.stand_in_id}`);
      toastWanted.send({ text: "It is the turn of the schedule again", action: "Undo", act: back });
    } catch (refused) {
      toastWanted.send({ text: refused.detail, tone: "failed" });
    }
    load();
  };
  const known = { people: people.found?.items ?? [], channels: channels.found?.items ?? [], schedules: schedules.found?.items ?? [] };
  const isThere = policies.found && schedules.found;
  return (
    <>
      <div className="admin-head">
        <div className="words">
          <h1>On call</h1>
          <p className="muted">Who is told first, and who when nobody answers.</p>
        </div>
      </div>
      <Problem words={policies.problem || schedules.problem} onRetry={load} />
      {!isThere && !policies.problem && <Ghosts />}
      {isThere && (
        <>
          <Policies policies={policies.found.items} canWrite={canWrite} onAct={act("policy")} onAdd={() => setOpen({ what: "policy" })} />
          <Schedules schedules={schedules.found.items} canWrite={canWrite} onAct={act("schedule")} onAdd={() => setOpen({ what: "schedule" })} onEnd={endStandIn} />
        </>
      )}
      <Modal
        isOpen={open !== null}
        title={open ? TITLES[open.what](open.one) : ""}
        size={open?.what.startsWith("delete") ? "small" : open?.what === "policy" ? "wide" : "medium"}
        guard={!open?.what.startsWith("delete")}
        onClose={() => setOpen(null)}
      >
        {open && <Dialog open={open} known={known} isFirst={!policies.found?.items.length} onDone={done} onClose={() => setOpen(null)} />}
      </Modal>
    </>
  );
}
