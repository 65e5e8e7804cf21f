// One timer for everything that ages; it rests while nobody can see the page.

const listeners = new Set();
let timer = null;

function tick() {
  listeners.forEach((listener) => listener());
}

function follow() {
  const isWanted = listeners.size > 0 && !document.hidden;
  if (isWanted && timer === null) timer = setInterval(tick, 1000);
  if (!isWanted && timer !== null) {
    clearInterval(timer);
    timer = null;
  }
}

if (typeof document !== "undefined") {
  document.addEventListener("visibilitychange", () => {
    follow();
    if (!document.hidden) tick();
  });
}

/** Call `listener` each second while the page is visible. */
export function onTick(listener) {
  listeners.add(listener);
  follow();
  return () => {
    listeners.delete(listener);
    follow();
  };
}
