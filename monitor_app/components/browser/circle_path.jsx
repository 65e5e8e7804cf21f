// A circle that relations would close, drawn as the way round, and the links that could be cut.
import { useEffect, useRef } from "react";
import { Icon } from "./icons.jsx";
import { RelationArrow } from "./relation_arrow.jsx";

/** `circle` is {steps: [{sid, label, line, isNew}], cuts: [{id, text}], text}; nothing while there is none. */
export function CirclePath({ circle, onCut }) {
  const form = useRef(null); // of the link that was cut
  useEffect(() => {
    // The button that was pressed is gone: go on with saving.
    if (form.current && document.activeElement === document.body) form.current.querySelector('[type="submit"]')?.focus();
    form.current = null;
  }, [circle]);
  const cut = (event, id, how) => {
    form.current = event.currentTarget.form;
    onCut(id, how);
  };
  if (!circle?.steps?.length) return null;
  return (
    <section className="circle" role="alert" aria-label="This would close a circle">
      <p className="head">
        <Icon name="warn" /> This would close a circle. Nobody could tell which of these to mend first.
      </p>
      <p className="for-readers">{circle.text}</p>
      <ol className="way" aria-hidden="true">
        {circle.steps.map(({ sid, label, line, isNew }, number) => (
          <li key={number} className={isNew ? "new" : ""} title={sid}>
            <b>{label}</b>
            {line && <RelationArrow line={line} width={30} />}
          </li>
        ))}
      </ol>
      {circle.cuts.length > 0 ? (
        <>
          <p className="help">Cut one of these links, then go on:</p>
          <ul className="cuts">
            {circle.cuts.map(({ id, text }) => (
              <li key={id}>
                <span>{text}</span>
                <button type="button" className="plain" aria-label={`Disable: ${text}`} onClick={(event) => cut(event, id, "disable")}>
                  Disable
                </button>
                <button type="button" className="plain dangerous" aria-label={`Delete: ${text}`} onClick={(event) => cut(event, id, "delete")}>
                  Delete
                </button>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p className="help">The other links are what composites are made of: change their members.</p>
      )}
    </section>
  );
}
