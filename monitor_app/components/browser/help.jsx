// Help: the way to the page about what is on the screen, the list of all pages with a search, and one page to be read.
import { useEffect, useId, useRef, useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";

const HELP = "/help";
const TYPING_PAUSE_MS = 200;
const TEXT_LIMIT = 100;

const addressOf = (name, anchor = "") => `${HELP}/${name}${anchor ? `#${anchor}` : ""}`;
const partsOf = (path) => path.replace(/\/$/, "").split("/");

/** Whether a page's route, such as /services/[service_id], is that of this path. */
function isRouteOf(route, path) {
  const wanted = partsOf(route);
  const given = partsOf(path);
  return wanted.length === given.length && wanted.every((part, place) => part.startsWith("[") || part === given[place]);
}

/** `pages` are {route, name}: which page of help tells of which screen. */
export function HelpLink({ pages }) {
  const { pathname } = useLocation();
  const name = pages.find(({ route }) => isRouteOf(route, pathname))?.name ?? "";
  return (
    <Link className="icon-button help-link" to={name ? addressOf(name) : HELP} aria-label="Help on this page" title="Help on this page">
      <Icon name="question" />
    </Link>
  );
}

/** Search as one types; `asked` is what `found` was found for. */
export function HelpSearch({ asked, found, onSearch }) {
  const input = useRef(null);
  const timer = useRef(null);
  const [text, setText] = useState(asked);
  const id = useId();
  useKeys({ "/": () => input.current?.select() });
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = (value) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSearch(value), TYPING_PAUSE_MS);
  };
  const isAnswered = text.trim() !== "" && asked === text;
  return (
    <div className="help-search" role="search" aria-label="Help">
      <div className="search">
        <Icon name="search" />
        <input
          ref={input}
          id={id}
          type="search"
          aria-label="Search all pages of help"
          placeholder="Search all pages of help"
          autoComplete="off"
          spellCheck={false}
          maxLength={TEXT_LIMIT}
          value={text}
          onChange={({ target }) => search(target.value)}
          onKeyDown={(event) => event.key === "Escape" && search("")}
        />
        <kbd>/</kbd>
      </div>
      <p className="for-readers" role="status">
        {isAnswered && `${found.length} found`}
      </p>
      {isAnswered && (found.length ? <FoundList found={found} /> : <p className="muted">Nothing has all these words. Try fewer, or others.</p>)}
    </div>
  );
}

function FoundList({ found }) {
  return (
    <ol className="help-found">
      {found.map(({ name, page, title, anchor, excerpt }) => (
        <li key={`${name}#${anchor}`}>
          <Link to={addressOf(name, anchor)}>
            {page}
            {title !== page && <span className="muted"> / {title}</span>}
          </Link>
          <p className="muted">{excerpt}</p>
        </li>
      ))}
    </ol>
  );
}

/** `contents` are {title, pages}, each page {name, title, about}. */
export function HelpContents({ contents }) {
  return (
    <div className="help-contents">
      {contents.map(({ title, pages }) => (
        <section key={title}>
          <h3>{title}</h3>
          <ul>
            {pages.map((page) => (
              <li key={page.name}>
                <Link to={addressOf(page.name)}>{page.title}</Link>
                <span className="muted">{page.about}</span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

/** Links of the text lead on without loading the program anew; a new tab is the browser's. */
function useInnerLinks() {
  const navigate = useNavigate();
  return (event) => {
    const link = event.target.closest?.(`a[href^="${HELP}/"]`);
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(link.getAttribute("href"));
  };
}

/** The part that the address names, else the beginning; who came by a link begins to read there, by ear too. */
function usePlace(text, html) {
  const { hash } = useLocation();
  const isFirst = useRef(true);
  useEffect(() => {
    const place = text.current;
    if (!html || !place) return;
    const part = hash ? place.querySelector(`#${CSS.escape(decodeURIComponent(hash.slice(1)))}`) : null;
    if (part) part.scrollIntoView();
    else if (!isFirst.current) window.scrollTo(0, 0);
    if (!isFirst.current) {
      const heading = part ?? place.querySelector("h1");
      heading?.setAttribute("tabindex", "-1");
      heading?.focus({ preventScroll: true });
    }
    isFirst.current = false;
  }, [html, hash]);
}

/** `page` is {title, section, html, parts, before, after}; its HTML was made of docs/ by the server, which escapes all. */
export function HelpPage({ page, name }) {
  const text = useRef(null);
  const follow = useInnerLinks();
  usePlace(text, page.html);
  useEffect(() => {
    document.title = page.title ? `${page.title} · Help · Lightbulb` : "Help · Lightbulb";
  }, [page.title]);
  if (!page.html) {
    return (
      <div className="prose">
        <h1>
          There is no page of help called <q>{name}</q>
        </h1>
        <p>
          It may have another name by now. <Link to={HELP}>Look through all pages</Link>.
        </p>
      </div>
    );
  }
  return (
    <div className="help-page">
      <div className="help-column">
        <nav className="help-path" aria-label="Where this page is">
          <Link to={HELP}>All of help</Link>
          <span>{page.section}</span>
        </nav>
        <article ref={text} className="help-text" onClick={follow} dangerouslySetInnerHTML={{ __html: page.html }} />
        <nav className="help-next" aria-label="Pages before and after">
          {page.before && (
            <Link to={addressOf(page.before.name)} rel="prev">
              <span className="muted">Before</span>
              {page.before.title}
            </Link>
          )}
          {page.after && (
            <Link to={addressOf(page.after.name)} rel="next">
              <span className="muted">Next</span>
              {page.after.title}
            </Link>
          )}
        </nav>
      </div>
      {page.parts.length > 1 && (
        <nav className="help-parts" aria-label="On this page">
          <h2>On this page</h2>
          <ul>
            {page.parts.map(({ title, anchor }) => (
              <li key={anchor}>
                <Link to={addressOf(name, anchor)}>{title}</Link>
              </li>
            ))}
          </ul>
        </nav>
      )}
    </div>
  );
}
