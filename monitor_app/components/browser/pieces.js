// A long text in pieces: one frame of the websocket holds 128 KB. No import, no DOM: tests run it in plain Node.

const PIECE_BYTES = 64 * 1024;
const LINE_LIMIT = 4000; // characters; a longer line is no address and is cut, so that it can be named

/** Whole lines, in pieces of at most `limit` bytes as JSON sends them. */
export function piecesOf(text, limit = PIECE_BYTES) {
  const encoder = new TextEncoder();
  const pieces = [];
  let piece = [];
  let size = 0;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const kept = line.slice(0, LINE_LIMIT);
    const bytes = encoder.encode(JSON.stringify(kept)).length;
    if (size + bytes > limit && piece.length) {
      pieces.push(`${piece.join("\n")}\n`);
      piece = [];
      size = 0;
    }
    piece.push(kept);
    size += bytes;
  }
  pieces.push(piece.join("\n"));
  return pieces;
}
