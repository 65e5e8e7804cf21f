// What a file would do: what is added, what is changed and how, what stays; and each thing that is wrong with its line.
import { plural } from "./words.js";

const SHOWN = 200;

function shown(value) {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function Difference({ name, before, after }) {
  return (
    <div className="difference">
      <dt className="mono">{name}</dt>
      <dd>
        <del>{shown(before)}</del> <span aria-hidden="true">→</span> <ins>{shown(after)}</ins>
      </dd>
    </div>
  );
}

function Steps({ title, steps, count }) {
  if (!steps.length) return null;
  return (
    <details className="import-steps" open={steps.length <= 20}>
      <summary>
        {title} <span className="mono muted">{count.toLocaleString()}</span>
      </summary>
      <ul>
        {steps.slice(0, SHOWN).map(({ what, name, fields }) => (
          <li key={`${what} ${name}`}>
            <span className="muted">{what}</span> <span className="mono">{name}</span>
            {Object.keys(fields).length > 0 && (
              <dl>
                {Object.entries(fields).map(([field, [before, after]]) => (
                  <Difference key={field} name={field} before={before} after={after} />
                ))}
              </dl>
            )}
          </li>
        ))}
      </ul>
      {count > SHOWN && <p className="help">The first {SHOWN} are shown.</p>}
    </details>
  );
}

function Problems({ errors }) {
  return (
    <table className="import-problems">
      <thead>
        <tr>
          <th scope="col" className="number">
            Line
          </th>
          <th scope="col">What</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {errors.slice(0, SHOWN).map(({ line, field, message }, index) => (
          <tr key={index}>
            <td className="mono number">{line ?? "–"}</td>
            <td className="mono">{field}</td>
            <td>{message}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function ImportPreview({ found, isPartial, onPartial }) {
  const { added, changed, unchanged, skipped, failed, errors, steps } = found;
  const counts = [
    [added, "added", "ok"],
    [changed, "changed", "accent"],
    [unchanged, "unchanged", ""],
    [skipped, "left as they are", ""],
    [0, "removed", ""],
    [failed, "wrong", "bad"],
  ];
  return (
    <>
      <div role="status">
        <ul className="import-counts">
          {counts
            .filter(([count, word]) => count || ["added", "changed", "unchanged", "removed"].includes(word))
            .map(([count, word, tone]) => (
              <li key={word} className={count ? tone : "none"}>
                <b className="mono">{count.toLocaleString()}</b> {word}
              </li>
            ))}
        </ul>
      </div>
      {errors.length > 0 && (
        <section>
          <h3>{plural(failed || errors.length, "entry is", "entries are")} wrong</h3>
          <Problems errors={errors} />
          {added + changed > 0 && (
            <label className="panel-choice">
              <input type="checkbox" checked={isPartial} onChange={(event) => onPartial(event.target.checked)} />
              <span className="text">Bring in what is good, and leave these out</span>
            </label>
          )}
        </section>
      )}
      <Steps title="Added" steps={steps.filter(({ action }) => action === "add")} count={added} />
      <Steps title="Changed" steps={steps.filter(({ action }) => action === "change")} count={changed} />
      {!added && !changed && !errors.length && <p className="help">Everything is as the file says already: there is nothing to do.</p>}
    </>
  );
}
