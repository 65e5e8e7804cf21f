// What is kept for the time when the server does not answer, and that it is one person's.
import assert from "node:assert/strict";
import test from "node:test";
import { KEY, createLastKnown, recordOf } from "../../../../monitor_app/components/browser/last_known.js";

const problem = (number) => ({
  service_id: `s-${number}`,
  label: `Service ${number}`,
  status: "FAILED",
  since: "2026-05-17T12:00:00.000Z",
  group: "Shop",
  message: "connection refused by db.internal",
});
const answer = (count, leftOut = 0) => ({
  services: 90,
  counts: { OK: 7, FAILED: count },
  problems: Array.from({ length: count }, (_, number) => problem(number)),
  problems_left_out: leftOut,
});

function storage(values = {}) {
  const kept = new Map(Object.entries(values));
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
}

test("counts and names are kept, and nothing that an error said", () => {
  const record = recordOf(answer(1), "m", 5);
  assert.deepEqual(record, {
    at: 5,
    mark: "m",
    counts: { OK: 7, FAILED: 1 },
    problems: [{ label: "Service 0", status: "FAILED", since: "2026-05-17T12:00:00.000Z", group: "Shop" }],
    more: 0,
  });
});

test("a long list is cut, and says by how much", () => {
  const record = recordOf(answer(53, 4), "m", 5);
  assert.equal(record.problems.length, 50);
  assert.equal(record.more, 7);
});

test("what somebody else left is dropped, one's own stays", () => {
  const place = storage();
  const known = createLastKnown(() => place);
  known.write(recordOf(answer(1), "hers", 5));
  known.begin("hers");
  assert.equal(known.read().mark, "hers");
  known.begin("his");
  assert.equal(known.read(), null);
});

test("it is confirmed by who wrote it, and only forward", () => {
  const place = storage();
  const known = createLastKnown(() => place);
  known.write(recordOf(answer(1), "hers", 50));
  known.confirm("his", 90);
  known.confirm("hers", 20);
  assert.equal(known.read().at, 50);
  known.confirm("hers", 60);
  assert.equal(known.read().at, 60);
});

test("after the log-out nothing comes back that was on its way", () => {
  const place = storage();
  const known = createLastKnown(() => place);
  known.write(recordOf(answer(1), "m", 5));
  known.forget();
  known.write(recordOf(answer(1), "m", 6));
  known.confirm("m", 7);
  assert.equal(place.getItem(KEY), null);
});

test("a storage that is closed keeps nothing and troubles nobody", () => {
  const closed = createLastKnown(() => {
    throw new Error("denied");
  });
  closed.write({});
  closed.begin("m");
  closed.forget();
  assert.equal(closed.read(), null);
});
