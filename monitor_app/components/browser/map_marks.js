// How nodes look beside their status: lit or faded, an origin, because of what, failing in a simulation.
// No DOM: tests run it in plain Node.
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
  const lively = new Map(); // of each group whether something of it is not faded
  for (const { id, group } of graph.nodes) {
    const mark = { ...sides?.get(id), ...fates?.get(id) };
    if (roots.has(id)) mark.isRoot = true;
    else if (because.has(id)) mark.because = becauseWords(because.get(id), graph.byId);
    if (circles?.has(id)) mark.isForbidden = true;
    const isOut = wantedStatuses && !wantedStatuses.has(statusOf(id));
    if (isOut || (sides && !sides.has(id)) || (fates && !fates.has(id))) mark.isFaded = true;
    lively.set(group, lively.get(group) || !mark.isFaded);
    if (Object.keys(mark).length) marks.set(String(id), mark);
  }
  for (const [group, isLively] of lively) if (!isLively) marks.set(groupId(group), { isFaded: true });
  return marks;
}

/** On which side of the chosen service an arrow lies, by the sides of its ends; "" for neither. */
export function sideOfEdge(source, target) {
  const sides = [source, target];
  if (sides.every((side) => side === "above" || side === "chosen")) return "above";
  return sides.every((side) => side === "below" || side === "chosen") ? "below" : "";
}
