// The reports of the last hour: how far each is, its files, and what became of those that were not made.
import { Link } from "react-router";
import { Icon } from "./icons.jsx";
import { apiUrl } from "./post.js";
import { targetWords } from "./report_words.js";
import { Until } from "./stamp.jsx";
import { exactSpan, plural } from "./words.js";

const FILES = [
  ["report.pdf", "PDF"],
  ["services.csv", "CSV of services"],
  ["downtimes.csv", "CSV of downtimes"],
  ["report.json", "JSON"],
];

function pathOf(job) {
  return `/api/reports/${encodeURIComponent(job.report_id)}`;
}

function Going({ job, onAct }) {
  const share = Math.round(job.progress * 100);
  return (
    <div className="going">
      <progress max="100" value={share} aria-label={`How far ${job.title} is`} />
      <span className="mono">{share} %</span>
      <span className="muted">{job.state === "waiting" ? "waits for others" : job.doing}</span>
      <button type="button" className="plain" aria-label={`Cancel ${job.title}`} onClick={() => onAct("cancel", job)}>
        Cancel
      </button>
    </div>
  );
}

function Done({ job, isShown }) {
  return (
    <div className="report-files">
      <Link className="plain" to={isShown ? "?tab=reports" : `?tab=reports&report=${encodeURIComponent(job.report_id)}`} aria-current={isShown || undefined}>
        {isShown ? "Close" : "Show here"}
      </Link>
      {FILES.map(([name, words]) => (
        <a key={name} className="plain" href={apiUrl(`${pathOf(job)}/${name}`)} download aria-label={`${words} of ${job.title}`}>
          <Icon name="download" size={12} /> {words}
        </a>
      ))}
    </div>
  );
}

const ENDS = {
  failed: { icon: "octagon", tone: "failed", words: ({ error }) => `It could not be made: ${error || "something went wrong"}.` },
  cancelled: { icon: "close", tone: "off", words: () => "Cancelled before it was made." },
  gone: { icon: "clock", tone: "off", words: () => "Gone: it was taken away elsewhere, its hour is over, or Lightbulb was started anew." },
};

function Ended({ job, canRepeat, onAct }) {
  const { icon, tone, words } = ENDS[job.state];
  return (
    <div className={`report-end ${tone}`}>
      <span>
        <Icon name={icon} size={14} /> {words(job)}
      </span>
      {canRepeat && (
        <button type="button" className="plain" aria-label={`Make ${job.title} again`} onClick={() => onAct("repeat", job)}>
          Make it again
        </button>
      )}
    </div>
  );
}

function Job({ job, isShown, canRepeat, onAct }) {
  const isOpen = job.state === "waiting" || job.state === "running";
  return (
    <li className="report-job" data-report={job.report_id} data-state={job.state}>
      <div className="report-job-head">
        <h3>{job.title}</h3>
        <span className="muted">
          {exactSpan(Date.parse(job.since), Date.parse(job.until))} · {plural(job.services, "service")} · target {targetWords(job.target)}
        </span>
        {!isOpen && (
          <button type="button" className="icon-button" aria-label={`Take away ${job.title}`} title="Take away" onClick={() => onAct("remove", job)}>
            <Icon name="close" size={12} />
          </button>
        )}
      </div>
      {isOpen && <Going job={job} onAct={onAct} />}
      {job.state === "done" && <Done job={job} isShown={isShown} />}
      {ENDS[job.state] && <Ended job={job} canRepeat={canRepeat} onAct={onAct} />}
      {job.state === "done" && (
        <p className="help">
          Gone <Until at={Date.parse(job.gone_at)} />.
        </p>
      )}
    </li>
  );
}

/** `bodies` are what was ordered here, by report; `shown` is the report that is on the screen. */
export function ReportJobs({ jobs, bodies, shown, onAct }) {
  if (!jobs.length) {
    return (
      <div className="empty-list">
        <p>No report yet. One tells how available services were over any time, with maintenance apart: on screen, as PDF and as CSV. It is kept for an hour.</p>
      </div>
    );
  }
  return (
    <ul className="report-jobs" aria-label="Your reports of the last hour">
      {jobs.map((job) => (
        <Job key={job.report_id} job={job} isShown={job.report_id === shown} canRepeat={bodies.has(job.report_id)} onAct={onAct} />
      ))}
    </ul>
  );
}
