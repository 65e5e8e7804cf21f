// What stands in each column of the table of services.
import { Age, Since } from "./row.jsx";
import { Icon } from "./icons.jsx";
import { Ago } from "./stamp.jsx";
import { StatusWord } from "./status.jsx";
import { TagChip } from "./tag_chip.jsx";
import { holdWords, interval, responseTime } from "./words.js";

const TAGS_SHOWN = 2;

function Plain({ children, className = "" }) {
  return children ? (
    <span className={className} title={children}>
      {children}
    </span>
  ) : (
    <span className="none" aria-hidden="true">
      –
    </span>
  );
}

function Tags({ tags }) {
  return (
    <span className="chips" title={tags.join(", ")}>
      {tags.slice(0, TAGS_SHOWN).map((tag) => (
        <TagChip key={tag} name={tag} />
      ))}
      {tags.length > TAGS_SHOWN && <span className="chip more">+{tags.length - TAGS_SHOWN}</span>}
    </span>
  );
}

function Switch({ row, tabIndex }) {
  return (
    <button
      type="button"
      role="switch"
      className="turn"
      data-switch=""
      tabIndex={tabIndex}
      aria-checked={row.enabled}
      aria-label={`Check ${row.label}`}
      title={row.enabled ? "Is checked" : (row.hold && holdWords(row)) || "Is paused"}
    >
      <span aria-hidden="true" />
    </button>
  );
}

function Name({ row, facts }) {
  return (
    <span className="who">
      <span className="label" title={row.label}>
        {row.label}
      </span>
      {facts.drift && (
        <span className="chip warn" title={`Not as ${facts.file} says: ${facts.drift}`}>
          <Icon name="warn" size={12} /> drift
        </span>
      )}
      {facts.draft && (
        <span className="chip draft" title="You have typed changes that are not saved: they come back when you edit it">
          draft
        </span>
      )}
      {row.hold && row.enabled && (
        <span className="chip rest" title={holdWords(row)}>
          maintenance
        </span>
      )}
      {row.demo && <span className="chip demo">demo</span>}
    </span>
  );
}

const CELLS = {
  status: ({ row }) => <StatusWord status={row.status} />,
  label: Name,
  enabled: Switch,
  kind: ({ row, facts }) => <Plain>{facts.kind ?? row.kind}</Plain>,
  type: ({ row }) => <Plain>{row.type.replaceAll("_", " ")}</Plain>,
  group: ({ row }) => <Plain>{row.group}</Plain>,
  tags: ({ row }) => (row.tags.length ? <Tags tags={row.tags} /> : <Plain />),
  environment: ({ row }) => (row.env ? <TagChip sort="environment" name={row.env} /> : <Plain />),
  interval: ({ row }) => <span className="mono">{interval(row.interval)}</span>,
  response: ({ row }) => <span className="mono">{responseTime(row.ms)}</span>,
  age: ({ row }) => <Age at={row.at} />,
  since: ({ row }) => <Since since={row.since} />,
  target: ({ row }) => <Plain className="mono">{row.target}</Plain>,
  sid: ({ row }) => <Plain className="mono">{row.sid}</Plain>,
  owner: ({ facts }) => <Plain>{facts.owner}</Plain>,
  file: ({ facts }) => <Plain>{facts.file}</Plain>,
  updated: ({ facts }) => <Ago at={facts.updated ?? 0} never="–" />,
  created: ({ facts }) => <Ago at={facts.created ?? 0} never="–" />,
};

export function Cell({ name, ...about }) {
  const Shown = CELLS[name];
  return <Shown {...about} />;
}
