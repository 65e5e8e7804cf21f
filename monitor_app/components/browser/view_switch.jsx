// How the board looks: as a table, as cards, problems only, on a wall; with its groups as headings or without.
import { useEffect } from "react";
import { ALL_FOLDED, rememberFolds, rememberedFolds } from "./folds.js";
import { Icon } from "./icons.jsx";
import { useQuery, useSetQuery } from "./url.js";

// Kept by each browser: how its board looks when the address says nothing. early.js reads it before the page is drawn.
const VIEW = "board-view";
const LAYOUTS = [
  { layout: "", icon: "list", text: "Table" },
  { layout: "cards", icon: "cards", text: "Cards" },
  { layout: "problems", icon: "warn", text: "Problems only" },
];

function remember(query) {
  const kept = new URLSearchParams();
  for (const name of ["layout", "by", "fold"]) {
    const value = query.get(name);
    if (value && value !== "problems" && value !== "wall") kept.set(name, value);
  }
  const text = kept.toString();
  if (text) localStorage.setItem(VIEW, text);
  else localStorage.removeItem(VIEW);
}

export function ViewSwitch({ layout }) {
  const query = useQuery();
  const setQuery = useSetQuery();
  const isByGroup = query.get("by") === "group";
  const isAllFolded = (query.get("fold") ?? "").split(",").includes(ALL_FOLDED);
  const view = ["layout", "by", "fold"].map((name) => query.get(name) ?? "").join("\n");
  useEffect(() => {
    if (query.toString()) remember(query);
  }, [view]);
  const change = (changes) => {
    const next = new URLSearchParams(query);
    for (const [name, value] of Object.entries(changes)) next.set(name, value);
    remember(next); // here, because an address without anything says nothing of what was chosen
    setQuery(changes);
  };
  const foldAll = () => {
    const fold = isAllFolded ? "" : ALL_FOLDED;
    rememberFolds(fold);
    setQuery({ fold }, { replace: true });
  };
  return (
    <div className="view-switch">
      {isByGroup && (
        <button type="button" className="icon-button" aria-label={isAllFolded ? "Unfold all groups" : "Fold all groups"} title={isAllFolded ? "Unfold all groups" : "Fold all groups"} onClick={foldAll}>
          <Icon name={isAllFolded ? "unfold" : "fold"} />
        </button>
      )}
      <button
        type="button"
        className="icon-button"
        aria-pressed={isByGroup}
        aria-label="Headings"
        title="Headings: groups that fold"
        onClick={() => change(isByGroup ? { by: "", fold: "" } : { by: "group", fold: rememberedFolds() })}
      >
        <Icon name="tree" />
      </button>
      <div className="layouts" role="radiogroup" aria-label="Layout">
        {LAYOUTS.map((each) => (
          <button
            key={each.text}
            type="button"
            role="radio"
            aria-checked={(layout === "table" ? "" : layout) === each.layout}
            aria-label={each.text}
            title={each.text}
            onClick={() => change({ layout: each.layout })}
          >
            <Icon name={each.icon} size={14} />
          </button>
        ))}
      </div>
      <button
        type="button"
        className="icon-button"
        aria-label="Wall: large, dark, without controls"
        title="Wall: large, dark, without controls"
        onClick={() => setQuery({ layout: "wall" })}
      >
        <Icon name="screen" />
      </button>
    </div>
  );
}
