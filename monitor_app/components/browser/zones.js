// Time zones to choose from.

/** Zones that this browser knows, by the part of the world they lie in; with the `chosen` one. */
export function zones(chosen) {
  const names = new Set([...Intl.supportedValuesOf("timeZone").filter((name) => name.includes("/")), "UTC"]);
  if (chosen) names.add(chosen);
  const groups = new Map();
  for (const name of [...names].sort()) {
    const group = name.includes("/") ? name.split("/")[0] : "Everywhere";
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  return [...groups];
}
