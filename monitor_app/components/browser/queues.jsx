// Queues: each circuit breaker as it is now, the checks of this installation, and what a person can do about them.
// Asked for through the API every few seconds while somebody looks; the server asks the queues then, once for all.
import { useCallback, useEffect, useRef, useState } from "react";
import { Icon } from "./icons.jsx";
import { Modal } from "./modal.jsx";
import { ask } from "./post.js";
import { OwnCard, QueueCard, useKeptFocus } from "./queue_card.jsx";
import { OrderForm } from "./queue_order.jsx";
import { Glyph } from "./status.jsx";
import { Ago, Stamp } from "./stamp.jsx";
import { serviceAddress } from "./url.js";
import { plural } from "./words.js";

const PATH = "/api/queues";
const EVERY_KEY = "lightbulb.queues.every";
const EVERY = 2;
const EVERY_MAX = 60;
const LOST = 5;
const BACKOFF_LIMIT_MS = 60_000;
// Asked earlier by what an answer takes, so that what is shown is never older than somebody wants; at most so much.
const EARLY_MS = 300;
const APART_MS = 200;
// An order that was taken and changes nothing for so long is told as such.
const PATIENCE_MS = 60_000;
// No service has a name with a colon.
const OWN = "own:";

function keptEvery() {
  try {
    const kept = Number(localStorage.getItem(EVERY_KEY));
    return Number.isInteger(kept) && kept >= 1 && kept <= EVERY_MAX ? kept : EVERY;
  } catch {
    return EVERY;
  }
}

function keepEvery(every) {
  try {
    localStorage.setItem(EVERY_KEY, String(every));
  } catch {
    // A browser that keeps nothing forgets this, too.
  }
}

/** {found, at, problem, failures, load}: asked again each `every` seconds, seldom when there is no answer. */
function useQueues(every) {
  const [view, setView] = useState({ found: null, at: 0, problem: "", failures: 0 });
  const timer = useRef(null);
  const failures = useRef(0);
  const run = useRef(0);
  const load = useCallback(async () => {
    const mine = ++run.current;
    clearTimeout(timer.current);
    const begun = Date.now();
    let pause = every * 1000;
    try {
      const found = await ask("GET", `${PATH}?every=${every}`);
      if (mine !== run.current) return;
      failures.current = 0;
      // All who look come at the moments at which queues are due: so one question serves all, and nobody sees it late.
      pause = found.next_seconds * 1000 - Math.min(EARLY_MS, Date.now() - begun);
      setView({ found, at: Date.now(), problem: "", failures: 0 });
    } catch (refused) {
      if (mine !== run.current) return;
      failures.current += 1;
      if (failures.current >= LOST) pause = Math.min(pause * 2 ** (failures.current - LOST + 1), BACKOFF_LIMIT_MS);
      setView((known) => ({ ...known, failures: failures.current, problem: refused.detail ?? "The queues cannot be read." }));
    }
    // Nobody is asked for a page that nobody sees.
    if (!document.hidden) timer.current = setTimeout(load, Math.max(APART_MS, pause));
  }, [every]);
  useEffect(() => {
    load();
    const onVisibility = () => (document.hidden ? clearTimeout(timer.current) : load());
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      run.current += 1;
      clearTimeout(timer.current);
      document.removeEventListener("visibilitychange", onVisibility);
    };
  }, [load]);
  return { ...view, load };
}

/** What a subject's state is after an order. */
const TARGET = { open: "open", close: "closed" };

/** Orders under way, by subject: each until the real state is what was ordered. */
function usePending(states) {
  const [pending, setPending] = useState(new Map());
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!pending.size) return;
    const left = new Map(pending);
    for (const [key, { action, at, label }] of pending) {
      if (states.get(key) === TARGET[action]) {
        left.delete(key);
        setSaid(`${label} is ${TARGET[action]}.`);
      } else if (Date.now() - at > PATIENCE_MS) {
        left.delete(key);
        setSaid(`The order to ${action} ${label} was taken, but nothing has changed for a minute.`);
      }
    }
    if (left.size !== pending.size) setPending(left);
  }, [states, pending]);
  const begin = (key, action, label) => setPending((known) => new Map(known).set(key, { action, at: Date.now(), label }));
  return { pending, begin, said };
}

/** An order to the breaker of a service. */
function breakerOrder(action, id, label) {
  return { key: `breaker:${id}`, label, action, path: `/api/breakers/${encodeURIComponent(id)}/${action}`, isOfService: true };
}

function Breakers({ rows, total, mayOperate, pending, onOrder }) {
  // A row goes with its breaker.
  const kept = useKeptFocus();
  return (
    <section aria-labelledby="breakers-title" {...kept}>
      <div className="queue-breakers-head">
        <h2 id="breakers-title">Services whose breaker is not closed</h2>
        {mayOperate && (
          <button type="button" className="plain" onClick={() => onOrder("open", null)}>
            Open one…
          </button>
        )}
      </div>
      {rows.length === 0 ? (
        <p className="help">
          The circuit breakers of all services are closed. One opens by itself after failures, or by hand: here, or in the menu of its row on the board.
        </p>
      ) : (
        <ul className="queue-breakers">
          {rows.map((row) => {
            const order = pending.get(row.service_id);
            return (
              <li key={row.service_id}>
                <span className={`status ${row.phase === "open" ? "failed" : "degraded"}`}>
                  <Glyph status={row.phase === "open" ? 2 : 1} /> {row.phase === "open" ? "Open" : "Half-open"}
                </span>
                <div className="words">
                  <a className="link-button" href={serviceAddress(row.service_id)}>
                    {row.label}
                  </a>{" "}
                  <span className="muted">
                    {row.who ? `by ${row.who}` : `by itself after ${plural(row.failures, "failure")}`}
                    {row.reason && `: ${row.reason}`}
                    {row.until && (
                      <>
                        {" · until "}
                        <Stamp at={Date.parse(row.until)} />
                      </>
                    )}
                  </span>
                </div>
                {row.opened_at && (
                  <span className="muted">
                    <Ago at={Date.parse(row.opened_at)} />
                  </span>
                )}
                {mayOperate && (
                  <button type="button" className="plain" aria-disabled={Boolean(order)} aria-label={order ? undefined : `Close the breaker of ${row.label}`} onClick={() => order || onOrder("close", row)}>
                    {order ? "Closing…" : "Close…"}
                  </button>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {total > rows.length && <p className="help">{`${total - rows.length} more are not shown.`}</p>}
    </section>
  );
}

function Pace({ every, onChange }) {
  const [text, setText] = useState(String(every));
  const number = Number(text);
  const isGood = Number.isInteger(number) && number >= 1 && number <= EVERY_MAX;
  return (
    <label className="queue-pace">
      Every
      <input
        type="number"
        min={1}
        max={EVERY_MAX}
        step={1}
        value={text}
        aria-invalid={!isGood}
        aria-label="Seconds between two looks, 1 to 60"
        onChange={(event) => {
          setText(event.target.value);
          const next = Number(event.target.value);
          if (event.target.value && Number.isInteger(next) && next >= 1 && next <= EVERY_MAX) onChange(next);
        }}
      />
      s
    </label>
  );
}

function LostPage({ view }) {
  if (!view.problem) return null;
  const isLost = view.failures >= LOST;
  return (
    <div className="banner bad" role="alert">
      <Icon name="warn" />
      <span>
        {isLost ? <b>Connection lost. </b> : null}
        {`${plural(view.failures, "try", "tries")} in a row failed. ${view.problem}`}
      </span>
      <button type="button" className="plain" onClick={view.load}>
        Try again
      </button>
    </div>
  );
}

/** `may` are the permissions of who looks. */
export function QueuesPage({ may = [] }) {
  const [every, setEvery] = useState(EVERY);
  useEffect(() => setEvery(keptEvery()), []);
  const view = useQueues(every);
  const { found } = view;
  const [order, setOrder] = useState(null);
  const states = useRef(new Map());
  const told = useRef(null);
  if (found && told.current !== found) {
    told.current = found;
    const open = new Set(found.breakers.map(({ service_id }) => service_id));
    const next = new Map([[OWN, found.own.breaker.state]]);
    for (const item of found.items) next.set(item.service_id, item.state);
    // Services have one breaker of ours, queues besides one of their own: those are told apart by their key.
    for (const key of open) next.set(`breaker:${key}`, "open");
    for (const key of states.current.keys()) if (key.startsWith("breaker:") && !open.has(key.slice(8))) next.set(key, "closed");
    states.current = next;
  }
  const { pending, begin, said } = usePending(states.current);
  const isOld = view.failures >= LOST;
  const mayOperate = may.includes("breaker:operate");
  const chosen = (next) => {
    setEvery(next);
    keepEvery(next);
  };
  const taken = ({ key, action, label }) => {
    begin(key, action, label);
    setOrder(null);
    view.load();
  };
  const retry = (item) => ask("POST", `${PATH}/${encodeURIComponent(item.service_id)}/retry`).catch(() => {}).finally(view.load);
  const wanted = (key, label, path, isOwn = false) => (action) => setOrder({ key, label, action, path: path(action), isOwn });
  return (
    <>
      <div className="admin-head">
        <div className="words">
          <h1>Queues</h1>
          <p className="muted">Circuit breakers of queues, and of the checks here.</p>
        </div>
        <p className="muted queue-updated">
          {view.at > 0 && (
            <>
              Last updated <Ago at={view.at} />
            </>
          )}
        </p>
        <Pace key={every} every={every} onChange={chosen} />
      </div>
      <LostPage view={view} />
      <p className="for-readers" role="status">
        {said}
      </p>
      {found && (
        <>
          <ul className="queue-cards">
            <OwnCard
              own={found.own}
              isOld={isOld}
              mayOperate={mayOperate}
              order={pending.get(OWN)}
              onOrder={wanted(OWN, "the check queue", (action) => `/api/v1/queue/${action}-circuit-breaker`, true)}
            />
            {found.items.map((item) => (
              <QueueCard
                key={item.service_id}
                item={item}
                isOld={isOld}
                mayOperate={mayOperate}
                order={pending.get(item.service_id)}
                onRetry={() => retry(item)}
                onOrder={wanted(item.service_id, item.label, (action) => `${PATH}/${encodeURIComponent(item.service_id)}/${action}`)}
              />
            ))}
          </ul>
          {found.items.length === 0 && (
            <p className="help">
              No other queue is watched yet. Add a service of the kind Queue: all it takes is the base address of an API that tells how its circuit breaker is.
            </p>
          )}
          <Breakers
            rows={found.breakers}
            total={found.breakers_total}
            mayOperate={mayOperate}
            pending={new Map([...pending].filter(([key]) => key.startsWith("breaker:")).map(([key, value]) => [key.slice(8), value]))}
            onOrder={(action, row) => setOrder(row ? breakerOrder(action, row.service_id, row.label) : { ...breakerOrder(action, "", "a service"), asksFor: (id) => breakerOrder(action, id, id) })}
          />
        </>
      )}
      <Modal
        isOpen={order !== null}
        title={order ? `${order.action === "open" ? "Open" : "Close"} the circuit breaker of ${order.label}?` : ""}
        size="small"
        onClose={() => setOrder(null)}
      >
        {order && <OrderForm order={order} onTaken={taken} onClose={() => setOrder(null)} />}
      </Modal>
    </>
  );
}
