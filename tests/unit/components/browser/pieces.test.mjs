import assert from "node:assert/strict";
import test from "node:test";
import { piecesOf } from "../../../../monitor_app/components/browser/pieces.js";

const size = (text) => new TextEncoder().encode(JSON.stringify(text)).length;

test("5,000 lines fit into frames, and put together they are the same lines", () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `https://host-${i}.example.org/path/of/some/length/${"x".repeat(i % 90)}`);
  const pieces = piecesOf(lines.join("\r\n"));
  assert.ok(pieces.length > 1);
  for (const piece of pieces) assert.ok(size(piece) < 100 * 1024, String(size(piece)));
  assert.deepEqual(pieces.join("").split("\n"), lines);
});

test("characters that grow in JSON are counted as they are sent", () => {
  const pieces = piecesOf(Array(200).fill("\u0001\"\\ü€😀".repeat(100)).join("\n"), 20_000);
  for (const piece of pieces) assert.ok(size(piece) < 24_000, String(size(piece)));
});

test("a line that is no address any more is cut, the others stay", () => {
  const [piece] = piecesOf(`a\n${"y".repeat(10_000)}\nb`);
  assert.deepEqual(piece.split("\n").map((line) => line.length), [1, 4000, 1]);
});

test("a short list is one piece", () => {
  assert.deepEqual(piecesOf("one\ntwo"), ["one\ntwo"]);
});
