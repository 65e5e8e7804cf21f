// What the API knows of one bar of the last 24 hours beside its counts, asked for once somebody stays at it; and when a
// service rested.
import { useEffect, useMemo, useState } from "react";
import { samplesOf } from "./day_ring.js";
import { ask } from "./post.js";

const STAY_MS = 200; // who only passes by asks for nothing
const KEPT = 300;
const DAY_MS = 86_400_000;
const NOTHING = [];
const known = new Map();

function path(sid, what, from, to) {
  return `/api/services/${encodeURIComponent(sid)}/${what}?since=${new Date(from).toISOString()}&until=${new Date(to).toISOString()}`;
}

/** { p50, p95, first_error, resting } of a bar of a service; null until it is known, and where there is no such service. */
export function useWindowFacts(sid, bar, minutes) {
  const key = sid && bar ? `${sid} ${bar[0]} ${minutes} ${samplesOf(bar)}` : "";
  const [, setRounds] = useState(0);
  useEffect(() => {
    if (!key || known.has(key) || bar[0] >= Date.now()) return undefined;
    let isWanted = true;
    const timer = setTimeout(async () => {
      // A tooltip that cannot be made fuller stays as it is.
      const facts = await ask("GET", path(sid, "window", bar[0], bar[0] + minutes * 60_000)).catch(() => null);
      if (!facts) return;
      known.set(key, facts);
      if (known.size > KEPT) known.delete(known.keys().next().value);
      if (isWanted) setRounds((before) => before + 1);
    }, STAY_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [key]);
  return known.get(key) ?? null;
}

/** When a service rested, as [from, to] in epoch ms: since it rests now, and, where it `isWhole`, in the last 24 hours. */
export function useRests(sid, hold, isWhole) {
  const [past, setPast] = useState(NOTHING);
  const since = hold?.[2] ?? null;
  useEffect(() => {
    setPast(NOTHING);
    if (!isWhole || !sid) return undefined;
    let isWanted = true;
    const now = Date.now();
    ask("GET", path(sid, "resting", now - DAY_MS, now)).then(
      ({ resting }) => isWanted && setPast(resting.map((one) => [Date.parse(one.since), Date.parse(one.until)])),
      () => {}, // the bars are as true without it
    );
    return () => {
      isWanted = false;
    };
  }, [sid, isWhole, since]);
  return useMemo(() => (since === null ? past : [...past, [since, Infinity]]), [past, since]);
}
