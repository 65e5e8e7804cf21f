// A tag or an environment as a chip, in its colour; the name always goes with it.
import { useLayoutEffect, useSyncExternalStore } from "react";
import { chooseColours, colourOf, coloursVersion, onColours } from "./colours.js";

/** What `colour` makes of a chip's class. */
export function chipClass(colour) {
  return colour ? `chip colour-${colour}` : "chip";
}

export function TagChip({ sort = "tag", name, title }) {
  useSyncExternalStore(onColours, coloursVersion, () => 0);
  return (
    <span className={`${chipClass(colourOf(sort, name))} ${sort}`} title={title}>
      {name}
    </span>
  );
}

/** Several side by side. */
export function TagChips({ sort = "tag", names }) {
  return (
    <span className="tag-chips">
      {names.map((name) => (
        <TagChip key={name} sort={sort} name={name} />
      ))}
    </span>
  );
}

/** Tells this page's chips their colours. */
export function Colours({ colours }) {
  useLayoutEffect(() => chooseColours(colours), [colours]);
  return null;
}
