// The last 24 hours of a service as engine/ring.py counts them, here and there alike: 5-minute windows of OK, DEGRADED
// and FAILED. No DOM: tests run it in plain Node.

const WINDOW_MS = 300_000;
const WINDOWS = 288;
const COUNTED = 3; // the other statuses are left out
const LIMIT = 255;
const STUB = 3; // of a window without data

/** A day of the wire, see wire_day; null for a service without any. */
export function dayOf(wire) {
  if (!wire) return null;
  const [newest, text] = wire;
  const counts = new Uint8Array(WINDOWS * COUNTED);
  let window = 0;
  for (const run of text.split(",")) {
    const [kept, times = "1"] = run.split("*");
    const values = kept ? kept.split(".").map(Number) : [];
    for (const end = window + Number(times); window < end; window += 1) counts.set(values, window * COUNTED);
  }
  return { newest, counts };
}

/**
 * With one more result; a day is never changed, so who draws it sees by its identity whether there is news. One from
 * beyond the window after that of `now` would push out the whole day, and does not count.
 */
export function withResult(day, status, at, now = Infinity) {
  const window = Math.floor(at / WINDOW_MS);
  const newest = day?.newest ?? window;
  if (status >= COUNTED || window <= newest - WINDOWS || window > Math.floor(now / WINDOW_MS) + 1) return day;
  const counts = day ? day.counts.slice() : new Uint8Array(WINDOWS * COUNTED);
  const passed = Math.min(WINDOWS, Math.max(0, window - newest));
  if (passed) {
    counts.copyWithin(0, passed * COUNTED);
    counts.fill(0, (WINDOWS - passed) * COUNTED);
  }
  const last = Math.max(newest, window);
  const place = (WINDOWS - 1 - (last - window)) * COUNTED + status;
  counts[place] = Math.min(counts[place] + 1, LIMIT);
  return { newest: last, counts };
}

/** The last 24 hours in bars of so many minutes: [start in epoch ms, ok, degraded, failed], the last one holds `now`. */
export function barsOf(day, minutes, now) {
  const step = (minutes * 60_000) / WINDOW_MS;
  const last = Math.floor(Math.floor(now / WINDOW_MS) / step) * step;
  const bars = [];
  for (let start = last + step - WINDOWS; start < last + step; start += step) {
    const bar = [start * WINDOW_MS, 0, 0, 0];
    for (let window = start; day && window < start + step; window += 1) {
      const place = (WINDOWS - 1 - (day.newest - window)) * COUNTED;
      if (place < 0 || window > day.newest) continue;
      for (let status = 0; status < COUNTED; status += 1) bar[status + 1] += day.counts[place + status];
    }
    bars.push(bar);
  }
  return bars;
}

/** Percent with one digit, as the API rounds it: what lies just between two goes to the even one. */
export function percent(count, samples) {
  const share = (100 * count) / samples;
  const isBetween = Number.isInteger(share * 4) && (share * 4) % 2 === 1;
  if (!isBetween) return share.toFixed(1);
  const below = Math.floor(share * 10);
  return ((below % 2 ? below + 1 : below) / 10).toFixed(1);
}

/** How many results a bar holds. */
export function samplesOf([, ok, degraded, failed]) {
  return ok + degraded + failed;
}

/** What a bar holds: samples, and by [ok, degraded, failed] the counts and percentages; null without data. */
export function sharesOf(bar) {
  const [, ...counts] = bar;
  const samples = samplesOf(bar);
  return samples ? { samples, counts, percents: counts.map((count) => percent(count, samples)) } : null;
}

/** What all bars hold together, and how many of them hold nothing. */
export function sumOf(bars) {
  const sum = [0, 0, 0, 0];
  for (const bar of bars) for (let status = 1; status <= COUNTED; status += 1) sum[status] += bar[status];
  return { shares: sharesOf(sum), empty: bars.filter((bar) => !samplesOf(bar)).length };
}

/** Heights of [ok, degraded, failed] of one bar: by their shares, but what there is of trouble can be seen. */
function heightsOf(bar, samples, height, least) {
  const [, ok, degraded, failed] = bar;
  const of = (count) => (count ? Math.max(least, (count / samples) * height) : 0);
  const down = Math.min(of(failed), height - (ok ? least : 0) - (degraded ? least : 0));
  const slow = Math.min(of(degraded), height - down - (ok ? least : 0));
  return [ok ? height - down - slow : 0, slow, down];
}

const round = (value) => Math.round(value * 100) / 100;

/** Rectangles of one colour as path data; those that stand side by side at the same height are one. */
function createPath() {
  let data = "";
  let open = null;
  const close = () => {
    if (open) data += `M${round(open.x)} ${round(open.y)}h${round(open.width)}v${round(open.height)}h${round(-open.width)}z`;
    open = null;
  };
  return {
    add(x, y, width, height) {
      if (!height) return;
      const isNext = open && open.y === y && open.height === height && open.x + open.width === x;
      if (isNext) open.width += width;
      else {
        close();
        open = { x, y, width, height };
      }
    },
    data() {
      close();
      return data;
    },
  };
}

/** Whether a bar without any result is one because the service rested in it; `rests` are [from, to] in epoch ms. */
export function isRest(bar, minutes, rests) {
  return !samplesOf(bar) && rests.some(([from, to]) => from < bar[0] + minutes * 60_000 && to > bar[0]);
}

/**
 * Path data: down at the bottom, degraded on it, up on top; the foot of what is down; half as high where it rested, a
 * stub where there is no data.
 */
export function pathsOf(bars, { pitch, width, height, least = 2, foot = 4, minutes = 0, rests = [] }) {
  const names = ["ok", "degraded", "failed", "foot", "rest", "none"];
  const paths = Object.fromEntries(names.map((name) => [name, createPath()]));
  bars.forEach((bar, index) => {
    const x = index * pitch;
    const samples = samplesOf(bar);
    if (!samples) {
      if (isRest(bar, minutes, rests)) paths.rest.add(x, height / 2, width, height / 2);
      else paths.none.add(x, height - STUB, width, STUB);
      return;
    }
    const [ok, degraded, failed] = heightsOf(bar, samples, height, least);
    paths.ok.add(x, 0, width, ok);
    paths.degraded.add(x, ok, width, degraded);
    paths.failed.add(x, height - failed, width, failed);
    const dark = Math.min(foot, failed / 2);
    paths.foot.add(x, height - dark, width, dark);
  });
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, path.data()]));
}
