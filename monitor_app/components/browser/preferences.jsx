// What somebody may choose about the screens. Each choice is saved by itself, and seen at once.
import { useEffect, useId, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import { onTick } from "./clock.js";
import { useFormats } from "./formats.jsx";
import { exact } from "./words.js";
import { zones } from "./zones.js";

const SETTLE_MS = 500; // who walks through a list with the arrow keys means where they stop
const LANGUAGES =
  "en-GB en-US cs da de el es fi fr hu it ja ko nb nl pl pt pt-BR ro ru sk sv tr uk zh-CN zh-TW".split(" ");
const THEMES = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

function ownName(tag) {
  try {
    const name = new Intl.DisplayNames([tag], { type: "language" }).of(tag);
    return name[0].toLocaleUpperCase(tag) + name.slice(1);
  } catch {
    return tag;
  }
}

/** A choice that shows at once and is sent when it has settled. */
function useChoice(given, send) {
  const [value, setValue] = useState(given);
  const timer = useRef(null);
  useEffect(() => setValue(given), [given]);
  const choose = (next) => {
    setValue(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => send(next), SETTLE_MS);
  };
  return [value, choose];
}

function Select({ label, help, given, send, children }) {
  const id = useId();
  const [value, choose] = useChoice(given, send);
  return (
    <div className="field half">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => choose(event.target.value)} aria-describedby={help && `${id}-help`}>
        {children}
      </select>
      {help && (
        <p className="help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}

function Now() {
  useFormats();
  const text = useSyncExternalStore(
    onTick,
    () => exact(Math.floor(Date.now() / 1000) * 1000),
    () => "",
  );
  return (
    <p className="help span">
      Times look like this: <time>{text}</time>
    </p>
  );
}

function Theme({ given, send }) {
  const name = useId();
  const [value, choose] = useChoice(given, send);
  return (
    <fieldset className="field half segments">
      <legend>Theme</legend>
      {THEMES.map(([key, text]) => (
        <label key={key}>
          <input type="radio" name={name} checked={value === key} onChange={() => choose(key)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** `pages` are {path, title, needs} that one can begin with; `may` says which of them. */
export function Preferences({
  timeZone,
  dateLanguage,
  theme,
  defaultPage,
  historyGranularity,
  granularities,
  density,
  pages,
  may,
  onChange,
}) {
  const [isMounted, setIsMounted] = useState(false); // what a browser knows of zones and languages, the build does not
  useLayoutEffect(() => setIsMounted(true), []); // before anything is drawn: nothing below moves
  if (!isMounted) return null;
  const here = Intl.DateTimeFormat().resolvedOptions();
  const tags = LANGUAGES.includes(dateLanguage) || !dateLanguage ? LANGUAGES : [dateLanguage, ...LANGUAGES];
  const known = pages.filter(({ path, needs }) => may.includes(needs) || path === defaultPage);
  const paths = known.map(({ path }) => path);
  return (
    <div className="fields">
      <Select label="Time zone" given={timeZone} send={(value) => onChange("time_zone", value)}>
        <option value="">As this browser: {here.timeZone}</option>
        {zones(timeZone).map(([group, names]) => (
          <optgroup key={group} label={group}>
            {names.map((name) => (
              <option key={name} value={name}>
                {name.replaceAll("_", " ")}
              </option>
            ))}
          </optgroup>
        ))}
      </Select>
      <Select label="Language of dates" given={dateLanguage} send={(value) => onChange("date_language", value)}>
        <option value="">As this browser: {ownName(here.locale)}</option>
        {tags.map((tag) => (
          <option key={tag} value={tag} lang={tag}>
            {ownName(tag)}
          </option>
        ))}
      </Select>
      <Now />
      <Theme given={theme} send={(value) => onChange("theme", value)} />
      <Select label="First page after the log-in" given={defaultPage} send={(value) => onChange("default_page", value)}>
        {known.map(({ path, title }) => (
          <option key={path} value={path}>
            {title}
          </option>
        ))}
        {!paths.includes(defaultPage) && <option value={defaultPage}>{defaultPage}</option>}
      </Select>
      <Select
        label="Windows of a history"
        given={String(historyGranularity)}
        send={(value) => onChange("history_granularity", Number(value))}
      >
        {granularities.map((minutes) => (
          <option key={minutes} value={String(minutes)}>
            {minutes} minutes
          </option>
        ))}
      </Select>
      <Select label="Rows of tables" given={density} send={(value) => onChange("density", value)}>
        <option value="comfortable">Comfortable</option>
        <option value="compact">Compact</option>
      </Select>
    </div>
  );
}
