// What the tabs of the reports share: a problem with a way out, what stands there while something loads, a budget as a bar.
import { Icon } from "./icons.jsx";
import { budgetWords } from "./report_words.js";

const WIDTH = 120;
const HEIGHT = 8;

export function Problem({ words, onRetry }) {
  if (!words) return null;
  return (
    <div className="banner bad" role="alert">
      <Icon name="warn" /> <span>{words}</span>
      <button type="button" className="plain" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

export function Ghosts({ lines = 6 }) {
  return (
    <div className="ghosts" aria-hidden="true">
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="ghost-line">
          <span className="ghost" />
        </div>
      ))}
    </div>
  );
}

/** What is left of an error budget; one that is overspent is full and dark. `left` is a share of it. */
export function BudgetBar({ budget }) {
  const { left } = budget;
  const tone = left === null ? "none" : left < 0 ? "over" : left < 0.25 ? "little" : "enough";
  const share = left === null ? 0 : left < 0 ? 1 : Math.min(1, left);
  return (
    <span className="budget">
      <svg className={`budget-bar ${tone}`} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <rect className="budget-whole" width={WIDTH} height={HEIGHT} rx="2" />
        <rect className="budget-left" width={WIDTH * share} height={HEIGHT} rx="2" />
      </svg>
      <span className="budget-words">{budgetWords(budget)}</span>
    </span>
  );
}
