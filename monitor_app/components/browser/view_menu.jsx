// Views of a list under a name: choose one, keep the list as it is now, share it, begin with it.
import { useEffect, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { Icon } from "./icons.jsx";
import { Panel } from "./panel.jsx";
import { useQuery } from "./url.js";

const PASSING = ["page", "before", "view", "open", "selected"]; // where one is in a view is no part of it

/** What of an address belongs to a view, always in the same order. */
function viewText(search) {
  const query = new URLSearchParams(search);
  PASSING.forEach((name) => query.delete(name));
  query.sort();
  return query.toString();
}

function useGo() {
  const navigate = useNavigate();
  return (query, pk, options = {}) => {
    const parameters = new URLSearchParams(query);
    if (pk) parameters.set("view", pk);
    const text = parameters.toString();
    navigate(text ? `?${text}` : window.location.pathname, { preventScrollReset: true, ...options });
  };
}

/** An address that asks for nothing becomes that of the default view, once; one that only names a view, that view's. */
function useBeginning(views, isLoaded, query) {
  const go = useGo();
  const { pathname } = useLocation();
  const done = useRef("");
  useEffect(() => {
    if (!isLoaded || done.current === pathname) return;
    done.current = pathname;
    const named = views.find(({ pk }) => String(pk) === query.get("view"));
    const first = views.find((view) => view.is_own && view.is_default);
    if (named && !viewText(query)) go(named.query, named.pk, { replace: true });
    else if (first?.query && ![...query.keys()].length) go(first.query, first.pk, { replace: true });
  });
}

function NameForm({ mayShare, error, refusals, onSave, onCancel }) {
  const [isWrong, setIsWrong] = useState(false);
  const seen = useRef(refusals);
  useEffect(() => {
    if (refusals !== seen.current) setIsWrong(true);
  }, [refusals]);
  return (
    <form
      className="view-form"
      onSubmit={(event) => {
        event.preventDefault();
        const { name, shared } = event.target.elements;
        setIsWrong(false);
        onSave(name.value.trim(), Boolean(shared?.checked));
      }}
    >
      <label>
        Name of the view
        <input name="name" required maxLength={80} autoFocus data-autofocus="" autoComplete="off" aria-invalid={isWrong} />
      </label>
      {isWrong && error && (
        <p className="wrong" role="alert">
          {error}
        </p>
      )}
      {mayShare && (
        <label className="panel-choice">
          <input type="checkbox" name="shared" />
          <span className="text">Share it with all</span>
        </label>
      )}
      <span className="view-buttons">
        <button type="submit" className="plain">
          Save
        </button>
        <button type="button" className="quiet" onClick={onCancel}>
          Cancel
        </button>
      </span>
    </form>
  );
}

function ViewLine({ view, isChosen, onChoose }) {
  return (
    <button type="button" className="panel-choice view-line" aria-pressed={isChosen} onClick={onChoose}>
      <Icon name={isChosen ? "check" : "bookmark"} size={14} />
      <span className="text">{view.name}</span>
      {view.is_default && view.is_own && <span className="note">default</span>}
      {view.is_shared && <span className="note">{view.is_own ? "shared" : view.owner}</span>}
    </button>
  );
}

/** `may` holds what one is allowed. `kept` is the view that was kept last: the address names it then. */
export function ViewMenu({ views = [], isLoaded, kept, error, refusals, may = [], onSaveAs, onChange, onRemove }) {
  const query = useQuery();
  const go = useGo();
  const [isNaming, setIsNaming] = useState(false);
  useBeginning(views, isLoaded, query);
  const chosen = views.find(({ pk }) => String(pk) === query.get("view"));
  const now = viewText(query);
  const isChanged = chosen && viewText(chosen.query) !== now;
  const mayChange = chosen && (chosen.is_own || may.includes("user:manage"));
  const mayShare = may.includes("service:write");
  const seen = useRef(kept);
  useEffect(() => {
    if (!kept || kept === seen.current) return;
    seen.current = kept;
    setIsNaming(false);
    go(now, kept, { replace: true });
  }, [kept]);
  const title = chosen ? `${chosen.name}${isChanged ? " · changed" : ""}` : "Views";
  return (
    <Panel label={chosen ? `View: ${title}` : "Views"} icon="bookmark" text={title} className={`plain ${chosen ? "chosen" : ""}`} isAtEnd width={280}>
      {(close) =>
        isNaming ? (
          <NameForm
            mayShare={mayShare}
            error={error}
            refusals={refusals}
            onSave={(name, isShared) => onSaveAs({ name, query: now, is_shared: isShared })}
            onCancel={() => setIsNaming(false)}
          />
        ) : (
          <>
            <div className="panel-list">
              <button
                type="button"
                className="panel-choice view-line"
                aria-pressed={!chosen && !now}
                onClick={() => {
                  go("", 0);
                  close();
                }}
              >
                <Icon name={!chosen && !now ? "check" : "list"} size={14} />
                <span className="text">Everything</span>
              </button>
              {views.map((view) => (
                <ViewLine
                  key={view.pk}
                  view={view}
                  isChosen={view === chosen}
                  onChoose={() => {
                    go(view.query, view.pk);
                    close();
                  }}
                />
              ))}
            </div>
            <div className="panel-actions">
              <button type="button" className="panel-choice" onClick={() => setIsNaming(true)}>
                Save as…
              </button>
              {mayChange && isChanged && (!chosen.is_shared || mayShare) && (
                <button type="button" className="panel-choice" onClick={() => onChange(chosen.pk, { query: now })}>
                  Update {chosen.name}
                </button>
              )}
              {mayChange && mayShare && (
                <button type="button" className="panel-choice" onClick={() => onChange(chosen.pk, { is_shared: !chosen.is_shared })}>
                  {chosen.is_shared ? "Do not share it any more" : "Share it with all"}
                </button>
              )}
              {chosen?.is_own && (
                <button type="button" className="panel-choice" onClick={() => onChange(chosen.pk, { is_default: !chosen.is_default })}>
                  {chosen.is_default ? "Do not start with it any more" : "Start with it"}
                </button>
              )}
              {mayChange && (
                <button
                  type="button"
                  className="panel-choice dangerous"
                  onClick={() => {
                    onRemove(chosen.pk);
                    go(now, 0, { replace: true });
                    close();
                  }}
                >
                  Delete {chosen.name}
                </button>
              )}
            </div>
          </>
        )
      }
    </Panel>
  );
}
