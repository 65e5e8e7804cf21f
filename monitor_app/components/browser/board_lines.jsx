// The lines of the board, rows and headings alike: which has the focus, how keys walk them, what is folded.
import { useCallback, useState } from "react";
import { rememberFolds, withFold, withFollowers } from "./folds.js";
import { NO_ROWS, useStore } from "./live_grid.jsx";
import { useKeys } from "./keys.js";
import { board, lineKey } from "./store.js";
import { useQuery, useSetQuery } from "./url.js";

export function useLines() {
  return useStore("order", board.lines, NO_ROWS);
}

/** The line an event happened in: { element, id } of a service, or { element, group } of a heading; else null. */
export function lineOf(event) {
  const element = event.target.closest?.("[data-line]");
  if (!element) return null;
  const { id, group } = element.dataset;
  return id === undefined ? { element, group } : { element, id: Number(id) };
}

/** The line that Tab reaches, and a function that moves the focus so many lines on. `root` holds all lines. */
export function useLineFocus(root) {
  const lines = useLines();
  const [current, setCurrent] = useState(null);
  const focusLine = useCallback(
    (step) => {
      const keys = board.lines().map(lineKey);
      if (!keys.length) return;
      const from = keys.indexOf(document.activeElement?.closest?.("[data-line]")?.dataset.line);
      const key = keys[from === -1 ? 0 : Math.min(keys.length - 1, Math.max(0, from + step))];
      const element = [...(root.current?.querySelectorAll("[data-line]") ?? [])].find((each) => each.dataset.line === key);
      setCurrent(key);
      element?.focus();
      element?.scrollIntoView({ block: "nearest" });
    },
    [root],
  );
  useKeys({ j: () => focusLine(1), k: () => focusLine(-1) });
  const keys = lines.map(lineKey);
  return { lines, tabStop: keys.includes(current) ? current : keys[0], setCurrent, focusLine };
}

/** Folds groups, and what follows root causes, by the address; the page stays. */
export function useFolds() {
  const query = useQuery();
  const setQuery = useSetQuery();
  return {
    foldGroup(name, isFolded) {
      const fold = withFold(query.get("fold"), name, isFolded);
      rememberFolds(fold);
      setQuery({ fold, page: query.get("page") }, { replace: true });
    },
    showFollowers(id, areShown) {
      const follow = withFollowers(query.get("follow"), board.rows.get(id)?.sid ?? "", areShown);
      setQuery({ follow, page: query.get("page") }, { replace: true });
    },
    /** What a click or a key on this line folds or unfolds; false when there is nothing. */
    toggle(line) {
      const known = board.lines().find((each) => (line.id === undefined ? each.group === line.group : each.id === line.id));
      if (known?.group !== undefined) this.foldGroup(known.group, !known.isFolded);
      else if (known?.followers) this.showFollowers(known.id, !known.isOpen);
      else return false;
      return true;
    },
  };
}
