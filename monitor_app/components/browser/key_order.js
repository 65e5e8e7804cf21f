// Which binding a pressed key means: single keys, and sequences of two like "g b". No DOM: tests run it in plain Node.

export const WAIT_MS = 1000; // so long the first key of a sequence waits for the second

/** The key as bindings name it: on a keyboard of another script, the Latin letter of the same place. */
export function keyOf({ key, code }) {
  if (key?.length === 1 && key > "~" && /^Key[A-Z]$/.test(code ?? "")) return code.slice(3).toLowerCase();
  return key;
}

/**
 * Follows keys. `press(key, names)` gives the name of the binding that is meant, null for none; `names` are those
 * that are there now. While a sequence waits, `waiting()` is its first key, else "".
 */
export function createKeyOrder({ timers = globalThis, onChange = () => {} } = {}) {
  let first = "";
  let timer = null;
  const wait = (key) => {
    timers.clearTimeout(timer);
    if (key) timer = timers.setTimeout(() => wait(""), WAIT_MS);
    if (key === first) return;
    first = key;
    onChange(first);
  };
  return {
    waiting: () => first,
    stop: () => wait(""),
    press(key, names) {
      const before = first;
      wait("");
      if (before && names.includes(`${before} ${key}`)) return `${before} ${key}`;
      if (names.some((name) => name.startsWith(`${key} `))) {
        wait(key);
        return null;
      }
      // The second key of a sequence that does not exist does nothing by itself.
      return !before && names.includes(key) ? key : null;
    },
  };
}
