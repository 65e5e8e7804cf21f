// Which colour a tag or an environment has. No DOM: tests run it in plain Node.
let chosen = {};
let version = 0;
const listeners = new Set();

/** `{tag: {name: colour}, environment: {...}}`, as the server tells it. */
export function chooseColours(colours) {
  chosen = colours ?? {};
  version += 1;
  listeners.forEach((listener) => listener());
}

export function onColours(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const coloursVersion = () => version;

/** "" for none. */
export function colourOf(sort, name) {
  const of = chosen[sort];
  return of && Object.hasOwn(of, name) ? of[name] : "";
}
