// Service level objectives: how much of its error budget each has left, and how fast it goes.
import { useState } from "react";
import { Link } from "react-router";
import { ActionMenu } from "./action_menu.jsx";
import { useAsked } from "./asked.js";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";
import { ClearSearch, ListSearch } from "./list_search.jsx";
import { Modal } from "./modal.jsx";
import { ObjectiveForm } from "./objective_form.jsx";
import { PageTurner } from "./page_turner.jsx";
import { ask, post } from "./post.js";
import { Question } from "./question.jsx";
import { BudgetBar, Ghosts, Problem } from "./report_parts.jsx";
import { burnWords, percent, targetWords } from "./report_words.js";
import { groupAddress, serviceAddress, useQuery, useSetQuery } from "./url.js";
import { plural } from "./words.js";

const PATH = "/api/objectives";
const ADMIN_PATH = "/api/admin/objectives";
const AGAIN_MS = 60_000;
const ON_A_PAGE = 50;
const VERDICTS = { met: ["ok", "check"], "at risk": ["degraded", "warn"], missed: ["failed", "octagon"], unknown: ["unknown", "whatif"] };
const ITEMS = [
  { action: "edit", icon: "edit", text: "Edit" },
  { action: "delete", icon: "trash", text: "Delete", isDangerous: true },
];

function Subject({ one }) {
  if (one.group) {
    return (
      <>
        <Link to={groupAddress(one.group)}>{one.group}</Link> <span className="muted">{plural(one.services, "service")}</span>
      </>
    );
  }
  if (one.service_id === null) return <span className="muted">a deleted service</span>;
  return (
    <Link to={serviceAddress(one.service_id)} title={one.service_id}>
      {one.service_label}
    </Link>
  );
}

function Verdict({ verdict }) {
  const [tone, icon] = VERDICTS[verdict] ?? VERDICTS.unknown;
  return (
    <span className={`verdict ${tone}`}>
      <Icon name={icon} size={14} /> {verdict}
    </span>
  );
}

function ObjectiveTable({ items, canWrite, onAct }) {
  return (
    <table className="list report-list objective-list">
      <thead>
        <tr>
          <th scope="col">Objective</th>
          <th scope="col">Of</th>
          <th scope="col">Now</th>
          <th scope="col" className="number">
            Available
          </th>
          <th scope="col" className="number">
            Target
          </th>
          <th scope="col">Error budget</th>
          {canWrite && (
            <th scope="col">
              <span className="for-readers">What can be done</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr key={one.objective_id}>
            <th scope="row">
              {canWrite ? (
                <button type="button" className="link-button" data-objective={one.objective_id} onClick={() => onAct("edit", one)}>
                  {one.name}
                </button>
              ) : (
                one.name
              )}
            </th>
            <td>
              <Subject one={one} />
            </td>
            <td>
              <Verdict verdict={one.verdict} />
            </td>
            <td className="number mono" data-label="Available" title={`Coverage ${percent(one.coverage)}`}>
              {percent(one.availability)}
            </td>
            <td className="number mono" data-label="Target">
              {targetWords(one.target)} <span className="muted">{one.window_days} d</span>
            </td>
            <td className="wide-cell">
              <BudgetBar budget={one} />
              <span className="burn muted">{burnWords(one)}</span>
            </td>
            {canWrite && (
              <td className="cell-actions">
                <ActionMenu label={`What can be done with ${one.name}`} items={ITEMS} onChoose={(action) => onAct(action, one)} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Deleting({ one, onDone, onClose }) {
  return (
    <Question act={() => ask("DELETE", `${ADMIN_PATH}/${one.objective_id}`)} button={`Delete ${one.name}`} onDone={onDone} onClose={onClose}>
      <p>Nobody is told any more what is left of its error budget. The history of its services stays.</p>
    </Question>
  );
}

/** What was done last, with the way back from a deletion; one of a service that is gone cannot be made again. */
function Said({ said, onUndo }) {
  return (
    <p className="saved-words" role="status">
      {said?.text}
      {said?.deleted && (
        <button type="button" className="quiet" onClick={onUndo}>
          Undo
        </button>
      )}
    </p>
  );
}

function Empty({ search, canWrite, onNew }) {
  if (search) {
    return (
      <div className="empty-list">
        <p>No objective is called “{search}”, nor its group or service.</p>
        <ClearSearch>Drop the search</ClearSearch>
      </div>
    );
  }
  return (
    <div className="empty-list">
      <p>No objective yet. One says for how much of its last days a service or a group is to be up, and what of that may still go wrong.</p>
      {canWrite ? (
        <button type="button" className="plain" onClick={onNew}>
          Set the first one
        </button>
      ) : (
        <p>Editors set them.</p>
      )}
    </div>
  );
}

export function Objectives({ canWrite }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const [open, setOpen] = useState(null);
  const [said, setSaid] = useState(null);
  const [trouble, setTrouble] = useState("");
  const page = Math.max(1, Number.parseInt(query.get("page"), 10) || 1);
  const search = query.get("search") ?? "";
  const wanted = new URLSearchParams({ search, page, limit: ON_A_PAGE, sort: "worst" });
  const { found, problem, isStale, load } = useAsked(`${PATH}?${wanted}`, { againMs: AGAIN_MS });
  const create = () => canWrite && setOpen({ action: "new" });
  useKeys(canWrite ? { n: create } : {});
  const done = (text, deleted = null) => {
    setOpen(null);
    setTrouble("");
    setSaid({ text, deleted });
    load();
  };
  const undo = async () => {
    const { name, service_id, group, target, window_days } = said.deleted;
    try {
      await post(ADMIN_PATH, { name, service_id: service_id ?? "", group, target, window_days });
      done(`${name} is back.`);
    } catch (refused) {
      setTrouble(`${name} cannot be brought back: ${Object.values(refused.fields ?? {})[0] ?? refused.detail}`);
    }
  };
  const one = open?.one;
  return (
    <section aria-label="Objectives">
      <div className="report-bar">
        <ListSearch title="Search objectives" />
        <span className="space" />
        {canWrite && (
          <button type="button" className="primary" onClick={create}>
            <Icon name="plus" /> New objective
          </button>
        )}
      </div>
      <Said said={said} onUndo={undo} />
      <Problem words={problem || trouble} onRetry={trouble ? undo : load} />
      {!found && !problem && <Ghosts />}
      {found && !found.total && <Empty search={search} canWrite={canWrite} onNew={create} />}
      {found && found.items.length > 0 && (
        <div className={isStale ? "stale" : ""} aria-busy={isStale}>
          <ObjectiveTable items={found.items} canWrite={canWrite} onAct={(action, of) => setOpen({ action, one: of })} />
        </div>
      )}
      {found && <PageTurner number={found.page} pages={found.pages} total={found.total} one="objective" onTurn={(to) => setQuery({ page: to === 1 ? "" : String(to) })} />}
      {found?.total > 0 && <p className="help">Those with least of their budget left come first. Maintenance, pauses and what nobody saw cost nothing, and earn nothing.</p>}
      <Modal
        isOpen={open !== null}
        title={open?.action === "delete" ? "Delete the objective?" : open?.action === "edit" ? `Edit ${one.name}` : "New objective"}
        size={open?.action === "delete" ? "small" : "medium"}
        onClose={() => setOpen(null)}
      >
        {(open?.action === "new" || open?.action === "edit") && (
          <ObjectiveForm objective={one} onDone={(kept) => done(`${kept.name} is ${one ? "changed" : "kept"}.`)} onClose={() => setOpen(null)} />
        )}
        {open?.action === "delete" && <Deleting one={one} onDone={() => done(`${one.name} is deleted.`, one.group || one.service_id !== null ? one : null)} onClose={() => setOpen(null)} />}
      </Modal>
    </section>
  );
}
