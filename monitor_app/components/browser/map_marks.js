// How nodes look beside their status: lit or faded, an origin, because of what, failing in a simulation.
// No DOM: tests run it in plain Node.
import { pathOf } from "./map_graph.js";
import { groupId } from "./map_store.js";

/** The reason in words: "because of db-main", "because of db-main and 2 more". */
export function becauseWords(roots, byId) {
  const names = roots.map((id) => byId.get(id)?.label).filter(Boolean);
  if (!names.length) return "";
  return `because of ${names[0]}${names.length > 1 ? ` and ${names.length - 1} more` : ""}`;
}

function sidesOf(impact) {
  const sides = new Map([[impact.id, { side: "chosen", steps: 0 }]]);
  for (const [id, steps] of impact.dependencies) sides.set(id, { side: "below", steps });
  for (const [id, steps] of impact.dependents) sides.set(id, { side: "above", steps });
  return sides;
}

function fatesOf(simulation) {
  const fates = new Map(simulation.fails.map(([id, steps]) => [id, { fate: "fails", steps }]));
  for (const id of simulation.weakened) fates.set(id, { fate: "weakened" });
  for (const id of simulation.down) fates.set(id, { fate: "down" });
  return fates;
}

/**
 * The marks of services and groups by their node ids.
 *
 * `impact` and `simulation` are null while nobody asks; `circles` are the forbidden ends of the arrow being drawn.
 */
export function marksOf({ graph, wantedStatuses, statusOf, causes, impact, simulation, circles }) {
  const roots = new Set(causes?.roots);
  const because = new Map(causes?.because);
  const sides = impact ? sidesOf(impact) : null;
  const fates = simulation ? fatesOf(simulation) : null;
  const marks = new Map();
  const within = new Map(); // of each group the marks of all services below it
  for (const { id, group } of graph.nodes) {
    const mark = { ...sides?.get(id), ...fates?.get(id) };
    if (roots.has(id)) mark.isRoot = true;
    else if (because.has(id)) mark.because = becauseWords(because.get(id), graph.byId);
    if (circles?.has(id)) mark.isForbidden = true;
    const isOut = wantedStatuses && !wantedStatuses.has(statusOf(id));
    if (isOut || (sides && !sides.has(id)) || (fates && !fates.has(id))) mark.isFaded = true;
    if (Object.keys(mark).length) marks.set(String(id), mark);
    for (const name of pathOf(graph, group)) within.set(name, [...(within.get(name) ?? []), mark]);
  }
  for (const [name, inner] of within) {
    const mark = together(inner);
    if (Object.keys(mark).length) marks.set(groupId(name), mark);
  }
  return marks;
}

const SIDES = { chosen: () => "it is in here", above: (count) => `${count} depend${count === 1 ? "s" : ""} on it`, below: (count) => `it depends on ${count}` };
const FATES = { down: (count) => `${count} simulated down`, fails: (count) => `${count} would fail`, weakened: (count) => `${count} would lose a member` };

/** The first of `kinds` that any of the marks has under `name`, and how many have it, in words. */
function strongest(marks, name, kinds) {
  const kind = Object.keys(kinds).find((each) => marks.some((mark) => mark[name] === each));
  return kind ? { [name]: kind, says: kinds[kind](marks.filter((mark) => mark[name] === kind).length) } : {};
}

/** How a folded group looks by what is in it: it is faded when all of that is. */
function together(marks) {
  if (marks.every((mark) => mark.isFaded)) return { isFaded: true };
  const mark = { ...strongest(marks, "side", SIDES), ...strongest(marks, "fate", FATES) };
  // Of an origin in it only while nothing is asked for: one thing at a time.
  if (!mark.says && marks.some(({ isRoot }) => isRoot)) mark.isRoot = true;
  return mark;
}

/** On which side of the chosen service an arrow lies, by the sides of its ends; "" for neither. */
export function sideOfEdge(source, target) {
  const sides = [source, target];
  if (sides.every((side) => side === "above" || side === "chosen")) return "above";
  return sides.every((side) => side === "below" || side === "chosen") ? "below" : "";
}
