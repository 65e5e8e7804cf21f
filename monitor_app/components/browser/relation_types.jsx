// What a relation is to mean: one card a type, with the names put in.
import { useId } from "react";
import { RelationArrow } from "./relation_arrow.jsx";

export function RelationTypes({ types, chosen, onChoose }) {
  const id = useId();
  return (
    <fieldset className="relation-types">
      <legend>Type</legend>
      {types.map(({ name, title, sentence, meaning, suppresses, example, line }) => (
        <label key={name} className="role-card">
          <input
            type="radio"
            name="relation_type"
            value={name}
            checked={chosen === name}
            aria-describedby={`${id}-${name}`}
            onChange={() => onChoose(name)}
          />
          <span>
            <b>
              {title} <RelationArrow line={line} />
            </b>
            <span className="sentence">{sentence}</span>
            <span className="help" id={`${id}-${name}`}>
              {chosen === name && (
                <>
                  {meaning} {suppresses ? "Alerts of the source are held back while the target is down." : "It holds no alert back."}
                  <em>{example}</em>
                </>
              )}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
