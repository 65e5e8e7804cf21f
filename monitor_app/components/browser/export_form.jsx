// Services as a file: which form, with or without secrets. The file comes from the API straight to the disk.
import { useId, useState } from "react";
import { Icon } from "./icons.jsx";
import { apiUrl } from "./post.js";
import { plural } from "./words.js";

const FORMATS = [
  ["yaml", "YAML", "Everything, to read and to keep under version control"],
  ["json", "JSON", "Everything, for programs"],
  ["csv", "CSV", "A table of services, for a spreadsheet"],
];
const SECRETS = "secret:export";
const SCOPES = { all: "All services", matching: "Services that match the filters", picked: "Selected services" };

function requestOf(scope, serviceIds, format, passphrase) {
  if (scope === "all" && !passphrase) return [`/api/export?format=${format}`, { method: "GET" }];
  const body = scope === "all" ? { format, passphrase } : { format, passphrase, service_ids: serviceIds };
  const path = scope === "all" ? "/api/export" : "/api/export/selection";
  return [path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }];
}

function saveAs(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function download(scope, serviceIds, format, passphrase) {
  const [path, options] = requestOf(scope, serviceIds, format, passphrase);
  let answer;
  try {
    answer = await fetch(apiUrl(path), { ...options, cache: "no-store", credentials: "include" });
  } catch {
    throw new Error("Lightbulb does not answer. Check the connection, then try again.");
  }
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(Object.values(problem.errors ?? {}).join("; ") || problem.detail || `It was refused (${answer.status}).`);
  }
  saveAs(await answer.blob(), format === "csv" ? "services.csv" : `lightbulb.${format}`);
}

export function ExportForm({ scope, serviceIds = [], count, may = [], onClose }) {
  const id = useId();
  const [format, setFormat] = useState("yaml");
  const [hasSecrets, setHasSecrets] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    if (isBusy || !count) return;
    const passphrase = hasSecrets ? event.target.elements.passphrase.value : "";
    if (hasSecrets && passphrase.length < 12) {
      setError("The passphrase must have at least 12 characters.");
      return;
    }
    setIsBusy(true);
    setError("");
    try {
      await download(scope, serviceIds, format, passphrase);
      onClose();
    } catch (err) {
      setError(err.message);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <form noValidate onSubmit={submit}>
      <div className="content">
        <p className="lead">
          {SCOPES[scope]}: <b className="mono">{plural(count, "service")}</b>
        </p>
        <fieldset className="roles">
          <legend>Format</legend>
          {FORMATS.map(([value, title, text]) => (
            <label key={value} className="role-card">
              <input type="radio" name="format" value={value} checked={format === value} onChange={() => setFormat(value)} />
              <span>
                <b>{title}</b>
                <span className="help">{text}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {may.includes(SECRETS) && (
          <label className="panel-choice with-secrets">
            <input type="checkbox" checked={hasSecrets} onChange={(event) => setHasSecrets(event.target.checked)} />
            <span className="text">With secrets, encrypted with a passphrase</span>
          </label>
        )}
        {hasSecrets ? (
          <div className="field">
            <label htmlFor={id}>Passphrase</label>
            <div className="box">
              <input id={id} name="passphrase" type="password" autoComplete="new-password" maxLength={1000} aria-invalid={Boolean(error) || undefined} />
            </div>
            <p className="help">At least 12 characters. Without it nobody reads the secrets in the file.</p>
          </div>
        ) : (
          <p className="help">Secrets are left out: *** stands in their place.</p>
        )}
        {error && (
          <p className="wrong" role="alert">
            {error}
          </p>
        )}
      </div>
      <footer>
        <span className="space" />
        <button type="button" className="plain" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className="primary" aria-disabled={isBusy || !count}>
          <Icon name="download" size={14} /> {isBusy ? "Writing…" : "Download"}
        </button>
      </footer>
    </form>
  );
}
