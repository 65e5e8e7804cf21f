// What this browser keeps of the board for the time when the server does not answer: counts, and names of what is in
// trouble; assets/offline.js shows it. It is one person's, and gone when they log out. No DOM: tests run it in Node.
export const KEY = "last-known";
const PROBLEMS_LIMIT = 50;

/** The record of an answer of /monitoring/dashboard: nothing in it but counts, names, groups and statuses. */
export function recordOf(answer, mark, at) {
  const known = answer.problems.slice(0, PROBLEMS_LIMIT);
  return {
    at,
    mark,
    counts: answer.counts,
    problems: known.map(({ label, status, since, group }) => ({ label, status, since, group })),
    more: answer.problems_left_out + answer.problems.length - known.length,
  };
}

/** `storage` is the browser's; one that is full or closed keeps nothing, and that is no trouble. */
export function createLastKnown(storage) {
  let isForgotten = false; // the page is being left: what is still on its way must not come back

  function read() {
    try {
      return JSON.parse(storage().getItem(KEY));
    } catch {
      return null;
    }
  }

  function write(record) {
    if (isForgotten) return;
    try {
      storage().setItem(KEY, JSON.stringify(record));
    } catch {
      // Nothing is kept.
    }
  }

  function drop() {
    try {
      storage().removeItem(KEY);
    } catch {
      // Nothing was kept.
    }
  }

  return {
    read,
    write,
    /** It still holds: the server was heard at that time and has told of nothing new. */
    confirm(mark, at) {
      const record = read();
      if (record?.mark === mark && record.at < at) write({ ...record, at });
    },
    /** Whose session this is: what another one left is nobody's business here. */
    begin(mark) {
      if (read()?.mark !== mark) drop();
    },
    forget() {
      isForgotten = true;
      drop();
    },
  };
}

export const lastKnown = createLastKnown(() => localStorage);
