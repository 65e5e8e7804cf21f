// Times of what people did: when it was, how long ago, until when. 0 stands for never.
import { onTick } from "./clock.js";
import { useSyncExternalStore } from "react";
import { useFormats } from "./formats.jsx";
import { age, dayClock, exact, shortDuration } from "./words.js";

function useTicking(read) {
  return useSyncExternalStore(onTick, read, read);
}

function iso(at) {
  return new Date(at).toISOString();
}

/** "22 Nov 04:50:12". */
export function Stamp({ at }) {
  useFormats();
  return (
    <time title={exact(at)} dateTime={iso(at)}>
      {dayClock(at)}
    </time>
  );
}

/** "3 h ago". */
export function Ago({ at, never = "never" }) {
  useFormats();
  const text = useTicking(() => (at ? age(Date.now() - at) : never));
  if (!at) return <span className="muted">{text}</span>;
  return (
    <time title={exact(at)} dateTime={iso(at)}>
      {text}
    </time>
  );
}

/** "in 6 d". */
export function Until({ at, never = "never", over = "expired" }) {
  useFormats();
  const text = useTicking(() => {
    if (!at) return never;
    return at > Date.now() ? `in ${shortDuration(at - Date.now())}` : over;
  });
  if (!at) return <span className="muted">{text}</span>;
  return (
    <time title={exact(at)} dateTime={iso(at)}>
      {text}
    </time>
  );
}
