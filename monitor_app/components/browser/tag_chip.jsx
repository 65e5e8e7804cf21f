// A tag or an environment as a chip, in its colour; the name always goes with it.
import { useEffect, useLayoutEffect, useState, useSyncExternalStore } from "react";
import { chooseColours, colourOf, coloursVersion, dropTries, onColours, tryColour } from "./colours.js";

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

/** The colours to choose from; the chip shows the new one at once, and the old one again when it is refused. */
export function ColourChoice({ sort, name, colour, choices, answered, onPaint }) {
  const [wanted, setWanted] = useState(null);
  useEffect(() => {
    setWanted(null);
    dropTries();
  }, [answered]);
  const choose = (next) => {
    setWanted(next);
    tryColour(sort, name, next);
    onPaint(next);
  };
  return (
    <div className="box">
      <select value={wanted ?? colour} aria-label={`Colour of ${name}`} onChange={(event) => choose(event.target.value)}>
        <option value="">none</option>
        {choices.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Tells this page's chips their colours. */
export function Colours({ colours }) {
  useLayoutEffect(() => chooseColours(colours), [colours]);
  return null;
}
