// What is folded on the board stands in its address; which groups are, this browser remembers for the next time.

const REMEMBERED = "board-folds";
const ALL_BUT = "*"; // with it, all groups but those that follow are folded
const UNGROUPED = "-"; // the services in no group
const NAMES_LIMIT = 900;

function encoded(name) {
  if (name === "") return UNGROUPED;
  if (name === UNGROUPED || name === ALL_BUT) return `%${name.charCodeAt(0).toString(16)}`;
  return name.replaceAll("%", "%25").replaceAll(",", "%2C");
}

function namesOf(text) {
  return (text ?? "").split(",").filter(Boolean);
}

/** The list with this group folded, or not any more. */
export function withFold(text, group, isFolded) {
  const names = namesOf(text);
  const isRest = names.includes(ALL_BUT);
  const name = encoded(group);
  const others = names.filter((each) => each !== name && each !== ALL_BUT);
  const next = isFolded === isRest ? others : [...others, name];
  return [...(isRest ? [ALL_BUT] : []), ...next.slice(-NAMES_LIMIT)].join(",");
}

export const ALL_FOLDED = ALL_BUT;

/** The list with the followers of this service shown, or not any more. */
export function withFollowers(text, serviceId, areShown) {
  const others = namesOf(text).filter((each) => each !== serviceId);
  return (areShown ? [...others, serviceId] : others).join(",");
}

export function rememberFolds(text) {
  if (text) localStorage.setItem(REMEMBERED, text);
  else localStorage.removeItem(REMEMBERED);
}

export function rememberedFolds() {
  return localStorage.getItem(REMEMBERED) ?? "";
}
