// A document that somebody writes: with numbered lines, and what is wrong with them below.
import { useEffect, useRef, useState } from "react";

function lineStart(text, line) {
  let at = 0;
  for (let number = 1; number < line; number += 1) at = text.indexOf("\n", at) + 1 || text.length;
  return at;
}

export function JsonArea({ text, errors, errorKey }) {
  const area = useRef(null);
  const gutter = useRef(null);
  const [lines, setLines] = useState(1);
  useEffect(() => {
    area.current.value = text;
    setLines(text.split("\n").length);
    area.current.focus();
    area.current.setSelectionRange(0, 0);
    area.current.scrollTop = 0;
  }, [text]);
  const goTo = (line) => {
    const { value } = area.current;
    const start = lineStart(value, line);
    const end = value.indexOf("\n", start);
    area.current.focus();
    area.current.setSelectionRange(start, end < 0 ? value.length : end);
    const height = parseFloat(getComputedStyle(area.current).lineHeight);
    area.current.scrollTop = Math.max(0, (line - 4) * height);
  };
  const latest = useRef(errors);
  latest.current = errors;
  useEffect(() => {
    if (errorKey && latest.current.length) goTo(latest.current[0].line);
  }, [errorKey]);
  const wrong = new Set(errors.map(({ line }) => line));
  return (
    <div className="json-area">
      <label htmlFor="field-document" className="for-readers">
        The service as JSON
      </label>
      <div className="json-box">
        <div ref={gutter} className="gutter mono" aria-hidden="true">
          {Array.from({ length: lines }, (_, index) => (
            <i key={index} className={wrong.has(index + 1) ? "wrong-line" : ""}>
              {index + 1}
            </i>
          ))}
        </div>
        <textarea
          id="field-document"
          ref={area}
          name="form.document"
          className="mono"
          wrap="off"
          spellCheck={false}
          autoComplete="off"
          aria-invalid={errors.length > 0}
          aria-describedby="below-document"
          onInput={() => setLines(area.current.value.split("\n").length)}
          onScroll={() => {
            gutter.current.scrollTop = area.current.scrollTop;
          }}
        />
      </div>
      <ul id="below-document" className="json-errors" aria-live="polite">
        {errors.map(({ line, field, text: message }) => (
          <li key={`${line} ${field}`}>
            <button type="button" className="wrong" onClick={() => goTo(line)}>
              <b className="mono">Line {line}</b> {field && <span className="mono">{field}</span>} {message}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
