// What is typed into the form of a service stays in this tab until the server has it. Secrets do not: they are typed again.
const KEY = "service-form";
const SECRET = /pass(word|wd|phrase)|secret|token|authori[sz]ation|cookie|credential|api[-_]?key|private[-_]?key|session[-_]?id/i;
/** Tells this life of the page from the one before it was loaded anew. */
export const LIFE = Math.random().toString(36).slice(2);

/** What the session `mark` has kept; who logs in after somebody else gets nothing of theirs. */
export function readKept(mark) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY));
    return kept?.mark === mark ? kept : null;
  } catch {
    return null;
  }
}

export function writeKept(mark, changes) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...readKept(mark), ...changes, mark }));
  } catch {
    // A full or forbidden storage takes nothing away: the server gets it within a second.
  }
}

export function forgetKept() {
  sessionStorage.removeItem(KEY);
}

function isSecret(field) {
  return field.type === "password" || field.classList.contains("dots") || field.type === "hidden";
}

/** The values of the fields that may be kept here: no secret, and no line or text that looks like one. */
export function withoutSecrets(form) {
  const values = {};
  for (const field of form.elements) {
    if (!field.name || isSecret(field)) continue;
    const value = field.type === "checkbox" ? field.checked : field.value;
    if (typeof value === "string" && (SECRET.test(value) || /:\/\/[^/\s]*@/.test(value))) continue;
    values[field.name] = value;
  }
  return values;
}

/** Put values into fields as if somebody had typed them. */
export function putValues(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements.namedItem(name);
    if (!field || !field.name) continue;
    if (field.type === "checkbox") field.checked = value === true || value === "True";
    else field.value = value;
  }
}
