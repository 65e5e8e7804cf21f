// A line to be copied: an address, a command.
import { useEffect, useRef, useState } from "react";

const SAID_MS = 2000;

/** Where the clipboard is not to be had (plain http from another machine) the text is marked, ready for Ctrl+C. */
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return "Copied";
  } catch {
    getSelection().selectAllChildren(element);
    return "Marked: press Ctrl+C";
  }
}

export function CopyLine({ text, title, autoFocus = false }) {
  const line = useRef(null);
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => setSaid(""), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <div className="copy-line">
      <span className="title">{title}</span>
      <code ref={line} className="mono">
        {text}
      </code>
      <button type="button" className="plain" autoFocus={autoFocus} aria-label={`Copy: ${title}`} onClick={async () => setSaid(await copy(line.current))}>
        {said || "Copy"}
      </button>
      <span className="for-readers" role="status">
        {said}
      </span>
    </div>
  );
}
