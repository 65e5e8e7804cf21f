// A status is a glyph, a word and a colour; the glyphs differ in shape, so that colour never stands alone.

export const STATUSES = [
  { key: "ok", word: "Up" },
  { key: "degraded", word: "Degraded" },
  { key: "failed", word: "Down" },
  { key: "starting", word: "Starting" },
  { key: "stopped", word: "Paused" },
  { key: "unknown", word: "Unknown" },
];

// Each shape is drawn on 16 × 16: `solid` in the status's colour, `mark` in the colour that stands on it.
export const SHAPES = [
  { solid: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Z", mark: "M4.8 8.3 7 10.5l4.2-4.8" },
  { solid: "M8 1.2c.5 0 .9.2 1.2.7l6 10.6c.6 1-.1 2.3-1.2 2.3H2c-1.1 0-1.8-1.3-1.2-2.3l6-10.6c.3-.5.7-.7 1.2-.7Z", mark: "M8 5.6v4M8 12.1v.1" },
  { solid: "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z", mark: "m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" },
  { solid: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 1.8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 8 2.8Z", line: "M8 5v3.2l2.2 1.4" },
  { solid: "M3 2h3.6v12H3ZM9.4 2H13v12H9.4Z" },
  { line: "M5.2 5.6C5.2 3.8 6.5 2.6 8.1 2.6s2.8 1.1 2.8 2.6c0 2.2-2.8 2.3-2.8 4.5M8.1 13v.1" },
];

export function Glyph({ status }) {
  const { solid, mark, line } = SHAPES[status];
  return (
    <svg className={`glyph ${STATUSES[status].key}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {solid && <path className="solid" d={solid} />}
      {mark && <path className="mark" d={mark} />}
      {line && <path className="line" d={line} />}
    </svg>
  );
}

export function StatusWord({ status }) {
  const { key, word } = STATUSES[status];
  return (
    <span className={`status ${key}`}>
      <Glyph status={status} />
      <span className="status-word">{word}</span>
    </span>
  );
}
