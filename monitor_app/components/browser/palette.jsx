// The command palette: go anywhere, do anything one may do, by typing. Focus stays in the field; the list is walked.
import { useContext, useEffect, useId, useMemo, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { ColorModeContext } from "$/utils/context-registry";
import { noteTheme } from "./formats.jsx";
import { Icon } from "./icons.jsx";
import { keyOf } from "./key_order.js";
import { Keys } from "./keys_dialog.jsx";
import { serviceInHand } from "./keys.js";
import { NAMED, offered, readRecent, remembered, sectionsOf } from "./palette_rank.js";
import { PaletteList } from "./palette_list.jsx";
import { apiUrl } from "./post.js";
import { logOut, RECENT } from "./session_watch.jsx";
import { keysWanted, paletteWanted, useSignal } from "./signals.js";
import { noteOpen, serviceAddress } from "./url.js";

const TYPING_PAUSE_MS = 120;
const BOARD = "/";
const THEMES = { light: ["Light theme", "sun"], dark: ["Dark theme", "moon"], system: ["Theme as the system has it", "system"] };

/** What the browser does by itself. */
function useOwn({ isKept, onTheme, say }) {
  const { setColorMode } = useContext(ColorModeContext);
  const choose = (theme) => {
    setColorMode(theme);
    if (!isKept) return;
    noteTheme(theme);
    onTheme(theme);
  };
  const themes = Object.entries(THEMES).map(([theme, [title, icon]]) => ({
    key: `own:${theme}`, kind: "own", title, icon, words: "theme colours mode", act: () => choose(theme),
  }));
  const go = (path) => () => window.location.assign(apiUrl(path));
  return [
    ...themes,
    { key: "own:keys", kind: "own", title: "Show all keys", icon: "keys", keys: "?", words: "shortcuts keyboard", act: () => keysWanted.send() },
    { key: "own:yaml", kind: "own", title: "Export the configuration", icon: "download", needs: "config:export", words: "yaml backup download", act: go("/api/export?format=yaml") },
    { key: "own:api", kind: "own", title: "API reference", icon: "details", words: "documentation openapi", act: go("/api/docs") },
    { key: "own:logout", kind: "own", title: "Log out", icon: "logout", needs: "profile:manage", words: "sign out leave", act: async () => say(await logOut()) },
  ];
}

/** Asks the server a little after the last key. Gives back the number of the question that is waited for. */
function useQuestion(ask, question) {
  const asked = useRef({ key: "", number: Math.floor(Math.random() * 1e9) });
  const latest = useRef(ask);
  latest.current = ask;
  const key = question ? JSON.stringify(question) : "";
  if (key !== asked.current.key) asked.current = { key, number: asked.current.number + 1 };
  const { number } = asked.current;
  useEffect(() => {
    if (!question) return undefined;
    const timer = setTimeout(() => latest.current({ ...question, number }), question.text ? TYPING_PAUSE_MS : 0);
    return () => clearTimeout(timer);
  }, [number]);
  return number;
}

/** What of the last answer still fits while the next one is on its way. */
function fitting(answer, question) {
  const fits = question && answer?.command === question.command && !answer.text === !question.text.trim();
  return fits ? answer : { here: answer?.here };
}

function useIsMac() {
  const [isMac, setIsMac] = useState(false);
  useEffect(() => setIsMac(/Mac|iPhone|iPad/.test(navigator.platform)), []);
  return isMac;
}

export function PaletteButton() {
  const isMac = useIsMac();
  return (
    <button
      type="button"
      className="palette-button"
      aria-haspopup="dialog"
      aria-keyshortcuts="Control+K Meta+K"
      title="Go anywhere, do anything"
      onClick={() => paletteWanted.send()}
    >
      <Icon name="command" />
      <span className="text">Go to or do</span>
      <kbd aria-hidden="true">{isMac ? "⌘K" : "Ctrl K"}</kbd>
    </button>
  );
}

/** `answer` is the server's last one; `onRun` takes a command's name and a service. On `detailPages` a service opens in place. */
export function Palette({ places, commands, may = [], groupPage, detailPages, answer, isKept, onSearch, onRun, onOpen, onTheme }) {
  const dialog = useRef(null);
  const input = useRef(null);
  const list = useId();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [isOpen, setIsOpen] = useState(false);
  const [level, setLevel] = useState(null);
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const [recent, setRecent] = useState([]);
  const [trouble, setTrouble] = useState("");
  const here = useRef(null);
  const isEntered = useRef(false); // Enter came before the answer

  const own = offered(useOwn({ isKept, onTheme, say: setTrouble }), may);
  const recentIds = recent.filter((key) => key.startsWith("service:")).map((key) => key.slice("service:".length));
  const question = isOpen && !level?.service
    ? { text, command: level?.command?.name ?? "", recent: recentIds, here: here.current ?? 0 }
    : null;
  const number = useQuestion(onSearch, question);
  const isWaiting = question !== null && answer?.number !== number;
  const found = fitting(answer, question);
  const sections = useMemo(
    () =>
      sectionsOf({
        level, text, recent, own,
        places: offered(places, may),
        commands: offered(commands, may),
        services: found.services,
        groups: found.groups,
        tags: found.tags,
        environments: found.environments,
        incidents: found.incidents,
        here: here.current ? found.here : null,
      }),
    [level, text, recent, answer, may, isOpen],
  );
  const items = sections.flatMap((section) => section.items);

  const open = () => {
    if (document.querySelector("dialog[open]")) return;
    here.current = serviceInHand();
    setRecent(readRecent(localStorage.getItem(RECENT)));
    setLevel(null);
    setText("");
    setActive(0);
    setTrouble("");
    setIsOpen(true);
  };
  const close = () => setIsOpen(false);
  useSignal(paletteWanted, open);
  useEffect(() => {
    const element = dialog.current;
    if (isOpen && !element.open) {
      element.showModal();
      input.current?.focus();
    }
    if (!isOpen && element.open) element.close(); // the browser gives the focus back
  }, [isOpen]);
  useEffect(() => {
    const onKeyDown = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || keyOf(event).toLowerCase?.() !== "k") return;
      if (document.querySelector("dialog[open]:not(.palette)")) return;
      event.preventDefault();
      if (isOpen) close();
      else open();
    };
    window.addEventListener("keydown", onKeyDown, true);
    return () => window.removeEventListener("keydown", onKeyDown, true);
  });

  const descend = (next) => {
    setLevel(next);
    setText("");
    setActive(0);
    input.current?.focus();
  };
  const done = (key, act) => {
    localStorage.setItem(RECENT, JSON.stringify(remembered(recent, key)));
    close();
    // When the focus is back where it was: what opens next gives it back there too.
    setTimeout(act);
  };
  const show = ({ pk, sid }) => {
    if (!detailPages.includes(pathname.replace(/(?<=.)\/$/, ""))) navigate(`/?open=${encodeURIComponent(sid)}`);
    else {
      noteOpen(sid);
      onOpen(pk);
    }
  };
  const choose = (item) => {
    if (!item) return;
    const { kind, service } = item;
    if (kind === "command" && item.isOfService) descend({ command: item });
    else if (kind === "command") done(item.key, () => onRun(item.name, 0));
    else if (kind === "run") done(`command:${item.name}`, () => onRun(item.name, service.pk));
    else if (kind === "place" || kind === "incident") done(item.key, () => navigate(item.href));
    else if (kind === "group") done(item.key, () => navigate(`${groupPage ? "/group" : BOARD}?group=${encodeURIComponent(item.title)}`));
    else if (kind === "tag" || kind === "environment") done(item.key, () => navigate(`${BOARD}?${kind}=${encodeURIComponent(item.title)}`));
    else if (kind === "page") done(`service:${service.sid}`, () => navigate(serviceAddress(service.sid)));
    else if (kind === "own") done(item.key, item.act);
    else if (level?.command) done(level.command.key, () => onRun(level.command.name, service.pk));
    else done(`service:${service.sid}`, () => show(service));
  };
  useEffect(() => {
    if (isWaiting || !isEntered.current) return;
    isEntered.current = false;
    choose(items[0]);
  }, [isWaiting]);

  const goBack = () => {
    if (level) descend(null);
    else close();
  };
  const onKeyDown = (event) => {
    const { key } = event;
    const { selectionStart, selectionEnd, value } = input.current;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (key === "Escape" || (key === "Backspace" && level && !value)) goBack();
    else if (event.target !== input.current) return;
    else if (key in steps && items.length) {
      const to = active + steps[key];
      setActive(Math.abs(steps[key]) === 1 ? (to + items.length) % items.length : Math.max(0, Math.min(items.length - 1, to)));
    } else if (key === "Enter" && !event.nativeEvent.isComposing) {
      // What was typed in one go is not answered yet: it is what the best answer will be that is meant.
      if (isWaiting && value && (items[active]?.match ?? NAMED) >= NAMED) isEntered.current = true;
      else choose(items[active]);
    } else if (key === "ArrowRight" && !level && items[active]?.service && selectionStart === value.length && selectionEnd === value.length) {
      descend({ service: items[active].service });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const prompt = level?.command ? `${level.command.title.replace(/…$/, "")}: which service?` : level?.service ? "What to do?" : "Go to or do";
  const isEmpty = !items.length && !isWaiting;
  return (
    <>
      <dialog
        ref={dialog}
        className="palette"
        aria-label="Command palette"
        onKeyDown={onKeyDown}
        onCancel={(event) => event.preventDefault()}
        onClose={() => isOpen && close()}
        onClick={(event) => event.target === dialog.current && close()}
      >
        {isOpen && (
          <>
            <div className="palette-head">
              {level ? (
                <button type="button" className="icon-button" aria-label="Back" onClick={goBack}>
                  <Icon name="left" />
                </button>
              ) : (
                <Icon name="search" />
              )}
              <input
                ref={input}
                type="text"
                role="combobox"
                aria-label={prompt}
                aria-autocomplete="list"
                aria-expanded={items.length > 0}
                aria-controls={list}
                aria-activedescendant={items[active] ? `${list}-${active}` : undefined}
                placeholder={prompt}
                autoComplete="off"
                autoCapitalize="off"
                spellCheck={false}
                maxLength={100}
                value={text}
                onChange={(event) => {
                  setText(event.target.value);
                  setActive(0);
                  isEntered.current = false;
                }}
              />
              <button type="button" className="icon-button" aria-label="Close" onClick={close}>
                <Icon name="close" />
              </button>
            </div>
            <PaletteList id={list} sections={sections} active={active} onActive={setActive} onChoose={choose} />
            {isEmpty && <p className="palette-empty">Nothing is called “{text}”.</p>}
            <p className="for-readers" role="status">
              {isWaiting ? "" : items.length === 1 ? "1 answer" : `${items.length} answers`}
            </p>
            <footer className="palette-foot" aria-hidden="true">
              <span><Keys keys="↑  ↓" /> choose</span>
              <span><Keys keys="Enter" /> {level?.command ? level.command.title.replace(/…$/, "").toLowerCase() : "go"}</span>
              {!level && items[active]?.service && <span><Keys keys="→" /> what to do with it</span>}
              <span><Keys keys="Esc" /> {level ? "back" : "close"}</span>
            </footer>
          </>
        )}
      </dialog>
      {trouble && (
        <p className="for-readers" role="alert">
          You are still logged in. {trouble}
        </p>
      )}
    </>
  );
}
