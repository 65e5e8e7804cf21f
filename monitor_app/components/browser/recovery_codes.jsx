// Recovery codes, shown once: to be copied, or kept as a file.
import { useRef, useState } from "react";

const NOTE = "Recovery codes of Lightbulb";

function asText(username, codes) {
  return `${NOTE} for ${username}. Each works once.\n\n${codes.join("\n")}\n`;
}

export function RecoveryCodes({ username, codes }) {
  const list = useRef(null);
  const [said, setSaid] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(codes.join("\n"));
      setSaid("Copied");
    } catch {
      // Plain http from another machine has no clipboard.
      getSelection().selectAllChildren(list.current);
      setSaid("Marked: press Ctrl+C");
    }
  };
  return (
    <>
      <ol ref={list} className="codes mono" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className="row-of">
        <button type="button" className="plain" onClick={copy}>
          {said || "Copy"}
        </button>
        <a
          className="plain"
          download="lightbulb-recovery-codes.txt"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(asText(username, codes))}`}
        >
          Save as a file
        </a>
        <span className="for-readers" role="status">
          {said}
        </span>
      </div>
    </>
  );
}
