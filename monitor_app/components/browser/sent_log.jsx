// What was told to whom, what became of it, and what was held back and why; dead messages can be sent again.
import { useCallback, useEffect, useState } from "react";
import { useAsked } from "./asked.js";
import { Icon } from "./icons.jsx";
import { Modal } from "./modal.jsx";
import { PaceForm } from "./pace_form.jsx";
import { ask } from "./post.js";
import { channelWords, kindWords } from "./sent_words.js";
import { toastWanted } from "./signals.js";
import { Ago, Stamp, Until } from "./stamp.jsx";
import { useQuery, useSetQuery } from "./url.js";
import { plural } from "./words.js";

const PATH = "/api/notifications";
const SEND = "channel:write";
const PACE = "alert-rule:write";
const LIMIT = 50;
const NUMBER = /^[1-9]\d{0,8}$/;
const AGAIN_MS = 10_000;
const STATES = [
  ["", "All"],
  ["waiting", "Waiting"],
  ["sent", "Sent"],
  ["dead", "Not delivered"],
  ["held", "Held back"],
];

const nameOf = (one) => channelWords(one.channel, one.username);
const at = (moment) => (moment ? Date.parse(moment) : 0);

/** Pages of the log; the newest page is read again now and then while it is looked at. */
function useLog(state, channelId, incidentId) {
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState("");
  const [isLonger, setIsLonger] = useState(false);
  const read = useCallback(
    (cursor = "") => ask("GET", `${PATH}?${new URLSearchParams({ state, limit: LIMIT, ...(channelId ? { channel_id: channelId } : {}), ...(incidentId ? { incident_id: incidentId } : {}), ...(cursor ? { cursor } : {}) })}`),
    [state, channelId, incidentId],
  );
  const load = useCallback(async () => {
    try {
      setFound(await read());
      setProblem("");
    } catch (refused) {
      setProblem(refused.detail ?? "The log cannot be read.");
    }
  }, [read]);
  useEffect(() => {
    setFound(null);
    setIsLonger(false);
    load();
  }, [load]);
  useEffect(() => {
    if (isLonger) return undefined; // who reads older ones is not torn away from them
    const timer = setInterval(() => document.visibilityState === "visible" && load(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [load, isLonger]);
  const more = async () => {
    setIsLonger(true);
    try {
      const older = await read(found.next_cursor);
      setFound((known) => ({ items: [...known.items, ...older.items], next_cursor: older.next_cursor }));
    } catch (refused) {
      toastWanted.send({ text: refused.detail, tone: "failed" });
    }
  };
  const change = (one) => setFound((known) => ({ ...known, items: known.items.map((each) => (each.notification_id === one.notification_id ? one : each)) }));
  return { found, problem, load, more, change };
}

/** What became of it, in an icon and words. */
function Outcome({ one }) {
  if (one.state === "sent") {
    return (
      <span className="said ok">
        <Icon name="check" size={14} />
        <span>
          sent <Ago at={at(one.finished_at)} />
          {one.why && `, ${one.why}`}
        </span>
      </span>
    );
  }
  if (one.state === "dead") {
    return (
      <span className="said bad">
        <Icon name="octagon" size={14} /> not delivered: {one.why}
      </span>
    );
  }
  if (one.state === "held") {
    return (
      <span className="said off">
        <Icon name="pause" size={14} />
        <span>
          held: {one.why}
          {one.next_attempt_at && (
            <>
              {" "}
              until <Stamp at={at(one.next_attempt_at)} />
            </>
          )}
        </span>
      </span>
    );
  }
  if (one.state === "sending" || !one.attempts) {
    return (
      <span className="said off">
        <Icon name="clock" size={14} /> {one.state === "sending" ? "being sent" : "about to be sent"}
      </span>
    );
  }
  return (
    <span className="said bad">
      <Icon name="refresh" size={14} />
      <span>
        {one.why || `${plural(one.attempts, "attempt")} failed`}, tried again <Until at={at(one.next_attempt_at)} never="later" over="now" />
      </span>
    </span>
  );
}

function Row({ one, isSender, onRetry }) {
  const [incident] = one.incidents;
  return (
    <tr>
      <td className="sent-when">
        <Ago at={at(one.created_at)} />
      </td>
      <th scope="row">
        {one.incidents.length === 1 ? <a href={`/incidents/${incident}`}>{one.title}</a> : one.title}
        <span className="sent-notes">
          <span className="chip">{kindWords(one.kind)}</span>
          <span className="muted">{one.severity}</span>
        </span>
      </th>
      <td className="sent-to">
        {nameOf(one)}
        {one.username && <span className="muted"> of {one.username}</span>}
      </td>
      <td className="sent-outcome">
        <Outcome one={one} />
        {one.answer && <span className="sent-answer mono">{one.answer}</span>}
      </td>
      <td className="cell-actions">
        {isSender && one.state === "dead" && (
          <button type="button" className="plain" aria-label={`Send again: ${one.title} to ${nameOf(one)}`} onClick={() => onRetry(one)}>
            Send again
          </button>
        )}
      </td>
    </tr>
  );
}

function Rows({ items, isSender, onRetry }) {
  return (
    <table className="list sent-list" aria-label="Notifications">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">What</th>
          <th scope="col">To</th>
          <th scope="col">What became of it</th>
          <th scope="col">
            <span className="for-readers">What can be done</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <Row key={one.notification_id} one={one} isSender={isSender} onRetry={onRetry} />
        ))}
      </tbody>
    </table>
  );
}

function Ghosts() {
  return (
    <div className="ghosts" aria-hidden="true">
      {[0, 1, 2, 3].map((line) => (
        <div key={line} className="ghost-line">
          <span className="ghost" />
        </div>
      ))}
    </div>
  );
}

/** Which channel alone; one whose name may not be seen, or that is gone, is called by its number. */
function ChannelChoice({ channelId, onChoose }) {
  const { found } = useAsked("/api/channels");
  const channels = (found?.items ?? []).map(({ channel_id: id, name }) => [String(id), name]);
  const all = channelId && !channels.some(([id]) => id === channelId) ? [...channels, [channelId, `Channel ${channelId}`]] : channels;
  if (!all.length) return null;
  return (
    <label className={`choice ${channelId ? "chosen" : ""}`}>
      <span className="for-readers">Channel</span>
      <select value={channelId} onChange={(event) => onChoose(event.target.value)}>
        <option value="">All channels</option>
        {all.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <Icon name="down" size={12} />
    </label>
  );
}

/** `may` are the permissions of who looks. */
export function SentLog({ may = [] }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const wanted = query.get("sent") ?? "";
  const state = STATES.some(([key]) => key === wanted) ? wanted : "";
  const [incidentId] = NUMBER.exec(query.get("incident") ?? "") ?? [""];
  const [channelId] = NUMBER.exec(query.get("channel") ?? "") ?? [""];
  const { found, problem, load, more, change } = useLog(state, channelId, incidentId);
  const [isPacing, setIsPacing] = useState(false);
  const retry = async (one) => {
    try {
      change(await ask("POST", `${PATH}/${one.notification_id}/retry`));
      toastWanted.send({ text: `On its way to ${nameOf(one)} again` });
    } catch (refused) {
      toastWanted.send({ text: Object.values(refused.fields ?? {}).join(" ") || refused.detail, tone: "failed" });
    }
  };
  return (
    <section className="sent-log" aria-label="What was sent">
      <div className="sent-head">
        <label className={`choice ${state ? "chosen" : ""}`}>
          <span className="for-readers">State</span>
          <select value={state} onChange={(event) => setQuery({ sent: event.target.value })}>
            {STATES.map(([key, title]) => (
              <option key={key} value={key}>
                {title}
              </option>
            ))}
          </select>
          <Icon name="down" size={12} />
        </label>
        <ChannelChoice channelId={channelId} onChoose={(value) => setQuery({ channel: value })} />
        {incidentId && (
          <button type="button" className="choice chosen" aria-label={`Of incident ${incidentId} only: show all`} onClick={() => setQuery({ incident: null })}>
            Of incident {incidentId} <Icon name="close" size={12} />
          </button>
        )}
        {may.includes(PACE) && (
          <button type="button" className="plain" onClick={() => setIsPacing(true)}>
            <Icon name="sliders" /> How often
          </button>
        )}
      </div>
      {problem && (
        <div className="banner bad" role="alert">
          <Icon name="warn" /> <span>{problem}</span>
          <button type="button" className="plain" onClick={load}>
            Try again
          </button>
        </div>
      )}
      {!found && !problem && <Ghosts />}
      {found && !found.items.length && (
        <div className="empty-list">
          <p>{state || channelId || incidentId ? "There is none of these." : "Nothing was sent yet. What goes out stands here: to whom, when, and what the provider said."}</p>
        </div>
      )}
      {found?.items.length > 0 && <Rows items={found.items} isSender={may.includes(SEND)} onRetry={retry} />}
      {found?.next_cursor && (
        <button type="button" className="plain sent-more" onClick={more}>
          Older ones
        </button>
      )}
      <Modal isOpen={isPacing} title="How often somebody is told" onClose={() => setIsPacing(false)}>
        {isPacing && <PaceForm onDone={() => setIsPacing(false)} onClose={() => setIsPacing(false)} />}
      </Modal>
    </section>
  );
}
