// Turns the pages of a list: where one is, the page before and the one behind.
import { Icon } from "./icons.jsx";
import { plural } from "./words.js";

/** `total` things of the sort `one` ("service"), on page `number` of `pages`; nothing to see when all is on one page. */
export function PageTurner({ number, pages, total, one, onTurn }) {
  if (pages <= 1) return null;
  const turn = (to) => to >= 1 && to <= pages && onTurn(to);
  return (
    <nav className="page-turner" aria-label={`Pages of ${one}s`}>
      <span className="muted">
        Page <span className="mono">{number}</span> of <span className="mono">{pages}</span>, {plural(total, one)}
      </span>
      <button type="button" className="icon-button" aria-label="Page before" aria-disabled={number <= 1} onClick={() => turn(number - 1)}>
        <Icon name="left" />
      </button>
      <button type="button" className="icon-button" aria-label="Next page" aria-disabled={number >= pages} onClick={() => turn(number + 1)}>
        <Icon name="right" />
      </button>
    </nav>
  );
}
