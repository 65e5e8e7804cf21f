// Which services something is about: all of them, or those that are named; with how many these are now.
import { useEffect, useId, useRef, useState } from "react";
import { valuesOf, valuesText } from "./address_values.js";
import { Facet } from "./facets.jsx";
import { Icon } from "./icons.jsx";
import { ask, post } from "./post.js";
import { ServiceField } from "./service_field.jsx";
import { plural } from "./words.js";

const REACH_PATH = "/api/alert-rules/reach";
const PAUSE_MS = 250;
const FACETS = [
  { name: "groups", title: "Group" },
  { name: "tags", title: "Tag" },
  { name: "types", title: "Type" },
  { name: "environments", title: "Environment" },
];
const LISTS = ["services", ...FACETS.map(({ name }) => name), "except_services"];

const named = (path) =>
  ask("GET", `${path}?limit=200`).then(
    ({ items }) => items.map(({ name, services }) => ({ value: name, text: name, count: services })),
    () => [], // the number of services says that the API does not answer
  );

function useChoices(types) {
  const [choices, setChoices] = useState({ groups: [], tags: [], environments: [] });
  useEffect(() => {
    Promise.all([named("/api/groups"), named("/api/tags"), named("/api/environments")]).then(([groups, tags, environments]) => setChoices({ groups, tags, environments }));
  }, []);
  return { ...choices, types: types.map(({ name, services }) => ({ value: name, text: name, count: services })) };
}

/** {services, labels, metrics, types} of a scope as it is now, or {problem}. */
export function useReach(scope) {
  const [reach, setReach] = useState({ services: null, labels: [], metrics: [], types: [] });
  const key = JSON.stringify(scope);
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(() => {
      post(REACH_PATH, { scope: JSON.parse(key) }).then(
        (found) => isCurrent && setReach(found),
        (refused) => isCurrent && setReach((known) => ({ ...known, services: null, problem: Object.values(refused.fields ?? {})[0] ?? refused.detail })),
      );
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [key]);
  return reach;
}

/** Without what is empty. */
export function plainScope(scope) {
  return Object.fromEntries(LISTS.filter((name) => scope[name]?.length).map((name) => [name, scope[name]]));
}

const isEmpty = (scope) => !LISTS.some((list) => list !== "except_services" && scope[list]?.length);

/** Why a scope cannot be meant: "some", and none of them is named, or one is typed but not taken; "" when it can. */
export function scopeProblem(scope) {
  const typed = Object.values(scope.typed ?? {}).find(Boolean);
  if (typed) return `would be without "${typed}", which is no service yet: take one from the list, or empty the field`;
  return scope.isOfSome && isEmpty(scope) ? "names no service: choose a group, a tag, a type, an environment or services, or every service" : "";
}

/** Services by their id, each with a way out. */
function Picked({ label, help, placeholder, chosen, error, onChange, onTyped }) {
  const [round, setRound] = useState(0); // a fresh field after each choice
  const place = useRef(null);
  const goesOn = useRef(false);
  const add = ({ service_id: id }, element) => {
    goesOn.current = element === document.activeElement;
    onChange(chosen.includes(id) ? chosen : [...chosen, id]);
    setRound(round + 1);
  };
  useEffect(() => {
    // Whoever has left the field is not fetched back.
    if (round && goesOn.current) place.current?.querySelector("input")?.focus();
  }, [round]);
  return (
    <div ref={place} className="scope-services">
      <ServiceField key={round} label={label} error={error} help={help} placeholder={placeholder} onPick={add} onTyped={onTyped} />
      {chosen.length > 0 && (
        <ul className="picked" aria-label={label}>
          {chosen.map((id) => (
            <li key={id}>
              {id}
              <button type="button" className="icon-button" aria-label={`Take out ${id}`} onClick={() => onChange(chosen.filter((one) => one !== id))}>
                <Icon name="close" size={12} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** How many it is about, and which: told anew with each choice. */
function Reached({ reach, isUnchosen }) {
  const { services, labels, problem } = reach;
  if (isUnchosen) return <p className="help">Nothing is chosen yet.</p>;
  if (problem) return <p className="wrong">{problem}</p>;
  if (services === null) return <p className="help">Counting…</p>;
  const more = services - labels.length;
  return (
    <p className={services ? "reached" : "reached none"}>
      <Icon name={services ? "check" : "warn"} size={14} />
      <span>
        <b>{plural(services, "service")} now</b>
        {services > 0 && <span className="muted">: {`${labels.join(", ")}${more > 0 ? ` and ${more} more` : ""}`}</span>}
        {services === 0 && <span className="muted">: nothing is let through by all of this.</span>}
      </span>
    </p>
  );
}

/** Keys within a list of choices are not for the dialog around it. */
function keepKeys(event) {
  const isInPanel = event.currentTarget.querySelector(":popover-open")?.contains(event.target);
  if (!isInPanel) return;
  if (event.key === "Escape") event.stopPropagation();
  if (event.key === "Enter" && event.target.tagName === "INPUT") event.preventDefault();
}

/** `scope` is what is chosen, by the API's names; `errors` those of the answer, "scope" or "scope.tags"; `reach` is of useReach. */
export function ScopeFields({ scope, reach, errors = {}, onChange, all = "Every service, and those to come" }) {
  const name = useId();
  const choices = useChoices(reach.types);
  const given = useRef(null);
  const [before] = useState(() => JSON.stringify(plainScope(scope)));
  const isSome = Boolean(scope.isOfSome) || !isEmpty(scope);
  const set = (changes) => onChange({ ...scope, isOfSome: isSome, ...changes });
  const query = new URLSearchParams(FACETS.map((facet) => [facet.name, valuesText(scope[facet.name] ?? [])]));
  const setQuery = (changes) => set(Object.fromEntries(Object.entries(changes).map(([list, text]) => [list, valuesOf(text)])));
  useEffect(() => {
    // Lets the dialog see that something was chosen, before it throws it away.
    given.current.value = JSON.stringify(plainScope(scope));
  });
  const typing = (list) => (text) => set({ typed: { ...scope.typed, [list]: text } });
  const choose = (some) => onChange({ ...(some ? scope : {}), except_services: scope.except_services ?? [], isOfSome: some });
  const wrong = Object.entries(errors).filter(([field]) => field === "scope" || FACETS.some((facet) => field.startsWith(`scope.${facet.name}`)));
  const errorOf = (list) => Object.entries(errors).find(([field]) => field.startsWith(`scope.${list}`))?.[1];
  return (
    <div className="scope-fields" onKeyDown={keepKeys}>
      <input ref={given} type="text" className="for-readers" tabIndex={-1} aria-hidden="true" readOnly defaultValue={before} aria-invalid={false} />
      <fieldset className="segments" role="radiogroup" aria-invalid={wrong.length > 0} tabIndex={-1}>
        <legend className="for-readers">Which services</legend>
        {[
          [false, all],
          [true, "Some of them"],
        ].map(([some, text]) => (
          <label key={text}>
            <input type="radio" name={name} checked={isSome === some} onChange={() => choose(some)} />
            <span>{text}</span>
          </label>
        ))}
      </fieldset>
      {isSome && (
        <>
          <div className="facets" role="group" aria-label="Groups, tags, types, environments">
            {FACETS.map((facet) => (
              <Facet key={facet.name} facet={facet} choices={choices[facet.name]} query={query} setQuery={setQuery} />
            ))}
          </div>
          <p className="help">All of these have to hold of a service, by any value of each. A group stands for the groups in it, too.</p>
          <Picked label="Only these services" help="None: all that the filters let through." placeholder="Add by name" chosen={scope.services ?? []} error={errorOf("services")} onChange={(services) => set({ services, typed: { ...scope.typed, services: "" } })} onTyped={typing("services")} />
        </>
      )}
      <details className="scope-except" open={(scope.except_services ?? []).length > 0}>
        <summary>Leave some out</summary>
        <Picked label="But not these" help="Left out in any case." placeholder="Add by name" chosen={scope.except_services ?? []} error={errorOf("except_services")} onChange={(except_services) => set({ except_services, typed: { ...scope.typed, except_services: "" } })} onTyped={typing("except_services")} />
      </details>
      <div role="status">
        <Reached reach={reach} isUnchosen={scopeProblem(scope) !== ""} />
      </div>
      {wrong.map(([field, words]) => (
        <p key={field} className="wrong" role="alert">
          {words}
        </p>
      ))}
    </div>
  );
}
