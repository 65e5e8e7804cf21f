// The connections to Consul: how each is, in words that say what to do, and what can be done with it.
import { ActionMenu } from "./action_menu.jsx";
import { PATH } from "./consul_data.js";
import { Icon } from "./icons.jsx";
import { ask } from "./post.js";
import { Question } from "./question.jsx";
import { toastWanted } from "./signals.js";
import { Ago } from "./stamp.jsx";
import { Glyph } from "./status.jsx";
import { pace, plural } from "./words.js";

const STATES = {
  ok: { status: 0, colour: "ok", word: "Connected" },
  doubted: { status: 1, colour: "degraded", word: "In doubt" },
  away: { status: 2, colour: "failed", word: "Away" },
  waiting: { status: 3, colour: "starting", word: "Waiting for the first poll" },
  paused: { status: 4, colour: "stopped", word: "Paused" },
};

function at(text) {
  return text ? Date.parse(text) : 0;
}

function itemsFor(source, may) {
  const isOn = source.enabled;
  return [
    ...(may.includes("check:run") && isOn ? [{ action: "poll", icon: "refresh", text: "Poll now" }] : []),
    ...(may.includes("source:write")
      ? [
          { action: "edit", icon: "edit", text: "Edit" },
          isOn ? { action: "pause", icon: "pause", text: "Pause" } : { action: "resume", icon: "play", text: "Resume" },
          { action: "delete", icon: "trash", text: "Delete", isDangerous: true },
        ]
      : []),
  ];
}

/** What stands above everything while it lasts. */
function Trouble({ source }) {
  if (source.state === "away") {
    return (
      <div className="banner bad" role="alert">
        <Icon name="warn" />
        <span>
          <b>{source.label} does not answer</b> since <Ago at={at(source.since)} />: {source.error}. What is shown is what was known last, and becomes unknown after{" "}
          {pace(2 * source.interval_seconds)}. It is asked again by itself ({plural(source.failures, "attempt")} so far).
        </span>
      </div>
    );
  }
  if (source.state !== "doubted") return null;
  return (
    <div className="banner" role="status">
      <Icon name="question" />
      <span>
        <b>{source.label} tells of less than before.</b> {source.doubt}
      </span>
    </div>
  );
}

function Counts({ source }) {
  const { services, checks, nodes, datacentre, is_filtered: isFiltered, left_out: leftOut } = source.facts;
  if (services === undefined) return null;
  return (
    <p className="muted">
      {[datacentre, plural(services, "service"), plural(checks ?? 0, "check"), plural(nodes ?? 0, "node")].filter(Boolean).join(" · ")}
      {isFiltered && " · the token does not show everything"}
      {leftOut > 0 && ` · ${leftOut} more are left out`}
    </p>
  );
}

function Connection({ source, may, onAct }) {
  const { status, colour, word } = STATES[source.state];
  return (
    <li>
      <span className={`status ${colour}`}>
        <Glyph status={status} />
        {word}
      </span>
      <div className="words">
        <p>
          <b>{source.label}</b> {source.config.address && <span className="mono muted">{source.config.address}</span>}
        </p>
        <Counts source={source} />
      </div>
      <p className="muted polled">
        polled <Ago at={at(source.polled_at)} />
        {source.seconds !== null && ` in ${source.seconds.toFixed(2)} s`}, every {pace(source.interval_seconds)}
      </p>
      {itemsFor(source, may).length > 0 && <ActionMenu label={`What can be done with ${source.label}`} items={itemsFor(source, may)} onChoose={(action) => onAct(action, source)} />}
    </li>
  );
}

export function Connections({ sources, may, onAct, onChanged }) {
  const act = async (action, source) => {
    if (action === "edit" || action === "delete") {
      onAct(action, source);
      return;
    }
    try {
      if (action === "poll") await ask("POST", `${PATH}/${source.slug}/poll`);
      else await ask("PATCH", `${PATH}/${source.slug}`, { enabled: action === "resume" });
      toastWanted.send({ text: { poll: `${source.label} is polled now`, pause: `${source.label} is paused`, resume: `${source.label} is polled again` }[action] });
    } catch (refused) {
      toastWanted.send({ text: refused.detail, tone: "failed" });
    }
    onChanged();
  };
  return (
    <section aria-label="Connections">
      {sources.map((source) => (
        <Trouble key={source.slug} source={source} />
      ))}
      <ul className="consul-connections">
        {sources.map((source) => (
          <Connection key={source.slug} source={source} may={may} onAct={act} />
        ))}
      </ul>
    </section>
  );
}

export function Deleting({ source, onDone, onClose }) {
  const remove = async () => {
    await ask("DELETE", `${PATH}/${source.slug}`);
    toastWanted.send({ text: `${source.label} is deleted` });
  };
  return (
    <Question act={remove} button={`Delete ${source.label}`} onDone={onDone} onClose={onClose}>
      <p>
        Its {plural(source.facts.services ?? 0, "service")} go with it. They can be restored with their history for 30 days, but nobody tells of them any more.
      </p>
    </Question>
  );
}
