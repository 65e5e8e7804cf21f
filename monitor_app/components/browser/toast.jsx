// A short word after something was done, with a way back where there is one.
import { useEffect, useState } from "react";
import { Icon } from "./icons.jsx";
import { toastWanted, useSignal } from "./signals.js";

const SHOWN_MS = { failed: 20000, other: 10000 }; // why something was refused takes longer to read
const SEEN = "toast"; // the last one's id: a page that is loaded anew does not say it again

export function Toast({ toast, notice, onAction }) {
  const [shown, setShown] = useState(null);
  const [isRead, setIsRead] = useState(false); // pointer or focus rests on it
  useEffect(() => {
    if (!toast?.id || toast.id === sessionStorage.getItem(SEEN)) return;
    sessionStorage.setItem(SEEN, toast.id);
    setShown(toast);
  }, [toast?.id]);
  useEffect(() => {
    if (notice?.id) setShown(notice);
  }, [notice?.id]);
  useSignal(toastWanted, setShown);
  useEffect(() => {
    if (!shown || isRead) return undefined;
    const timer = setTimeout(() => setShown(null), SHOWN_MS[shown.tone] ?? SHOWN_MS.other);
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
                if (shown.act) shown.act();
                else onAction(shown.id);
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
