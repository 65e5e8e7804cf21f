// What changed since this person looked last: one line, and the list of it on demand. Also tells when they look.
import { useEffect, useRef, useState } from "react";
import { Icon } from "./icons.jsx";
import { Glyph } from "./status.jsx";
import { Ago } from "./stamp.jsx";
import { noteOpen } from "./url.js";

const LOOK_MS = 300_000; // who has the board before their eyes tells so this often
const AWAY_MS = 60_000;

/** Tells the server of looks: now and then while the page is visible, when it is hidden, and when somebody is back. */
function useLooks(onLook, onBack) {
  const tell = useRef({});
  tell.current = { onLook, onBack };
  useEffect(() => {
    let hiddenAt = null;
    const timer = setInterval(() => !document.hidden && tell.current.onLook(), LOOK_MS);
    const onVisibility = () => {
      if (document.hidden) {
        hiddenAt = Date.now();
        tell.current.onLook();
      } else if (hiddenAt !== null && Date.now() - hiddenAt > AWAY_MS) tell.current.onBack();
    };
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", onVisibility);
    };
  }, []);
}

export function SinceLooked({ since, rows = [], more = 0, summary = [], onOpen, onLook, onBack, onDismiss }) {
  useLooks(onLook, onBack);
  const [isOpen, setIsOpen] = useState(false);
  if (!since) return null;
  return (
    <section className="since-looked" aria-label="What changed since you last looked">
      <div className="since-line">
        <button type="button" className="since-fold" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          <span className={`turner ${isOpen ? "open" : ""}`}>
            <Icon name="right" size={12} />
          </span>
          <span>
            Since you last looked, <Ago at={since} />
          </span>
        </button>
        <ul>
          {summary.map(({ status, text }) => (
            <li key={text}>
              <Glyph status={status} />
              {text}
            </li>
          ))}
        </ul>
        <button type="button" className="quiet" onClick={onDismiss}>
          Seen
        </button>
      </div>
      {isOpen && (
        <ol className="since-rows">
          {rows.map((row) => (
            <li key={row.id}>
              <Glyph status={row.status} />
              <button
                type="button"
                className="open"
                onClick={() => {
                  noteOpen(row.sid);
                  onOpen(row.id);
                }}
              >
                {row.label}
              </button>
              <span className="says" title={row.says}>
                {row.says}
              </span>
              <span className="mono muted">
                <Ago at={row.at} />
              </span>
            </li>
          ))}
          {more > 0 && <li className="muted">and {more} more</li>}
        </ol>
      )}
    </section>
  );
}
