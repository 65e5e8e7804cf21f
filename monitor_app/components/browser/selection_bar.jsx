// What can be done with all that are selected; while it goes on, how far it is.
import { useEffect, useRef, useState } from "react";
import { BulkForm } from "./bulk_form.jsx";
import { Icon } from "./icons.jsx";

const ACTIONS = [
  { action: "enable", text: "Enable" },
  { action: "pause", text: "Pause…" },
  { action: "maintenance", text: "Maintenance…" },
  { action: "tag", text: "Tags…" },
  { action: "group", text: "Group…" },
  { action: "environment", text: "Environment…" },
  { action: "interval", text: "Interval…" },
  { action: "export", text: "Export…", needs: "config:export" },
  { action: "delete", text: "Delete…", needs: "service:delete", isDangerous: true },
];
const FORMS = ["tag", "group", "environment", "interval"];
const WORDS = {
  enable: "Enabling",
  disable: "Pausing",
  tag: "Tagging",
  group: "Moving",
  environment: "Moving",
  interval: "Changing",
  delete: "Deleting",
};

function Progress({ job, onCancel }) {
  return (
    <div className="chosen-bar busy" role="status">
      <span>
        {WORDS[job.action] ?? "Changing"} {job.done.toLocaleString()} of {job.total.toLocaleString()}
      </span>
      <progress max={job.total || 1} value={job.done} aria-label="How far it is" />
      <button type="button" className="plain" onClick={onCancel}>
        Stop
      </button>
    </div>
  );
}

export function SelectionBar({ count, matched, job, may, choices, onMatching, onClear, onRun, onAction, onCancel }) {
  const [form, setForm] = useState("");
  const bar = useRef(null);
  const started = useRef(job.started);
  useEffect(() => {
    if (job.started !== started.current) setForm("");
    started.current = job.started;
  }, [job.started]);
  const choose = (action) => {
    if (FORMS.includes(action)) setForm(action);
    else if (action === "enable") onRun("enable", {}, { enabled: true });
    else onAction(action);
  };
  if (job.isRunning) return <Progress job={job} onCancel={onCancel} />;
  return (
    <>
      {count > 0 && (
        <div ref={bar} className="chosen-bar" role="toolbar" aria-label="What to do with the selected services">
          <span className="count" role="status">
            <b className="mono">{count.toLocaleString()}</b> selected
          </span>
          {matched > count && (
            <button type="button" className="quiet" onClick={onMatching}>
              Select all {matched.toLocaleString()} that match
            </button>
          )}
          <span className="chosen-actions">
            {ACTIONS.filter(({ needs }) => !needs || may.includes(needs)).map(({ action, text, isDangerous }) => (
              <button key={action} type="button" className={`quiet ${isDangerous ? "dangerous" : ""}`} onClick={() => choose(action)}>
                {text}
              </button>
            ))}
          </span>
          <button type="button" className="icon-button" aria-label="Select none" title="Select none" onClick={onClear}>
            <Icon name="close" size={14} />
          </button>
        </div>
      )}
      <BulkForm change={form} count={count} choices={choices} job={job} onRun={onRun} onClose={() => setForm("")} />
    </>
  );
}
