// The page without a server: tells the last state that this browser saw and how old that is, and asks the server again
// and again. What it shows was written by the screens (last_known.js), and is gone once somebody logs out.
const RECORD = "last-known";
const KEPT_MS = 7 * 24 * 3600_000; // what is older says nothing about today
const WAITS = [3, 5, 10, 20, 30]; // seconds until the next try, the last one for ever
const ANSWER_MS = 8000;
// In the order of the list of counts. The glyphs differ in shape, so that colour never stands alone.
const STATUSES = {
  FAILED: ["failed", "Down", "M5.300 1.500h5.400l3.800 3.800v5.400l-3.800 3.800H5.300L1.500 10.700V5.300ZM5.800 5.800l4.400 4.400m0-4.400-4.400 4.400"],
  DEGRADED: ["degraded", "Degraded", "M8 2 14.500 13.500h-13ZM8 6.500v3M8 11.500v.1"],
  OK: ["ok", "Up", "M8 14.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13ZM5 8.300l2.200 2.200L11.200 6"],
  STARTING: ["starting", "Starting", "M8 14.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13ZM8 5v3.200l2.200 1.400"],
  STOPPED: ["stopped", "Paused", "M5.500 3v10m5-10v10"],
  UNKNOWN: ["unknown", "Unknown", "M5.200 5.600C5.200 3.800 6.500 2.600 8.100 2.600s2.800 1.100 2.800 2.600c0 2.200-2.800 2.300-2.800 4.500M8.100 13v.1"],
};
const SVG = "http://www.w3.org/2000/svg";
const byId = (id) => document.getElementById(id);

function made(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

function statusSign(status, word) {
  const [key, , path] = STATUSES[status];
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": true })) svg.setAttribute(name, value);
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return made("span", `status ${key}`, svg, word);
}

const UNITS = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/** A span in words: "12 minutes", "1 hour 59 minutes". */
function spanWords(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const words = ([size, unit], span) => {
    const count = Math.floor(span / size);
    return `${count} ${unit}${count === 1 ? "" : "s"}`;
  };
  const found = UNITS.findIndex(([each]) => seconds >= each);
  const unit = UNITS[found] ?? UNITS.at(-1);
  const rest = seconds % unit[0];
  const next = unit[0] >= 3600 && UNITS[found + 1];
  return next && rest >= next[0] ? `${words(unit, seconds)} ${words(next, rest)}` : words(unit, seconds);
}

function readRecord() {
  try {
    const record = JSON.parse(localStorage.getItem(RECORD));
    if (!record || typeof record.at !== "number" || typeof record.counts !== "object") return null;
    if (Date.now() - record.at <= KEPT_MS) return record;
    localStorage.removeItem(RECORD);
  } catch {
    // Nothing that could be read is nothing.
  }
  return null;
}

function problemLine({ label, status, since, group }) {
  const line = made("li", "", statusSign(status, STATUSES[status][1]), made("span", "name", String(label)));
  const began = Date.parse(since);
  const sinceWord = made("span", "since", Number.isNaN(began) ? "" : `since ${new Date(began).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}`);
  line.append(sinceWord);
  if (group) line.append(made("span", "group", String(group)));
  return line;
}

function showRecord(record) {
  byId("last").hidden = false;
  for (const [status, [, word]] of Object.entries(STATUSES)) {
    const count = Number(record.counts[status] ?? 0);
    if (count || status === "FAILED" || status === "OK") byId("counts").append(made("li", "", statusSign(status, `${count} ${word.toLowerCase()}`)));
  }
  const known = (Array.isArray(record.problems) ? record.problems : []).filter(({ status }) => status in STATUSES);
  const list = made("ul", "", ...known.map(problemLine));
  byId("problems").append(list);
  if (record.more > 0) byId("problems").append(made("p", "", `and ${record.more} more`));
  if (!known.length) byId("problems").replaceChildren(made("p", "", "Nothing was down or degraded."));
}

let tries = 0;
let nextAt = 0;
let isAsking = false;

function tick(record) {
  const isOffline = navigator.onLine === false;
  byId("headline").textContent = isOffline ? "This device is not connected" : "Lightbulb does not answer";
  if (record) {
    const at = new Date(record.at);
    const age = `As of ${spanWords(Date.now() - record.at)} ago`;
    if (byId("age").textContent !== age) byId("age").textContent = age;
    byId("age").title = at.toLocaleString();
  }
  const seconds = Math.max(0, Math.ceil((nextAt - Date.now()) / 1000));
  byId("next").textContent = isAsking ? "Asking now …" : `Asking again in ${seconds} s`;
  if (!isAsking && Date.now() >= nextAt && !document.hidden) ask();
}

function waitLonger() {
  nextAt = Date.now() + 1000 * WAITS[Math.min(tries, WAITS.length - 1)];
  tries += 1;
}

/** Loads the page that was wanted once the server answers: it is asked first, so that nothing flickers. */
async function ask(isWanted = false) {
  if (isAsking) return;
  isAsking = true;
  try {
    const answer = await fetch("/livez", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.ok) {
      byId("said").textContent = "Lightbulb answers again.";
      location.reload();
      return;
    }
  } catch {
    // Still nothing.
  }
  isAsking = false;
  waitLonger();
  if (isWanted) byId("said").textContent = "Still no answer.";
}

const theme = localStorage.getItem("theme");
if (theme === "light" || theme === "dark") {
  document.documentElement.classList.add(theme);
  document.documentElement.style.colorScheme = theme;
}
const shown = readRecord();
if (shown) showRecord(shown);
else byId("nothing").hidden = false;
byId("again").addEventListener("click", () => ask(true));
addEventListener("online", () => ask());
document.addEventListener("visibilitychange", () => document.hidden || ask());
waitLonger();
tick(shown);
setInterval(() => tick(shown), 1000);
