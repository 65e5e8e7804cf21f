// "Refresh now", and how things are shown: live or fetched anew now and then, windows of the histories, density, zone.
import { memo, useCallback, useEffect, useId, useRef, useState } from "react";
import { createChooser, display } from "./display.js";
import { Icon } from "./icons.jsx";
import { Panel } from "./panel.jsx";
import { patch } from "./post.js";
import { createRefreshClock } from "./refresh_clock.js";
import { useDisplay } from "./use_display.js";
import { pace } from "./words.js";
import { zones } from "./zones.js";

const ANSWER_MS = 15_000; // a refresh that takes longer got lost
const SEEN_MS = 300; // for so long at least it says what it does
const DENSITIES = [
  ["comfortable", "Comfortable"],
  ["compact", "Compact"],
];

/** Runs one refresh at a time: `refreshes` grows when the server is done with one. */
function useRefresh(refreshes, onRefresh) {
  const [since, setSince] = useState(null);
  const ask = useRef(onRefresh);
  ask.current = onRefresh;
  const isBusy = useRef(false);
  const end = useCallback(() => {
    isBusy.current = false;
    setSince(null);
  }, []);
  const refresh = useCallback(() => {
    if (isBusy.current) return;
    isBusy.current = true;
    setSince(Date.now());
    ask.current();
  }, []);
  useEffect(() => {
    if (since === null) return undefined;
    const timer = setTimeout(end, ANSWER_MS);
    return () => clearTimeout(timer);
  }, [since]);
  const seen = useRef(refreshes);
  useEffect(() => {
    if (refreshes === seen.current) return undefined;
    seen.current = refreshes;
    const timer = setTimeout(end, SEEN_MS);
    return () => clearTimeout(timer);
  }, [refreshes]);
  return [since !== null, refresh];
}

/** Refreshes by itself while that is chosen and somebody can see the page; gives what begins the interval anew. */
function useRefreshClock({ autoRefresh, refreshSeconds }, refresh) {
  const clock = useRef(null);
  useEffect(() => {
    const made = createRefreshClock({ isHidden: () => document.hidden, onDue: refresh });
    clock.current = made;
    document.addEventListener("visibilitychange", made.onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", made.onVisibility);
      made.stop();
    };
  }, [refresh]);
  useEffect(() => clock.current.set(autoRefresh ? refreshSeconds : null), [autoRefresh, refreshSeconds, refresh]);
  return () => clock.current.restart();
}

function Choice({ legend, choices, value, onChoose }) {
  const name = useId();
  return (
    <fieldset className="segments">
      <legend>{legend}</legend>
      {choices.map(([key, text]) => (
        <label key={key}>
          <input type="radio" name={name} value={key} checked={value === key} onChange={() => onChoose(key)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

const ZoneSelect = memo(function ZoneSelect({ value, choose }) {
  const id = useId();
  return (
    <div className="display-line wide">
      <label htmlFor={id}>Time zone</label>
      <select id={id} value={value} onChange={(event) => choose({ timeZone: event.target.value })}>
        <option value="">As this browser: {Intl.DateTimeFormat().resolvedOptions().timeZone}</option>
        {zones(value).map(([group, names]) => (
          <optgroup key={group} label={group}>
            {names.map((name) => (
              <option key={name} value={name}>
                {name.replaceAll("_", " ")}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </div>
  );
});

function Settings({ chosen, choose, intervals, granularities, problem }) {
  const id = useId();
  return (
    <div className="display-settings">
      <div className="display-line">
        <span>
          <label htmlFor={`${id}-auto`}>Refresh by itself</label>
          <span className="help" id={`${id}-help`}>
            Instead of live: nothing changes until the next refresh.
          </span>
        </span>
        <input
          id={`${id}-auto`}
          type="checkbox"
          role="switch"
          checked={chosen.autoRefresh}
          aria-describedby={`${id}-help`}
          onChange={(event) => choose({ autoRefresh: event.target.checked })}
        />
      </div>
      <div className="display-line">
        <label htmlFor={id}>Every</label>
        <select
          id={id}
          value={chosen.refreshSeconds}
          disabled={!chosen.autoRefresh}
          onChange={(event) => choose({ refreshSeconds: Number(event.target.value) })}
        >
          {intervals.map((seconds) => (
            <option key={seconds} value={seconds}>
              {pace(seconds)}
            </option>
          ))}
        </select>
      </div>
      <Choice
        legend="A bar of the history, in minutes"
        choices={granularities.map((minutes) => [minutes, String(minutes)])}
        value={chosen.granularity}
        onChoose={(granularity) => choose({ granularity })}
      />
      <Choice legend="Rows" choices={DENSITIES} value={chosen.density} onChoose={(density) => choose({ density })} />
      <ZoneSelect value={chosen.timeZone} choose={choose} />
      {problem && (
        <p className="wrong" role="alert">
          Not kept: {problem}
        </p>
      )}
    </div>
  );
}

/** Only the refreshing by itself, for pages without controls. */
export function AutoRefresh({ refreshes = 0, onRefresh }) {
  const [, refresh] = useRefresh(refreshes, onRefresh);
  useRefreshClock(useDisplay(), refresh);
  return null;
}

/** `onRefresh` loads what the page shows, after which `refreshes` grows; `onTake` tells the server what was chosen. */
export function DisplayControls({ refreshes = 0, intervals = [], granularities = [], onRefresh, onTake }) {
  const chosen = useDisplay();
  const [problem, setProblem] = useState("");
  const tell = useRef(onTake);
  tell.current = onTake;
  const [choose] = useState(() =>
    createChooser(display, {
      tell: (values) => tell.current(values),
      keep: (values) => patch("/api/preferences", values),
      refused: setProblem,
    }),
  );
  const [isBusy, refresh] = useRefresh(refreshes, onRefresh);
  const restart = useRefreshClock(chosen, refresh);
  const said = isBusy ? "Refreshing…" : "Refresh now";
  return (
    <div className="display-controls">
      <button
        type="button"
        className="plain"
        aria-label={said}
        aria-disabled={isBusy}
        onClick={() => {
          if (isBusy) return;
          restart();
          refresh();
        }}
      >
        <Icon name="refresh" size={14} />
        <span className="text">{said}</span>
      </button>
      <span className="for-readers" role="status">
        {isBusy ? said : ""}
      </span>
      <Panel label="Display" icon="display" text="Display" isAtEnd width={300}>
        <Settings chosen={chosen} choose={choose} intervals={intervals} granularities={granularities} problem={problem} />
      </Panel>
    </div>
  );
}
