// A short word after something was done, with a way back where there is one.
import { useEffect, useState } from "react";
import { refs } from "$/utils/state";
import { Icon } from "./icons.jsx";

const SHOWN_MS = 10000;

/** What Reflex calls for `rx.toast`: this is the one place where such words appear. */
function answerReflex(show) {
  let count = 0;
  const say = (tone) => (title, props) => {
    const text = [title, props?.title, props?.description].filter(Boolean).join(" ");
    count += 1;
    show({ id: `reflex-${count}`, text, action: "", tone });
  };
  refs.__toast = Object.assign(say(""), { error: say("failed"), warning: say("failed"), info: say(""), success: say("") });
}

export function Toast({ toast, onAction }) {
  const [shown, setShown] = useState(null);
  const [isRead, setIsRead] = useState(false); // pointer or focus rests on it
  useEffect(() => {
    if (toast?.id) setShown(toast);
  }, [toast?.id]);
  useEffect(() => {
    answerReflex(setShown);
    return () => {
      delete refs.__toast;
    };
  }, []);
  useEffect(() => {
    if (!shown || isRead) return undefined;
    const timer = setTimeout(() => setShown(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown, isRead]);
  return (
    <div className="toasts" role="status">
      {shown && (
        <div
          className={`toast ${shown.tone ?? ""}`}
          onPointerEnter={() => setIsRead(true)}
          onPointerLeave={() => setIsRead(false)}
          onFocus={() => setIsRead(true)}
          onBlur={() => setIsRead(false)}
        >
          <span>{shown.text}</span>
          {shown.action && (
            <button
              type="button"
              className="quiet"
              onClick={() => {
                setShown(null);
                onAction(shown.id);
              }}
            >
              {shown.action}
            </button>
          )}
          <button type="button" className="icon-button" aria-label="Dismiss" onClick={() => setShown(null)}>
            <Icon name="close" size={12} />
          </button>
        </div>
      )}
    </div>
  );
}
