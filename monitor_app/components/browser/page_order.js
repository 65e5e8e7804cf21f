// The services of a status page in their order, those of one section together. No DOM: tests run it in plain Node.

/** The sections in their order, each with its entries and their places: [{section, members: [{entry, index}]}]. */
export function sectionsOf(entries) {
  const found = new Map();
  entries.forEach((entry, index) => {
    if (!found.has(entry.section)) found.set(entry.section, []);
    found.get(entry.section).push({ entry, index });
  });
  return [...found].map(([section, members]) => ({ section, members }));
}

/** Entries of one section behind each other; sections in the order in which they come first. */
export function together(entries) {
  return sectionsOf(entries).flatMap(({ members }) => members.map(({ entry }) => entry));
}

/** The same entries with one moved before another place; it takes the section of what it comes to stand beside. */
export function moved(entries, from, to) {
  if (from === to || !entries[from] || to < 0 || to >= entries.length) return entries;
  const section = entries[to].section;
  const rest = entries.filter((_, index) => index !== from);
  rest.splice(to, 0, { ...entries[from], section });
  return together(rest);
}

/** One step up or down: past the next one of its section, else into the section beside it. */
export function stepped(entries, index, step) {
  const next = entries[index + step];
  if (!next) return entries;
  if (next.section !== entries[index].section) {
    const changed = entries.map((entry, at) => (at === index ? { ...entry, section: next.section } : entry));
    return together(changed);
  }
  return moved(entries, index, index + step);
}

/** A name for the address, out of a title: lower-case letters, digits and hyphens. */
export function slugOf(title) {
  const plain = title.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  return plain
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
}
