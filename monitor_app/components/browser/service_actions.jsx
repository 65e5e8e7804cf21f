// What can be done with a service of the board, from its row, its card or its menu.
import { useState } from "react";
import { useNavigate } from "react-router";
import { RowMenu } from "./menu.jsx";
import { openRow } from "./live_grid.jsx";
import { board } from "./store.js";
import { ruleAddress, serviceAddress } from "./url.js";

/** `choose` does it; `showMenu` opens the menu, which stands in `menu`, without the actions of `without`. */
export function useServiceActions({ may, own, without, goBack, onOpen, onAction, onCheck, onOpenBreaker, onCloseBreaker }) {
  const navigate = useNavigate();
  const [at, setAt] = useState(null); // { id, x, y }
  const open = (id) => openRow(id, onOpen);
  const choose = (action, id) => {
    if (action === "open") open(id);
    else if (action === "page") navigate(serviceAddress(board.rows.get(id).sid));
    else if (action === "rule") navigate(ruleAddress(board.rows.get(id).sid));
    else if (action === "check") onCheck(id);
    else if (action === "breaker-open") onOpenBreaker(id);
    else if (action === "breaker-close") onCloseBreaker(id);
    else onAction(action, id);
  };
  return {
    open,
    choose,
    showMenu: (id, place) => setAt({ id, ...place, row: board.rows.get(id) }),
    menu: <RowMenu menu={at} may={may} own={own} without={without} goBack={goBack} onClose={() => setAt(null)} onChoose={choose} />,
  };
}
