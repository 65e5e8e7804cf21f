// Finds services as one types, and keeps those that are chosen: a combobox after WAI-ARIA, for one or for several.
import { useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { Icon } from "./icons.jsx";
import { Glyph, STATUSES } from "./status.jsx";
import { plural } from "./words.js";

const TYPING_PAUSE_MS = 120;
const GAP = 4;
const EDGE = 8;
const ROOM_MIN = 160; // less below the field: the list opens above it
const LIST_MAX = 320;

/** Where the list goes: below the field, or above it where there is more room. */
function place(list, field) {
  const box = field.getBoundingClientRect();
  const below = window.innerHeight - box.bottom - EDGE;
  const isAbove = below < ROOM_MIN && box.top > below;
  list.style.maxHeight = `${Math.min(LIST_MAX, (isAbove ? box.top : below) - EDGE)}px`;
  list.style.left = `${box.left}px`;
  list.style.width = `${box.width}px`;
  list.style.top = isAbove ? "auto" : `${box.bottom + GAP}px`;
  list.style.bottom = isAbove ? `${window.innerHeight - box.top + GAP}px` : "auto";
}

/** What can be chosen, which of it is under the keys, and whether the list is open. */
function useAnswers({ name, answers, onAsk }) {
  const [text, setText] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const timer = useRef(null);
  useEffect(() => () => clearTimeout(timer.current), []);
  const isMine = answers?.field === name;
  const options = isOpen && isMine ? answers.options : [];
  const ask = (value, pause = TYPING_PAUSE_MS) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onAsk(name, value), pause);
  };
  return {
    text,
    isOpen,
    options,
    matched: isMine ? answers.matched : 0,
    isWaiting: !isMine || answers.query !== text,
    at: Math.min(at, options.length - 1),
    setAt,
    type(value) {
      setText(value);
      setAt(value.trim() ? 0 : -1);
      setIsOpen(true);
      ask(value);
    },
    open() {
      if (isOpen) return;
      setIsOpen(true);
      setAt(-1);
      ask(text, 0);
    },
    close() {
      clearTimeout(timer.current);
      setIsOpen(false);
      setAt(-1);
    },
    /** Drop what is typed; with the list open it shows all again. */
    clear({ isDone = false } = {}) {
      setText("");
      setAt(-1);
      if (!isDone) ask("", 0);
    },
  };
}

export function ServicePicker({
  name,
  label,
  placeholder = "Search services",
  chosen,
  answers,
  isMulti = false,
  error = "",
  autoFocus = false,
  onAsk,
  onPick,
  onDrop,
  onOpen,
}) {
  const id = useId();
  const field = useRef(null);
  const input = useRef(null);
  const list = useRef(null);
  const wanted = useRef(""); // where the focus goes when the chosen ones are others
  const found = useAnswers({ name, answers, onAsk });
  const isFull = !isMulti && chosen.length > 0;
  const isShown = found.isOpen && !isFull && (found.options.length > 0 || !found.isWaiting);

  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return undefined;
    if (!isShown) {
      if (element.matches(":popover-open")) element.hidePopover();
      return undefined;
    }
    if (!element.matches(":popover-open")) element.showPopover();
    const move = () => place(element, field.current);
    move();
    window.addEventListener("scroll", move, true);
    window.addEventListener("resize", move);
    return () => {
      window.removeEventListener("scroll", move, true);
      window.removeEventListener("resize", move);
    };
  }, [isShown, chosen.length]);
  useEffect(() => {
    list.current?.querySelector('[data-active="true"]')?.scrollIntoView({ block: "nearest" });
  }, [found.at]);
  useEffect(() => {
    const place = wanted.current === "chip" ? field.current.querySelector(".chosen-service .icon-button") : input.current;
    // Who has gone on to another field meanwhile stays there.
    const isHere = document.activeElement === document.body || field.current.contains(document.activeElement);
    if (wanted.current && isHere) place?.focus();
    wanted.current = "";
  }, [chosen.length]);

  const pick = (option) => {
    if (option.mark === "self") return;
    onPick(name, option.sid);
    if (isMulti && option.mark === "circle" && !option.isPicked) {
      // The way round is drawn below: the list must not lie over it.
      found.close();
      found.clear({ isDone: true });
      return;
    }
    if (isMulti) {
      found.clear();
      return;
    }
    wanted.current = "chip";
    found.close();
    found.clear({ isDone: true });
  };
  // Enter before the answer is there takes the first of it.
  const isEntered = useRef(false);
  useEffect(() => {
    if (found.isWaiting || !isEntered.current) return;
    isEntered.current = false;
    if (found.options[0]) pick(found.options[0]);
  });
  const onKeyDown = (event) => {
    const { options, at } = found;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      if (!found.isOpen) found.open();
      else if (options.length) found.setAt(at < 0 && steps[event.key] < 0 ? options.length - 1 : (at + steps[event.key] + options.length) % options.length);
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      if (found.isWaiting) isEntered.current = Boolean(found.text.trim());
      else if (at >= 0 && options[at]) pick(options[at]);
    } else if (event.key === "Escape" && (isShown || found.text)) {
      event.stopPropagation();
      if (isShown) found.close();
      else found.clear();
    } else if (event.key === "Backspace" && !found.text && chosen.length) {
      onDrop(name, chosen.at(-1).sid);
    } else return;
    event.preventDefault();
  };
  return (
    <div className="service-picker" ref={field}>
      <label htmlFor={`${id}-input`} id={`${id}-label`}>
        {label}
      </label>
      {chosen.length > 0 && (
        <ul className="picks" aria-labelledby={`${id}-label`}>
          {chosen.map((one) => (
            <Pick
              key={one.sid}
              one={one}
              isAlone={!isMulti}
              onDrop={() => {
                wanted.current = "input";
                onDrop(name, one.sid);
              }}
              onOpen={onOpen}
            />
          ))}
        </ul>
      )}
      {!isFull && (
        <div className="box">
          <input
            ref={input}
            id={`${id}-input`}
            type="text"
            role="combobox"
            aria-autocomplete="list"
            aria-expanded={isShown}
            aria-controls={`${id}-list`}
            aria-activedescendant={isShown && found.at >= 0 ? `${id}-${found.at}` : undefined}
            aria-invalid={error ? "true" : "false"}
            aria-describedby={`${id}-below`}
            data-autofocus={autoFocus ? "" : undefined}
            autoComplete="off"
            spellCheck={false}
            maxLength={120}
            placeholder={placeholder}
            value={found.text}
            onChange={(event) => {
              isEntered.current = false;
              found.type(event.target.value);
            }}
            onFocus={() => found.open()}
            onClick={() => found.open()}
            onBlur={() => {
              isEntered.current = false;
              found.close();
              found.clear({ isDone: true });
            }}
            onKeyDown={onKeyDown}
          />
        </div>
      )}
      <div id={`${id}-below`}>{error && <p className="wrong">{error}</p>}</div>
      <Kept text={chosen.map((one) => one.sid).join(" ")} />
      <ul
        ref={list}
        id={`${id}-list`}
        className="service-options"
        popover="manual"
        role="listbox"
        aria-labelledby={`${id}-label`}
        aria-multiselectable={isMulti || undefined}
        aria-busy={found.isWaiting}
        onMouseDown={(event) => event.preventDefault()} // the focus stays in the field
      >
        {found.options.map((option, number) => (
          <li
            key={option.sid}
            id={`${id}-${number}`}
            role="option"
            aria-selected={option.isPicked}
            aria-disabled={option.mark === "self" || undefined}
            className={option.mark ? "refused" : ""}
            data-active={number === found.at}
            onMouseMove={() => number !== found.at && found.setAt(number)}
            onClick={() => pick(option)}
          >
            <ServiceLine one={option} />
            {option.isPicked && <Icon name="check" size={14} />}
          </li>
        ))}
        {!found.options.length && (
          <li className="nothing" role="option" aria-selected="false" aria-disabled="true">
            No service has “{found.text}” in its name, id, tags, target or group.
          </li>
        )}
        {found.matched > found.options.length && found.options.length > 0 && (
          <li className="nothing" role="option" aria-selected="false" aria-disabled="true">
            {found.matched - found.options.length} more: type to narrow them down
          </li>
        )}
      </ul>
      <span className="for-readers" role="status">
        {isShown && !found.isWaiting ? `${plural(found.matched, "service")} found` : ""}
      </span>
    </div>
  );
}

/** Status, name, id and group of a service, and why it cannot be chosen. */
function ServiceLine({ one }) {
  return (
    <span className="service-line">
      <Glyph status={one.status} />
      <span className="for-readers">{STATUSES[one.status].word}: </span>
      <span className="words">
        <span className="label">{one.label}</span> <span className="mono id">{one.sid}</span>
        {one.group && <span className="group">{one.group}</span>}
      </span>
      {one.why && (
        <span className="why">
          <Icon name="warn" size={12} /> {one.why}
        </span>
      )}
    </span>
  );
}

function Pick({ one, isAlone, onDrop, onOpen }) {
  return (
    <li className={one.mark ? "chosen-service refused" : "chosen-service"}>
      <ServiceLine one={one} />
      {one.mark === "duplicate" && one.twin > 0 && (
        <button type="button" className="quiet" onClick={() => onOpen(one.twin)}>
          Open it
        </button>
      )}
      <button type="button" className="icon-button" aria-label={`${isAlone ? "Change" : "Take out"} ${one.label}`} onClick={onDrop}>
        <Icon name={isAlone ? "edit" : "close"} size={12} />
      </button>
    </li>
  );
}

/** Lets the dialog see that something was chosen, before it throws it away. */
function Kept({ text }) {
  const input = useRef(null);
  const [before] = useState(text);
  useEffect(() => {
    input.current.value = text;
  }, [text]);
  return <input ref={input} type="text" className="for-readers" tabIndex={-1} aria-hidden="true" readOnly defaultValue={before} />;
}
