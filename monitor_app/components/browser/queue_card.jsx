// One queue: how its circuit breaker is, since when and why, how many jobs there are, and what happened.
import { useEffect, useRef } from "react";
import { Icon } from "./icons.jsx";
import { Ago, Stamp } from "./stamp.jsx";
import { Glyph } from "./status.jsx";
import { serviceAddress } from "./url.js";
import { plural } from "./words.js";

const STATES = {
  open: { status: 2, key: "failed", word: "Open" },
  "half-open": { status: 1, key: "degraded", word: "Half-open" },
  closed: { status: 0, key: "ok", word: "Closed" },
};
const UNKNOWN = { status: 5, key: "unknown", word: "Unknown" };
const PAUSED = { status: 4, key: "stopped", word: "Not watched" };
const LOST = 5;
const CHART = { width: 160, height: 32 };
const EVENTS = 5;

function State({ state }) {
  const { status, key, word } = state;
  return (
    <p className={`queue-state status ${key}`}>
      <Glyph status={status} /> <b>{word}</b>
    </p>
  );
}

function Times({ breaker }) {
  const rows = [
    ["Opened", breaker.opened_at],
    ["Closed", breaker.closed_at],
  ].filter(([, at]) => at);
  const since = breaker.state === "closed" ? breaker.closed_at : breaker.opened_at;
  return (
    <>
      {since && (
        <p className="muted queue-since">
          Since <Ago at={Date.parse(since)} />
        </p>
      )}
      {rows.length > 0 && (
        <dl className="queue-facts">
          {rows.map(([title, at]) => (
            <div key={title}>
              <dt>{title}</dt>
              <dd>
                <Stamp at={Date.parse(at)} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

function Metadata({ metadata }) {
  const rest = Object.entries(metadata).filter(([name, text]) => name !== "reason" && text);
  return (
    <>
      {metadata.reason && <p className="queue-reason">“{metadata.reason}”</p>}
      {rest.length > 0 && (
        <dl className="queue-facts">
          {rest.map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

/** How many waited and ran, of the last looks. */
function Chart({ samples }) {
  if (samples.length < 2) return null;
  const most = Math.max(1, ...samples.map(([, waiting, running]) => Math.max(waiting, running)));
  const x = (index) => ((index / (samples.length - 1)) * CHART.width).toFixed(1);
  const y = (value) => (CHART.height - 1 - (value / most) * (CHART.height - 2)).toFixed(1);
  const line = (column) => samples.map((sample, index) => `${index ? "L" : "M"}${x(index)} ${y(sample[column])}`).join("");
  const last = samples.at(-1);
  return (
    <svg
      className="queue-chart"
      viewBox={`0 0 ${CHART.width} ${CHART.height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`The last ${samples.length} looks: at most ${most} at a time; now ${last[1]} wait and ${last[2]} run`}
    >
      <path className="running" d={line(2)} />
      <path className="waiting" d={line(1)} />
    </svg>
  );
}

function Jobs({ counts, oldest, samples, error }) {
  if (!counts) return error ? <p className="help">Job counts are not known: {error}</p> : null;
  return (
    <div className="queue-jobs">
      <dl>
        {Object.entries(counts).map(([name, count]) => (
          <div key={name}>
            <dt>{name.replaceAll("_", " ")}</dt>
            <dd>{count}</dd>
          </div>
        ))}
      </dl>
      <Chart samples={samples} />
      {samples.length > 1 && <p className="help queue-legend">The last looks: waiting, and running dashed.</p>}
      {oldest > 0 && <p className="help">{`The oldest has waited for ${Math.round(oldest * 10) / 10} s.`}</p>}
    </div>
  );
}

function Events({ events }) {
  if (!events.length) return null;
  return (
    <details className="queue-events">
      <summary>Events</summary>
      <ol>
        {events.slice(0, EVENTS).map((event, index) => (
          <li key={`${event.at} ${index}`}>
            <Stamp at={Date.parse(event.at)} /> {event.state}
            {event.who && ` by ${event.who}`}
            {event.reason && `: ${event.reason}`}
          </li>
        ))}
      </ol>
    </details>
  );
}

const ORDERS = {
  open: { word: "Open…", under: "Opening…", is: "open", look: "plain dangerous" },
  close: { word: "Close…", under: "Closing…", is: "closed", look: "plain" },
};

/** For a place whose buttons come and go: the first of them gets the focus of one that is gone. Spread it there. */
export function useKeptFocus() {
  const place = useRef(null);
  const isWithin = useRef(false);
  useEffect(() => {
    // Where its button is gone, a dialog gives the focus to the page as a whole.
    const isNowhere = [document.body, document.getElementById("main")].includes(document.activeElement);
    if (isWithin.current && isNowhere) place.current?.querySelector("button")?.focus();
  });
  // What is taken off the page is not told of by a blur, and who goes into a dialog comes back.
  const onBlur = ({ relatedTarget }) => (isWithin.current = Boolean(relatedTarget?.closest("dialog")));
  return { ref: place, onFocus: () => (isWithin.current = true), onBlur };
}

function Controls({ state, label, order, mayOpen, mayClose, onOrder }) {
  const kept = useKeptFocus();
  const possible = [mayClose && "close", mayOpen && "open"].filter((action) => action && state !== ORDERS[action].is);
  return (
    <footer {...kept}>
      {possible.map((action) => {
        const isUnder = order?.action === action;
        return (
          <button
            key={action}
            type="button"
            className={ORDERS[action].look}
            aria-label={isUnder ? undefined : `${action === "open" ? "Open" : "Close"} the breaker of ${label}`}
            aria-disabled={Boolean(order)}
            onClick={() => order || onOrder(action)}
          >
            {isUnder ? ORDERS[action].under : ORDERS[action].word}
          </button>
        );
      })}
    </footer>
  );
}

/** The checks of this installation. */
export function OwnCard({ own, isOld, mayOperate, order, onOrder }) {
  const { breaker } = own;
  const metadata = Object.fromEntries(Object.entries(breaker.metadata).filter(([, text]) => text));
  return (
    <li className={`queue-card ${isOld ? "unknown" : breaker.state}`} aria-label="The check queue here">
      <header>
        <h2>Checks of this Lightbulb</h2>
        <State state={isOld ? UNKNOWN : STATES[breaker.state]} />
      </header>
      {isOld ? (
        <p className="help">{`It was ${breaker.state} when it was read last.`}</p>
      ) : (
        <p className="help">{breaker.state === "open" ? "No check is started." : "Checks are started as they come due."}</p>
      )}
      <Times breaker={breaker} />
      <Metadata metadata={metadata} />
      <Jobs counts={own.job_counts} oldest={own.oldest_wait_seconds} samples={own.samples} error="no engine has told of itself for a while" />
      <Events events={own.events} />
      {mayOperate && (
        <Controls state={isOld ? null : breaker.state} label="the check queue" order={order} mayOpen mayClose onOrder={onOrder} />
      )}
    </li>
  );
}

/** A message with its stop. */
function sentence(text) {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

function Connection({ item, onRetry }) {
  if (item.connection === "paused") return <p className="help">The service is paused, so its queue is not asked.</p>;
  if (item.connection === "lost") {
    return (
      <div className="banner bad" role="alert">
        <Icon name="warn" />
        <span>
          <b>Connection lost.</b> {item.failures > 0 && `${plural(item.failures, "try", "tries")} in a row failed: `}
          {sentence(item.error)}
          {item.retry_seconds > 0 && ` Asked again in ${Math.ceil(item.retry_seconds)} s.`}
        </span>
        <button type="button" className="plain" onClick={onRetry}>
          Try again
        </button>
      </div>
    );
  }
  if (item.connection === "shaky") return <p className="wrong">{`${item.failures} of ${LOST} tries failed: ${item.error}`}</p>;
  return null;
}

/** A service of the kind queue. `isOld`: nothing has been heard of any of them for a while. */
export function QueueCard({ item, isOld, mayOperate, order, onOrder, onRetry }) {
  const isCurrent = !isOld && !item.is_unclear && (item.connection === "good" || item.connection === "shaky");
  const shown = item.connection === "paused" ? PAUSED : isCurrent && item.state ? STATES[item.state] : UNKNOWN;
  return (
    <li className={`queue-card ${isCurrent ? item.state : "unknown"}`} aria-label={item.label}>
      <header>
        <h2>
          <a className="link-button" href={serviceAddress(item.service_id)}>
            {item.label}
          </a>
        </h2>
        <State state={shown} />
      </header>
      {!isCurrent && item.state && item.read_at && (
        <p className="help">
          It was {item.state} when it was read last, <Ago at={Date.parse(item.read_at)} />.
        </p>
      )}
      {item.state && <Times breaker={item} />}
      <Metadata metadata={item.metadata} />
      <Connection item={item} onRetry={onRetry} />
      <Jobs counts={item.job_counts} oldest={item.oldest_wait_seconds} samples={item.samples} error={item.counts_error} />
      <Events events={item.events} />
      <p className="help queue-read">
        {item.read_at ? (
          <>
            Read <Ago at={Date.parse(item.read_at)} />
          </>
        ) : (
          "Not read yet"
        )}
      </p>
      {mayOperate && item.connection !== "paused" && (
        <Controls state={isCurrent ? item.state : null} label={item.label} order={order} mayOpen={item.may_open} mayClose={item.may_close} onOrder={onOrder} />
      )}
    </li>
  );
}
