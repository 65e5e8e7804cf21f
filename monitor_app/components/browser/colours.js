// Which colour a tag or an environment has. No DOM: tests run it in plain Node.
let chosen = {};
let tried = new Map(); // what was just chosen here, until the server has answered
let version = 0;
const listeners = new Set();

/** `{tag: {name: colour}, environment: {...}}`, as the server tells it. */
export function chooseColours(colours) {
  chosen = colours ?? {};
  tell();
}

/** Show a colour that the server has not taken yet. */
export function tryColour(sort, name, colour) {
  tried.set(keyOf(sort, name), colour);
  tell();
}

/** The server has answered: what it says counts. */
export function dropTries() {
  if (!tried.size) return;
  tried = new Map();
  tell();
}

const keyOf = (sort, name) => `${sort} ${name}`;

function tell() {
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
  const own = tried.get(keyOf(sort, name));
  if (own !== undefined) return own;
  const of = chosen[sort];
  return of && Object.hasOwn(of, name) ? of[name] : "";
}
