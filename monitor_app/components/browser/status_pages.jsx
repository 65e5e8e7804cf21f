// Status pages as editors arrange them: the list, the form of one, the notices. All of it goes through the API.
import { useCallback, useEffect, useRef, useState } from "react";
import { ActionMenu } from "./action_menu.jsx";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";
import { Modal } from "./modal.jsx";
import { ask } from "./post.js";
import { Question } from "./question.jsx";
import { toastWanted } from "./signals.js";
import { SectionTabs } from "./section_tabs.jsx";
import { Addresses } from "./status_page_addresses.jsx";
import { PageEditor } from "./status_page_editor.jsx";
import { Notices } from "./status_notices.jsx";
import { useQuery, useSetQuery } from "./url.js";
import { plural } from "./words.js";

const PATH = "/api/admin/status-pages";
const NEW = "+new"; // no slug has a plus
const PARTS = [
  { key: "pages", title: "Pages" },
  { key: "notices", title: "Notices" },
];
const ACCESS = { public: "Public", password: "With a password", login: "Logged in" };
const ITEMS = [
  { action: "edit", icon: "edit", text: "Edit" },
  { action: "open", icon: "right", text: "Open as a reader" },
  { action: "badges", icon: "tag", text: "Badges and feeds" },
  { action: "delete", icon: "trash", text: "Delete", isDangerous: true },
];

function Ghosts() {
  return (
    <div className="ghosts" aria-hidden="true">
      {[0, 1, 2].map((line) => (
        <div key={line} className="ghost-line">
          <span className="ghost" />
        </div>
      ))}
    </div>
  );
}

function PageList({ pages, onAct }) {
  return (
    <table className="list status-page-list">
      <thead>
        <tr>
          <th scope="col">Page</th>
          <th scope="col">Address</th>
          <th scope="col">Readers</th>
          <th scope="col" className="number">
            Services
          </th>
          <th scope="col">
            <span className="for-readers">What can be done</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {pages.map((page) => (
          <tr key={page.slug}>
            <th scope="row">
              <button type="button" className="link-button" data-slug={page.slug} onClick={() => onAct("edit", page)}>
                {page.title}
              </button>
            </th>
            <td className="mono">
              <a href={`/status/${page.slug}`} target="_blank" rel="noopener">
                {page.host_name || page.path}
              </a>
            </td>
            <td>
              <span className="readers">
                {page.access !== "public" && <Icon name="lock" size={12} />}
                {ACCESS[page.access]}
                {page.access === "public" && !page.is_indexed && ", not in search engines"}
              </span>
            </td>
            <td className="number mono" data-label="Services">
              {page.entries.length}
            </td>
            <td className="cell-actions">
              <ActionMenu label={`What can be done with ${page.title}`} items={ITEMS} onChoose={(action) => onAct(action, page)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Deleting({ page, onDone, onClose }) {
  return (
    <Question act={() => ask("DELETE", `${PATH}/${page.slug}`)} button={`Delete ${page.title}`} onDone={onDone} onClose={onClose}>
      <p>
        Readers find nothing at <span className="mono">{page.path}</span> any more, at once. Services and notices stay.
      </p>
    </Question>
  );
}

/** One page as it is now: with the ETag that a change is based on. */
function useOnePage(slug, onProblem) {
  const [page, setPage] = useState(null);
  useEffect(() => {
    setPage(null);
    if (!slug || slug === NEW) return undefined;
    let isCurrent = true;
    ask("GET", `${PATH}/${slug}`).then(
      (found) => isCurrent && setPage(found),
      (refused) => isCurrent && onProblem(refused.detail ?? "This page cannot be read."),
    );
    return () => {
      isCurrent = false;
    };
  }, [slug, onProblem]);
  return page;
}

/** `colour` is that of pages without one of their own. */
export function StatusPages({ colour }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const [pages, setPages] = useState(null);
  const [problem, setProblem] = useState("");
  const [said, setSaid] = useState("");
  const [open, setOpen] = useState(null);
  const [isTelling, setIsTelling] = useState(false);
  const told = useCallback(() => setIsTelling(false), []);
  const editing = query.get("edit") ?? "";
  const isNotices = query.get("tab") === "notices";
  const one = useOnePage(editing, setProblem);
  const load = useCallback(async () => {
    try {
      setPages((await ask("GET", PATH)).items);
      setProblem("");
    } catch (refused) {
      setProblem(refused.detail ?? "Status pages cannot be read.");
    }
  }, []);
  useEffect(() => {
    load();
  }, [load]);
  // Who comes back from the form goes on where they were.
  const edited = useRef("");
  const wasEditing = useRef(false);
  useEffect(() => {
    if (editing) wasEditing.current = true;
    else if (wasEditing.current && pages) {
      wasEditing.current = false;
      const row = document.querySelector(`.link-button[data-slug="${CSS.escape(edited.current)}"]`);
      (row ?? document.querySelector(".admin-head .primary"))?.focus();
    }
  }, [editing, pages]);
  const edit = (slug) => {
    edited.current = slug;
    setQuery({ edit: slug });
  };
  const create = () => (isNotices ? setIsTelling(true) : edit(NEW));
  useKeys({ n: create });
  const act = (action, page) => {
    if (action === "edit") edit(page.slug);
    else if (action === "open") window.open(page.path, "_blank", "noopener");
    else setOpen({ action, page });
  };
  const undoable = (text, back, words) => {
    const act = () =>
      back().then(
        () => {
          setSaid(words);
          load();
        },
        (refused) => toastWanted.send({ text: `Not undone: ${refused.detail}`, tone: "failed" }),
      );
    toastWanted.send({ text, action: "Undo", act });
  };
  const saved = (page, trouble, back = null) => {
    const words = `${page.title} is published.`;
    setSaid(back ? "" : words);
    if (back) undoable(words, back.act, back.words);
    load().then(() => {
      edited.current = page.slug;
      setQuery({ edit: null });
      if (trouble) setProblem(trouble);
    });
  };
  const deleted = () => {
    const { slug, title } = open.page;
    setSaid("");
    setOpen(null);
    load();
    undoable(`${title} is deleted.`, () => ask("POST", `${PATH}/${slug}/restore`), `${title} is published again.`);
  };
  const isEditing = Boolean(editing) && !isNotices;
  return (
    <>
      <div className="admin-head">
        <div className="words">
          <h1>{isEditing ? (editing === NEW ? "New status page" : (one?.title ?? "Status page")) : "Status pages"}</h1>
          <p className="muted">What those who use your services may know of them: how they are, how they were, and what you tell them.</p>
        </div>
        {!isEditing && (
          <button type="button" className="primary" onClick={create}>
            <Icon name="plus" /> {isNotices ? "New notice" : "New status page"}
          </button>
        )}
      </div>
      {!isEditing && <SectionTabs parts={PARTS} label="What is published" />}
      <p className={isEditing ? "for-readers" : "saved-words"} role="status">
        {!isEditing && said}
      </p>
      {problem && (
        <div className="banner bad" role="alert">
          <Icon name="warn" /> <span>{problem}</span>
          <button type="button" className="plain" onClick={load}>
            Try again
          </button>
        </div>
      )}
      {isEditing && editing === NEW && <PageEditor key={NEW} page={null} colour={colour} onSaved={saved} onClose={() => setQuery({ edit: null })} />}
      {isEditing && editing !== NEW && one && <PageEditor key={one.etag} page={one} colour={colour} onSaved={saved} onClose={() => setQuery({ edit: null })} />}
      {isEditing && editing !== NEW && !one && !problem && <Ghosts />}
      {!isEditing && pages === null && !problem && <Ghosts />}
      {!isEditing && pages && isNotices && <Notices pages={pages} isOpening={isTelling} onOpened={told} />}
      {!isEditing && pages && !isNotices && pages.length > 0 && (
        <>
          <PageList pages={pages} onAct={act} />
          <p className="help">{plural(pages.length, "page")}. Each is served as it is, to any number of readers, also while the database is down.</p>
        </>
      )}
      {!isEditing && pages && !isNotices && !pages.length && (
        <div className="empty-list">
          <p>No status page yet. It shows the services that you choose, under public names, to those who use them.</p>
          <button type="button" className="plain" onClick={() => edit(NEW)}>
            Make the first one
          </button>
        </div>
      )}
      <Modal isOpen={open !== null} title={open?.action === "delete" ? "Delete the status page?" : "Badges and feeds"} size={open?.action === "delete" ? "small" : "medium"} guard={false} onClose={() => setOpen(null)}>
        {open?.action === "badges" && <Addresses page={open.page} onClose={() => setOpen(null)} />}
        {open?.action === "delete" && <Deleting page={open.page} onDone={deleted} onClose={() => setOpen(null)} />}
      </Modal>
    </>
  );
}
