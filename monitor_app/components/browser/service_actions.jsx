// What can be done with a service of the board, from its row, its card or its menu.
import { useState } from "react";
import { RowMenu } from "./menu.jsx";
import { openRow } from "./live_grid.jsx";
import { board } from "./store.js";

/** `choose` does it; `showMenu` opens the menu, which stands in `menu`. */
export function useServiceActions({ may, own, onOpen, onAction, onCheck, onOpenBreaker, onCloseBreaker }) {
  const [at, setAt] = useState(null); // { id, x, y }
  const open = (id) => openRow(id, onOpen);
  const choose = (action, id) => {
    if (action === "open") open(id);
    else if (action === "check") onCheck(id);
    else if (action === "breaker-open") onOpenBreaker(id);
    else if (action === "breaker-close") onCloseBreaker(id);
    else onAction(action, id);
  };
  return {
    open,
    showMenu: (id, place) => setAt({ id, ...place, row: board.rows.get(id) }),
    menu: <RowMenu menu={at} may={may} own={own} onClose={() => setAt(null)} onChoose={choose} />,
  };
}
