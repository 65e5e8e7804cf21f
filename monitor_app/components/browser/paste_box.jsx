// A list of addresses, pasted.
import { useRef, useState } from "react";
import { piecesOf } from "./pieces.js";
import { plural } from "./words.js";

export function PasteBox({ isBusy, hasResults, onPiece, autoFocus = false }) {
  const area = useRef(null);
  const [lines, setLines] = useState(0);
  const count = () => setLines(area.current.value.split(/\r\n|\r|\n/).filter((line) => line.trim()).length);
  const send = () => {
    if (!lines || isBusy) return;
    const pieces = piecesOf(area.current.value);
    pieces.forEach((piece, index) => onPiece(piece, index, pieces.length));
  };
  const onKeyDown = (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    send();
  };
  return (
    <div className="paste-box">
      <label htmlFor="paste-area">Addresses to watch, one a line</label>
      <textarea
        id="paste-area"
        ref={area}
        rows={6}
        className="mono"
        spellCheck={false}
        autoComplete="off"
        data-autofocus={autoFocus ? "" : undefined}
        placeholder={"https://example.org/health\nintranet.example.org\n10.0.0.7:8080\nping 10.0.0.1\ndns:example.org\nredis://10.0.0.9"}
        onInput={count}
        onKeyDown={onKeyDown}
      />
      <p className="help">For a bare host name https is tried first, then http. Blank lines and lines that start with # are passed over.</p>
      <button type="button" className={`check ${hasResults ? "plain" : "primary"}`} aria-disabled={!lines || isBusy} onClick={send}>
        {isBusy ? "Checking…" : lines ? `Check ${plural(lines, "address", "addresses")}` : "Check addresses"}
      </button>
    </div>
  );
}
