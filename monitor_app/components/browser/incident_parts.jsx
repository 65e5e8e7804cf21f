// The parts of an incident's page: its story, who was told, notes, what was learned.
import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { at, problemOf, tried } from "./alert_parts.jsx";
import { Icon } from "./icons.jsx";
import { keepText, readText } from "./kept_text.js";
import { Modal } from "./modal.jsx";
import { ask } from "./post.js";
import { RelationMap } from "./relation_map.jsx";
import { channelWords, kindWords } from "./sent_words.js";
import { toastWanted } from "./signals.js";
import { Ago, Stamp } from "./stamp.jsx";
import { serviceAddress } from "./url.js";
import { useLive } from "./alerts_watch.jsx";

const PATH = "/api/alerting/incidents";
const CHANGED = 412;
const ICONS = {
  fired: "octagon", joined: "octagon", unheld: "octagon", raised: "up", held: "pause", recovered: "check", resolved: "check", cause: "search", flapping: "turn",
  acknowledged: "user", unacknowledged: "user", assigned: "user", expired: "clock", note: "bookmark", post_mortem: "edit", renamed: "edit", merged: "link",
  split: "link", split_order: "link", told: "bell", escalated: "bell",
};
const INTO = "merged into ";
/** What somebody did, in words; the rest is told as it is written. */
const VERBS = {
  acknowledged: () => "acknowledged it",
  unacknowledged: () => "took the acknowledgement back",
  assigned: ({ text }) => (text === "nobody" ? "assigned it to nobody" : `assigned it to ${text}`),
  note: () => "wrote",
  renamed: ({ text }) => `renamed it to “${text}”`,
  post_mortem: () => "changed the post-mortem",
  merged: ({ text }) => (text.startsWith(INTO) ? `merged it into “${text.slice(INTO.length)}”` : `took in “${text.replace(/ was merged into it$/, "")}”`),
  split_order: () => "wants some of its alerts to be an incident of their own",
  split: ({ text }) => `split it: ${text}`,
};
// Their text is told by the words above already.
const TOLD = new Set(["assigned", "renamed", "merged", "split"]);

/** In the time zone of who reads it. */
function HeldUntil({ moment }) {
  if (!moment) return null;
  return (
    <>
      {" "}
      until <Stamp at={at(moment)} />
    </>
  );
}

function Entry({ entry }) {
  const verb = entry.who && VERBS[entry.kind];
  const told = entry.kind === "told" ? `${entry.text} was told` : entry.text;
  const words = verb ? verb(entry) : told || entry.kind.replaceAll("_", " ");
  return (
    <li className="happening">
      <span className="mark">
        <Icon name={ICONS[entry.kind] ?? "history"} size={14} />
      </span>
      <div className="what">
        <p className="did">
          {entry.who && <b>{entry.who} </b>}
          {words}
          <HeldUntil moment={entry.until} />
          {entry.service_id && !words.includes(entry.label) && (
            <>
              {" · "}
              <Link to={serviceAddress(entry.service_id)}>{entry.label}</Link>
            </>
          )}
        </p>
        {verb && entry.text && !TOLD.has(entry.kind) && <p className="note-text">{entry.text}</p>}
      </div>
      <span className="when muted">
        <Stamp at={at(entry.at)} />
      </span>
    </li>
  );
}

/** A line for the story; kept in this tab until it is written. */
function NoteBox({ id, onSaved }) {
  const name = `note-${id}`;
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  useEffect(() => setText(readText(name) ?? ""), [name]);
  const change = (value) => {
    setText(value);
    keepText(name, value || null);
  };
  const save = async (event) => {
    event.preventDefault();
    if (!text.trim()) return;
    try {
      onSaved(await ask("POST", `${PATH}/${id}/notes`, { text }));
      change("");
      setProblem("");
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem(problemOf(refused));
    }
  };
  return (
    <form className="note-box" noValidate onSubmit={save}>
      <textarea
        rows={2}
        maxLength={1000}
        aria-label="A note for the timeline"
        placeholder="What do you see, what do you do?"
        value={text}
        onChange={(event) => change(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.currentTarget.form.requestSubmit()}
      />
      <button type="submit" className="plain" disabled={!text.trim()}>
        Write it down
      </button>
      {problem && (
        <p className="wrong" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

export function Story({ incident, mayWrite, onChanged }) {
  return (
    <section aria-labelledby="incident-story">
      <h2 id="incident-story">Timeline</h2>
      {incident.timeline.length ? (
        <ol className="timeline">
          {incident.timeline.map((entry) => (
            <Entry key={entry.entry_id} entry={entry} />
          ))}
        </ol>
      ) : (
        <p className="help">Nothing is written down yet.</p>
      )}
      {mayWrite && <NoteBox id={incident.incident_id} onSaved={onChanged} />}
    </section>
  );
}

const SENT = { sent: "check", dead: "octagon", held: "pause", waiting: "clock", sending: "clock" };
const SENT_WORDS = { sent: "sent", dead: "not delivered", held: "held back", waiting: "waits", sending: "being sent" };

export function Told({ id, notifications }) {
  return (
    <section aria-labelledby="incident-told">
      <h2 id="incident-told">Who was told</h2>
      {!notifications.length && <p className="help">Nobody was told of it.</p>}
      <ul className="told-list">
        {notifications.map((one) => (
          <li key={one.notification_id} className={one.state}>
            <Icon name={SENT[one.state] ?? "bell"} size={14} />
            <div>
              <p>
                <b>{channelWords(one.channel, one.account)}</b>
                {one.account && <span className="muted"> of {one.account}</span>} · {kindWords(one.kind)} · {SENT_WORDS[one.state] ?? one.state}
              </p>
              {(one.why || one.answer) && (
                <p className="muted">
                  {one.why || one.answer}
                  <HeldUntil moment={one.held_until} />
                </p>
              )}
            </div>
            <span className="muted">
              <Ago at={at(one.finished_at ?? one.created_at)} />
            </span>
          </li>
        ))}
      </ul>
      {notifications.length > 0 && <Link to={`/alerting/sent?incident=${id}`}>All that was sent of it</Link>}
    </section>
  );
}

/** What was learned. Markdown, and shown as the text that it is; what is typed stays in this tab until it is saved. */
export function PostMortem({ incident, mayWrite, onChanged }) {
  const id = incident.incident_id;
  const name = `post-mortem-${id}`;
  const [draft, setDraft] = useState(null); // null: nobody writes
  const [from, setFrom] = useState(null); // what it said when somebody here began to write
  const [isPreview, setIsPreview] = useState(false);
  const [problem, setProblem] = useState("");
  const area = useRef(null);
  useEffect(() => {
    setDraft(readText(name));
    setFrom(readText(`${name}-from`));
  }, [name]);
  const isOther = draft !== null && from !== null && from !== incident.post_mortem;
  const change = (value) => {
    setDraft(value);
    keepText(name, value === incident.post_mortem ? null : value);
  };
  const begin = () => {
    setFrom(incident.post_mortem);
    keepText(`${name}-from`, incident.post_mortem);
    setDraft(incident.post_mortem || "## What happened\n\n## Why\n\n## What comes of it\n");
    setIsPreview(false);
    requestAnimationFrame(() => area.current?.focus());
  };
  const drop = () => {
    setDraft(null);
    setFrom(null);
    setProblem("");
    keepText(name, null);
    keepText(`${name}-from`, null);
  };
  const throwAway = () => {
    const [text, before] = [draft, from];
    const isWritten = readText(name) !== null;
    drop();
    if (!isWritten) return;
    const back = () => {
      setFrom(before);
      keepText(`${name}-from`, before);
      change(text);
    };
    toastWanted.send({ text: "What you wrote is thrown away", action: "Undo", act: back });
  };
  const save = async (event) => {
    event.preventDefault();
    try {
      // What another one saved meanwhile is shown below by then, so whoever saves again means it.
      onChanged(await ask("PATCH", `${PATH}/${id}`, { post_mortem: draft, post_mortem_before: isOther ? incident.post_mortem : from }));
      drop();
      toastWanted.send({ text: "The post-mortem is saved" });
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      if (refused.status !== CHANGED) setProblem(problemOf(refused));
      else onChanged(await ask("GET", `${PATH}/${id}`));
    }
  };
  return (
    <section aria-labelledby="incident-learned">
      <div className="section-line">
        <h2 id="incident-learned">Post-mortem</h2>
        {mayWrite && draft === null && (
          <button type="button" className="quiet" onClick={begin}>
            <Icon name="edit" size={14} /> {incident.post_mortem ? "Edit" : "Write one"}
          </button>
        )}
      </div>
      {draft === null ? (
        incident.post_mortem ? (
          <pre className="post-mortem">{incident.post_mortem}</pre>
        ) : (
          <p className="help">What happened, why, and what comes of it. It goes along with the export.</p>
        )
      ) : (
        <form className="post-mortem-form" noValidate onSubmit={save}>
          {isPreview ? (
            <pre className="post-mortem">{draft}</pre>
          ) : (
            <textarea
              ref={area}
              rows={14}
              maxLength={50_000}
              aria-label="Post-mortem, in Markdown"
              value={draft}
              onChange={(event) => change(event.target.value)}
              onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.currentTarget.form.requestSubmit()}
            />
          )}
          {isOther && (
            <div className="post-mortem-other" role="alert">
              <p>
                <Icon name="warn" size={14} /> Somebody else saved it while you wrote. Yours stays here: take over what is to stay, then save. It says now:
              </p>
              <pre className="post-mortem">{incident.post_mortem || "nothing"}</pre>
            </div>
          )}
          {problem && (
            <p className="wrong" role="alert">
              {problem}
            </p>
          )}
          <div className="form-line">
            <button type="button" className="quiet" aria-pressed={isPreview} onClick={() => setIsPreview(!isPreview)}>
              {isPreview ? "Write on" : "Preview"}
            </button>
            <span className="help">Markdown. Kept in this tab until you save it.</span>
            <span className="space" />
            <button type="button" className="plain" onClick={throwAway}>
              Throw it away
            </button>
            <button type="submit" className="primary">
              Save
            </button>
          </div>
        </form>
      )}
    </section>
  );
}

export function Affected({ id }) {
  const { found } = useLive(`${PATH}/${id}/map`);
  if (!found?.nodes?.length) return null;
  return (
    <section aria-labelledby="incident-map">
      <h2 id="incident-map">What it affects</h2>
      <RelationMap graph={found} />
      {found.more > 0 && <p className="help">{found.more} more are not drawn.</p>}
    </section>
  );
}

/** Finds the open incident that this one is one with. */
export function MergeForm({ incident, isOpen, onMerged, onClose }) {
  const [search, setSearch] = useState("");
  const [found, setFound] = useState(null); // null: nothing is known yet
  useEffect(() => {
    if (!isOpen) return undefined;
    const timer = setTimeout(async () => {
      const answer = await tried("GET", `${PATH}?${new URLSearchParams({ state: "open", search, limit: "20" })}`);
      if (answer) setFound(answer.items.filter((one) => one.incident_id !== incident.incident_id));
    }, 150);
    return () => clearTimeout(timer);
  }, [search, isOpen, incident.incident_id]);
  const merge = async (into) => {
    const whole = await tried("POST", `${PATH}/${incident.incident_id}/merge`, { into });
    if (!whole) return;
    toastWanted.send({ text: `“${incident.title}” is one with this now` });
    onMerged(whole);
  };
  return (
    <Modal isOpen={isOpen} title="Merge with which incident?" size="small" guard={false} onClose={onClose}>
      <div className="content">
        <p className="help">Its alerts go there, and this page with them. The timelines become one. Alerts can be split off again there.</p>
        <input className="merge-search" type="search" data-autofocus="" aria-label="Search open incidents" placeholder="Search open incidents" maxLength={100} value={search} onChange={(event) => setSearch(event.target.value)} />
        <ul className="merge-list">
          {(found ?? []).map((one) => (
            <li key={one.incident_id}>
              <button type="button" onClick={() => merge(one.incident_id)}>
                <b>{one.title}</b>
                <span className="muted">
                  began <Ago at={at(one.started_at)} />
                </span>
              </button>
            </li>
          ))}
        </ul>
        {found?.length === 0 && <p className="help">There is no other open incident{search && " like that"}.</p>}
      </div>
    </Modal>
  );
}
