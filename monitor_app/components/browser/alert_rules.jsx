// Alert rules as people arrange them: the list, the form of one, and what there is to do before anybody is told.
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { ActionMenu } from "./action_menu.jsx";
import { useAsked } from "./asked.js";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";
import { Modal } from "./modal.jsx";
import { PaceForm } from "./pace_form.jsx";
import { ask, post } from "./post.js";
import { Question } from "./question.jsx";
import { Ghosts, Problem } from "./report_parts.jsx";
import { PATH, RuleForm } from "./rule_form.jsx";
import { forWords, scopeWords } from "./rule_words.js";
import { toastWanted } from "./signals.js";
import { useQuery, useSetQuery } from "./url.js";
import { plural } from "./words.js";

const WRITE = "alert-rule:write";
const NEW = "new";
const AGAIN_MS = 30_000;
const ALERTS_LIMIT = 200;
const SEVERITY_ICONS = { critical: "octagon", warning: "warn", info: "bell" };
const ITEMS = [
  { action: "edit", icon: "edit", text: "Edit and try" },
  { action: "copy", icon: "copy", text: "Duplicate" },
  { action: "delete", icon: "trash", text: "Delete", isDangerous: true },
];

export function Severity({ severity }) {
  return (
    <span className={`rule-severity ${severity}`}>
      <Icon name={SEVERITY_ICONS[severity] ?? "bell"} size={14} /> {severity}
    </span>
  );
}

function Open({ rule, counts }) {
  const count = counts.by[rule.rule_id] ?? 0;
  if (!count) return <span className="muted">none</span>;
  return (
    <Link to={`/alerts?rule=${rule.rule_id}`}>
      {count}
      {counts.isCut && "+"} open
    </Link>
  );
}

function Rows({ rules, counts, canWrite, defaultPolicy, onAct, onToggle }) {
  return (
    <table className="list rule-list" aria-label="Alert rules">
      <thead>
        <tr>
          <th scope="col">Rule</th>
          <th scope="col">Tells when a service</th>
          <th scope="col">Of</th>
          <th scope="col">Whom</th>
          <th scope="col">Alerts</th>
          <th scope="col">On</th>
          {canWrite && (
            <th scope="col">
              <span className="for-readers">What can be done</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => (
          <tr key={rule.rule_id} className={rule.enabled ? "" : "off"}>
            <th scope="row">
              {canWrite ? (
                <button type="button" className="link-button" data-rule={rule.rule_id} onClick={() => onAct("edit", rule)}>
                  {rule.name}
                </button>
              ) : (
                rule.name
              )}
              <span className="rule-notes">
                <Severity severity={rule.severity} />
                {rule.is_default && <span className="chip">default</span>}
              </span>
            </th>
            <td className="rule-words">
              {rule.words} <span className="muted">{forWords(rule.for_seconds)}</span>
            </td>
            <td className="rule-scope">
              {scopeWords(rule.scope)} <span className="muted">{plural(rule.services, "service")}</span>
            </td>
            <td data-label="Tells">{rule.policy_name || <span className="muted">{defaultPolicy}</span>}</td>
            <td data-label="Alerts">
              <Open rule={rule} counts={counts} />
            </td>
            <td className="cell-switch">
              <button type="button" role="switch" className="switch-button" aria-checked={rule.enabled} disabled={!canWrite} aria-label={`Tell by ${rule.name}`} onClick={() => onToggle(rule, !rule.enabled)}>
                <i />
              </button>
            </td>
            {canWrite && (
              <td className="cell-actions">
                <ActionMenu label={`What can be done with ${rule.name}`} items={ITEMS} onChoose={(action) => onAct(action, rule)} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A rule as the API takes it, for one that is made again or twice. */
function valuesOf({ name, enabled, severity, condition, scope, for_seconds, policy }) {
  return { name, enabled, severity, condition, scope, for_seconds, policy };
}

function Deleting({ rule, count, onDone, onClose }) {
  return (
    <Question act={() => ask("DELETE", `${PATH}/${rule.rule_id}`)} button={`Delete ${rule.name}`} onDone={onDone} onClose={onClose}>
      <p>
        Nobody is told any more when a service {rule.words}. {count ? `Its ${plural(count, "open alert")} end, and say why.` : "It has no open alerts."}
      </p>
      {rule.is_default && <p>It was there from the start so that somebody is told when something is down. Another rule should say so.</p>}
    </Question>
  );
}

function Empty({ canWrite, onAdd }) {
  return (
    <div className="empty-list teaching">
      <div>
        <p>
          <b>Nothing is told of.</b> A rule says what somebody wants to hear of: that a service is down, slow, silent, about to lose its certificate, or down too often.
        </p>
        <p>{canWrite ? "Begin with one that tells when anything is down; it can be tried on the past before anybody is told by it." : "Editors make them."}</p>
      </div>
      {canWrite && (
        <button type="button" className="primary" onClick={onAdd}>
          <Icon name="plus" /> Make a rule
        </button>
      )}
      <a href="/help/alert-rules">How rules work</a>
    </div>
  );
}

/** Rules without anywhere to tell are of no use: it is said where one makes them. */
function NoChannel({ channels }) {
  if (!channels || channels.items.some(({ enabled }) => enabled)) return null;
  return (
    <div className="banner no-channel" role="status">
      <Icon name="warn" />
      <span>
        <b>Nobody is told yet.</b> {channels.items.length ? "All channels are off." : "There is no channel: a mail address, a chat, a phone."} Alerts are kept and shown, but they reach nobody.
      </span>
      <Link className="plain" to="/alerting/channels">
        {channels.items.length ? "To the channels" : "Add a channel"}
      </Link>
    </div>
  );
}

/** How many open alerts each rule has. */
function useCounts() {
  const { found, load } = useAsked(`/api/alerts?limit=${ALERTS_LIMIT}`, { againMs: AGAIN_MS });
  const by = {};
  for (const { rule_id: id } of found?.items ?? []) by[id] = (by[id] ?? 0) + 1;
  return { counts: { by, isCut: Boolean(found?.next_cursor) }, again: load };
}

/** What a new rule begins as, by the address: `service` is one that somebody comes from. */
function beginsAs(query) {
  const service = query.get("service") ?? "";
  return service ? { scope: { services: [service] } } : null;
}

/** `may` are the permissions of who looks. */
export function AlertRules({ may = [] }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const { found, problem, load } = useAsked(PATH, { againMs: AGAIN_MS });
  const { found: policies } = useAsked("/api/escalation-policies");
  const { found: channels } = useAsked("/api/channels");
  const { counts, again } = useCounts();
  const [shown, setShown] = useState({}); // what was just switched, until the list says so
  const [deleting, setDeleting] = useState(null);
  const [copied, setCopied] = useState(null);
  const [isPacing, setIsPacing] = useState(false);
  const canWrite = may.includes(WRITE);
  useEffect(() => setShown({}), [found]);
  const rules = (found?.items ?? []).map((rule) => ({ ...rule, enabled: shown[rule.rule_id] ?? rule.enabled }));
  const editing = query.get("edit") ?? "";
  const rule = editing && editing !== NEW ? rules.find(({ rule_id: id }) => String(id) === editing) : null;
  const isOpen = Boolean(canWrite && found && policies && (editing === NEW || rule));
  const named = policies?.items.find(({ is_default: isDefault }) => isDefault);
  const add = () => {
    setCopied(null);
    setQuery({ edit: NEW });
  };
  useKeys(canWrite ? { n: add } : {});
  const close = () => setQuery({ edit: null, service: null });
  const reload = () => {
    load();
    again();
  };
  const act = (action, one) => {
    if (action === "edit") setQuery({ edit: String(one.rule_id) });
    else if (action === "delete") setDeleting(one);
    else {
      setCopied({ ...valuesOf(one), name: `${one.name} copy` });
      setQuery({ edit: NEW });
    }
  };
  const toggle = async (one, enabled) => {
    // Seen at once; back again when it is refused.
    setShown((known) => ({ ...known, [one.rule_id]: enabled }));
    try {
      await ask("PATCH", `${PATH}/${one.rule_id}`, { enabled });
      toastWanted.send({ text: `${one.name} is ${enabled ? "on" : "off: nobody is told by it, and its open alerts end"}` });
      reload();
    } catch (refused) {
      setShown((known) => ({ ...known, [one.rule_id]: !enabled }));
      toastWanted.send({ text: refused.detail, tone: "failed" });
    }
  };
  const undo = async (one) => {
    try {
      await post(PATH, valuesOf(one));
      toastWanted.send({ text: `${one.name} is back` });
    } catch (refused) {
      toastWanted.send({ text: `${one.name} cannot be brought back: ${Object.values(refused.fields ?? {})[0] ?? refused.detail}`, tone: "failed" });
    }
    reload();
  };
  return (
    <>
      <div className="admin-head">
        <div className="words">
          <h1>Rules</h1>
          <p className="muted">What somebody is told of. A rule watches services, and fires an alert for each one for which it holds.</p>
        </div>
        {canWrite && (
          <button type="button" className="plain" onClick={() => setIsPacing(true)}>
            <Icon name="clock" /> How often
          </button>
        )}
        {canWrite && rules.length > 0 && (
          <button type="button" className="primary" onClick={add}>
            <Icon name="plus" /> Make a rule
          </button>
        )}
      </div>
      <NoChannel channels={channels} />
      <Problem words={problem} onRetry={load} />
      {!found && !problem && <Ghosts />}
      {found && !rules.length && <Empty canWrite={canWrite} onAdd={add} />}
      {rules.length > 0 && <Rows rules={rules} counts={counts} canWrite={canWrite} defaultPolicy={named ? named.name : "default channels"} onAct={act} onToggle={toggle} />}
      <Modal isOpen={isOpen} title={rule ? rule.name : "A new rule"} size="wide" onClose={close}>
        {isOpen && (
          <RuleForm
            key={editing + (copied?.name ?? "")}
            rule={rule}
            like={copied ?? beginsAs(query)}
            policies={policies.items}
            onSaved={() => {
              close();
              reload();
            }}
            onClose={close}
          />
        )}
      </Modal>
      <Modal isOpen={isPacing} title="How often somebody is told" onClose={() => setIsPacing(false)}>
        {isPacing && <PaceForm onDone={() => setIsPacing(false)} onClose={() => setIsPacing(false)} />}
      </Modal>
      <Modal isOpen={deleting !== null} title="Delete the rule?" size="small" guard={false} onClose={() => setDeleting(null)}>
        {deleting && (
          <Deleting
            rule={deleting}
            count={counts.by[deleting.rule_id] ?? 0}
            onDone={() => {
              toastWanted.send({ text: `${deleting.name} is deleted`, action: "Undo", act: () => undo(deleting) });
              setDeleting(null);
              reload();
            }}
            onClose={() => setDeleting(null)}
          />
        )}
      </Modal>
    </>
  );
}
