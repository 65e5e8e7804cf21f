// A sound and a notification when something goes down, for who wants them: this browser remembers it.

const SOUND = "alarm-sound";
const NOTIFY = "alarm-notify";
const QUIET_MS = 10_000; // one sound for what happens together
const TONES = [
  [880, 0],
  [660, 0.18],
];
let context = null;
let soundedAt = -Infinity;

export function wants(what) {
  return localStorage.getItem(what === "sound" ? SOUND : NOTIFY) === "on";
}

export function want(what, isOn) {
  const name = what === "sound" ? SOUND : NOTIFY;
  if (isOn) localStorage.setItem(name, "on");
  else localStorage.removeItem(name);
}

/** Whether the browser would show notifications: "granted", "denied", "default", or "missing". */
export function permission() {
  return typeof Notification === "undefined" ? "missing" : Notification.permission;
}

/** Asks the person; to be called on a click only. */
export async function askPermission() {
  return permission() === "default" ? Notification.requestPermission() : permission();
}

/** Two short tones. A browser that has seen no click yet stays silent: false. */
export async function sound() {
  context ??= new AudioContext();
  if (context.state === "suspended") await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 300))]);
  if (context.state !== "running") return false;
  for (const [pitch, delay] of TONES) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const start = context.currentTime + delay;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.25, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.16);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + 0.17);
  }
  return true;
}

/** "db-main is down", "db-main and 3 more are down"; the first is a root cause where there is one. */
export function newsTitle({ down, downs }) {
  if (!downs) return "";
  const first = down[0]?.[2];
  if (!first) return downs === 1 ? "A service is down" : `${downs} services are down`;
  return downs === 1 ? `${first} is down` : `${first} and ${downs - 1} more are down`;
}

/** Tell of news in the ways that are wanted; `onOpen` is called with the service that somebody clicks on. */
export function raise(news, onOpen) {
  if (!news?.downs) return;
  if (wants("sound") && Date.now() - soundedAt > QUIET_MS) {
    soundedAt = Date.now();
    sound();
  }
  if (!wants("notify") || permission() !== "granted") return;
  const [first] = news.down;
  // The same tag: tabs of one board, and one failure after another, do not pile up.
  const shown = new Notification(newsTitle(news), { body: first?.[3] ?? "", tag: "lightbulb", renotify: true, icon: "/favicon.svg" });
  shown.onclick = () => {
    window.focus();
    shown.close();
    if (first) onOpen(first[0], first[1]);
  };
}
