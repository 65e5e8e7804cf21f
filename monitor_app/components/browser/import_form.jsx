// A file of services, looked at before it is brought in: what it adds and changes, and what is wrong with which line.
import { useEffect, useId, useRef, useState } from "react";
import { Icon } from "./icons.jsx";
import { ImportPreview } from "./import_preview.jsx";
import { apiUrl } from "./post.js";

const LIMIT = 10 * 1024 * 1024;
const FORMATS = { yaml: "YAML", json: "JSON", csv: "CSV" };
const ENDINGS = { yaml: "yaml", yml: "yaml", json: "json", csv: "csv" };
const CONFLICTS = [
  ["update", "Change it as the file says"],
  ["skip", "Leave it as it is"],
  ["fail", "Tell, and bring in nothing"],
];

/** By its content, for what was pasted. */
function formatOf(text) {
  const begin = text.trimStart();
  if (begin.startsWith("{")) return "json";
  const [first = ""] = begin.split("\n");
  return first.includes(",") && !first.includes(":") ? "csv" : "yaml";
}

async function send(body) {
  let answer;
  try {
    answer = await fetch(apiUrl("/api/import"), {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      cache: "no-store",
      credentials: "include",
    });
  } catch {
    throw new Error("Lightbulb does not answer. Check the connection, then look what was brought in before you try again.");
  }
  const document = await answer.json().catch(() => ({}));
  if (answer.ok) return document;
  throw new Error(Object.values(document.errors ?? {}).join("; ") || document.detail || `It was refused (${answer.status}).`);
}

/** How long it goes on already: an import is one transaction, of which nobody knows the middle. */
function Going({ what }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((known) => known + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="import-going" role="status">
      <span>
        {what}
        {seconds > 2 && <span className="mono muted"> {seconds} s</span>}
      </span>
      <progress aria-label={what} />
    </div>
  );
}

export function ImportForm({ onDone, onClose }) {
  const ids = { text: useId(), passphrase: useId(), conflict: useId() };
  const area = useRef(null);
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(""); // the format, once somebody has said it
  const [conflict, setConflict] = useState("update");
  const [passphrase, setPassphrase] = useState("");
  const [isPartial, setIsPartial] = useState(false);
  const [isOver, setIsOver] = useState(false);
  const [going, setGoing] = useState("");
  const [error, setError] = useState("");
  const [found, setFound] = useState(null);
  const format = chosen || ENDINGS[name.split(".").pop().toLowerCase()] || formatOf(text);
  const body = (more) => ({ text, format, on_conflict: conflict, passphrase, ...more });

  const read = async (file) => {
    if (!file) return;
    setFound(null);
    setError("");
    if (file.size > LIMIT) {
      setError(`${file.name} is too large: at most 10 MiB at once.`);
      return;
    }
    setName(file.name);
    setChosen("");
    setText(await file.text());
  };
  const ask = async (what, values) => {
    setGoing(what);
    setError("");
    try {
      return await send(body(values));
    } catch (err) {
      setError(err.message);
      return null;
    } finally {
      setGoing("");
    }
  };
  const preview = async () => {
    const answer = await ask("Reading the file", { dry_run: true, partial: true });
    if (answer) setFound(answer);
  };
  const apply = async () => {
    const answer = await ask("Bringing it in", { dry_run: false, partial: isPartial });
    if (!answer) return;
    if (answer.is_written) {
      const { added, changed, change_id, steps } = answer;
      onDone({ added, changed, change_id, settings: steps.some(({ what }) => what === "settings") });
    }
    else setFound(answer);
  };
  const change = (set) => (value) => {
    set(value);
    setFound(null);
  };
  const news = found ? found.added + found.changed : 0;
  const isRefused = found && found.errors.length > 0 && !isPartial;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (going) return;
        if (!found) preview();
        else if (news && !isRefused) apply();
      }}
    >
      <div className="content import">
        {!found && (
          <>
            <label
              className={`drop ${isOver ? "over" : ""}`}
              onDragOver={(event) => {
                event.preventDefault();
                setIsOver(true);
              }}
              onDragLeave={() => setIsOver(false)}
              onDrop={(event) => {
                event.preventDefault();
                setIsOver(false);
                read(event.dataTransfer.files[0]);
              }}
            >
              <input type="file" className="for-readers" accept=".yaml,.yml,.json,.csv,text/csv,application/json" onChange={(event) => read(event.target.files[0])} />
              <Icon name="upload" />
              <span>{name ? <b>{name}</b> : "Choose a file, or drop it here"}</span>
              <span className="help">YAML, JSON or CSV, up to 10 MiB</span>
            </label>
            <div className="field">
              <label htmlFor={ids.text}>Or paste it</label>
              <div className="box">
                <textarea
                  id={ids.text}
                  ref={area}
                  rows={7}
                  className="mono"
                  data-autofocus=""
                  spellCheck={false}
                  value={text.length > 200_000 ? `${text.slice(0, 200_000)}\n…` : text}
                  readOnly={text.length > 200_000}
                  placeholder={"services:\n  shop:\n    status_config: {url: https://shop.example.org/}"}
                  onChange={(event) => {
                    setText(event.target.value);
                    setName("");
                    setFound(null);
                  }}
                />
              </div>
            </div>
            <div className="fields">
              <div className="field half">
                <label htmlFor={ids.conflict}>What is there already</label>
                <div className="box">
                  <select id={ids.conflict} value={conflict} onChange={(event) => change(setConflict)(event.target.value)}>
                    {CONFLICTS.map(([value, words]) => (
                      <option key={value} value={value}>
                        {words}
                      </option>
                    ))}
                  </select>
                </div>
              </div>
              <div className="field half">
                <label htmlFor={ids.passphrase}>
                  Passphrase <span className="muted">optional</span>
                </label>
                <div className="box">
                  <input id={ids.passphrase} type="password" autoComplete="off" maxLength={1000} value={passphrase} onChange={(event) => change(setPassphrase)(event.target.value)} />
                </div>
              </div>
            </div>
          </>
        )}
        {found && <ImportPreview found={found} isPartial={isPartial} onPartial={setIsPartial} />}
        {going && <Going what={going} />}
        {error && (
          <p className="wrong" role="alert">
            {error}
          </p>
        )}
      </div>
      <footer>
        {!found && text && (
          <label className="format-choice">
            <span className="muted">Read as</span>
            <select value={format} onChange={(event) => setChosen(event.target.value)}>
              {Object.entries(FORMATS).map(([value, words]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </select>
          </label>
        )}
        {found && (
          <button type="button" className="quiet" onClick={() => setFound(null)}>
            <Icon name="left" size={12} /> Another file
          </button>
        )}
        <span className="space" />
        <button type="button" className="plain" onClick={onClose}>
          {found && !news ? "Close" : "Cancel"}
        </button>
        {(!found || news > 0) && (
          <button type="submit" className="primary" aria-disabled={Boolean(going) || !text.trim() || Boolean(isRefused)}>
            {found ? `Import ${news.toLocaleString()} ${news === 1 ? "change" : "changes"}` : "See what it would do"}
          </button>
        )}
      </footer>
    </form>
  );
}
