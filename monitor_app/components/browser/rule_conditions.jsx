// What an alert rule waits for: which sort of thing, as cards, and the fields of that sort.
import { useId, useState } from "react";
import { Icon } from "./icons.jsx";
import { BURN_DAYS, COMPARISONS, CONDITIONS, PERCENTILES, WAITED_FOR, unitsOf } from "./rule_words.js";
import { Field } from "./secret_field.jsx";
import { plural } from "./words.js";

const MINUTE_UNITS = [
  ["min", "minutes"],
  ["h", "hours"],
  ["d", "days"],
];

/** A labelled choice. */
export function Choice({ label, name, options, error, help, className = "field", ...rest }) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id}>{label}</label>
      <div className="box">
        <select id={id} name={name} aria-invalid={Boolean(error)} aria-describedby={`${id}-below`} {...rest}>
          {options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </div>
      <div id={`${id}-below`}>
        {error ? (
          <p className="wrong" role="alert">
            {error}
          </p>
        ) : (
          help && <p className="help">{help}</p>
        )}
      </div>
    </div>
  );
}

/** A number with its unit: what is typed and what is chosen are two fields, one beside the other. */
export function Amount({ label, name, unitName, units, value, unit, error, help }) {
  const id = useId();
  return (
    <div className="field half">
      <label htmlFor={id}>{label}</label>
      <div className="box amount">
        <input id={id} name={name} inputMode="decimal" defaultValue={value} aria-invalid={Boolean(error)} aria-describedby={`${id}-below`} autoComplete="off" maxLength={20} />
        <select name={unitName} defaultValue={unit} aria-label={`Unit of: ${label}`}>
          {units.map(([key, text]) => (
            <option key={key} value={key}>
              {text}
            </option>
          ))}
        </select>
      </div>
      <div id={`${id}-below`}>
        {error ? (
          <p className="wrong" role="alert">
            {error}
          </p>
        ) : (
          help && <p className="help">{help}</p>
        )}
      </div>
    </div>
  );
}

function Statuses({ chosen, error }) {
  const id = useId();
  return (
    <fieldset className="field statuses" aria-describedby={error ? id : undefined}>
      <legend>Which status</legend>
      <div>
        {WAITED_FOR.map(([value, text]) => (
          <label key={value}>
            <input type="checkbox" name={`status.${value}`} defaultChecked={chosen.includes(value)} aria-invalid={Boolean(error)} /> {text}
          </label>
        ))}
      </div>
      {error && (
        <p id={id} className="wrong" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

/** The metrics that the services have now, with what they measure at the moment. */
function MetricFields({ fields, errors, metrics }) {
  const list = useId();
  const [metric, setMetric] = useState(fields.metric ?? "");
  const known = metrics.find(({ name }) => name === metric.trim());
  const units = known?.units ?? unitsOf(metric.trim());
  const short = (value) => Number(value.toPrecision(4));
  const now = known ? `Now from ${short(known.lowest)} to ${short(known.highest)}${units[0] ? ` ${units[0]}` : ""} on ${plural(known.services, "service")}.` : "";
  const said = metric.trim() && !known && metrics.length > 0 ? "None of these services has measured it lately." : now;
  return (
    <>
      <Field label="Metric" name="metric" defaultValue={fields.metric ?? ""} list={list} maxLength={64} autoComplete="off" autoCapitalize="none" error={errors.metric} help="What its checks measure; type some of its name." note={said} onChange={(event) => setMetric(event.target.value)} />
      <datalist id={list}>
        {metrics.map(({ name, services }) => (
          <option key={name} value={name}>
            {plural(services, "service")}
          </option>
        ))}
      </datalist>
      <Choice label="Is" name="comparison" className="field half" options={COMPARISONS} defaultValue={fields.comparison ?? ">"} error={errors.comparison} />
      {units.length ? (
        <Amount key={units.join()} label="Value" name="value" unitName="unit" units={units.map((unit) => [unit, unit])} value={fields.value ?? ""} unit={fields.unit || units[0]} error={errors.value ?? errors.unit} />
      ) : (
        <div className="half-field">
          <Field label="Value" name="value" inputMode="decimal" defaultValue={fields.value ?? ""} maxLength={20} autoComplete="off" error={errors.value ?? errors.unit} />
        </div>
      )}
    </>
  );
}

const span = (fields, errors) => <Amount label="Over the last" name="span" unitName="span_unit" units={MINUTE_UNITS} value={fields.span} unit={fields.span_unit} error={errors.span_minutes} help="5 minutes to 7 days." />;

function FieldsOf({ type, fields, errors, metrics }) {
  switch (type) {
    case "status":
      return <Statuses chosen={fields.statuses} error={errors.statuses} />;
    case "share":
      return (
        <>
          <Statuses chosen={fields.statuses} error={errors.statuses} />
          <div className="half-field">
            <Field label="For at least" name="share" inputMode="decimal" defaultValue={fields.share} error={errors.share} help="Of the time that is known." autoComplete="off">
              <span className="unit">%</span>
            </Field>
          </div>
          {span(fields, errors)}
        </>
      );
    case "response":
      return (
        <>
          <Choice label="Of all answers" name="percentile" className="field" options={PERCENTILES.map((each) => [each, `the slowest of the fastest ${each} % (p${each})`])} defaultValue={fields.percentile} error={errors.percentile} />
          <div className="half-field">
            <Field label="Takes more than" name="above_ms" inputMode="decimal" defaultValue={fields.above_ms} error={errors.above_ms} autoComplete="off">
              <span className="unit">ms</span>
            </Field>
          </div>
          {span(fields, errors)}
        </>
      );
    case "metric":
      return <MetricFields fields={fields} errors={errors} metrics={metrics} />;
    case "no_data":
      return <Amount label="Nothing for" name="minutes" unitName="minutes_unit" units={MINUTE_UNITS} value={fields.minutes} unit={fields.minutes_unit} error={errors.minutes} help="One that is checked less often is given the time for that." />;
    case "burn":
      return (
        <>
          <div className="half-field">
            <Field label="It is to be up for" name="target" inputMode="decimal" defaultValue={fields.target} error={errors.target} help="The rest may be down." autoComplete="off">
              <span className="unit">%</span>
            </Field>
          </div>
          <Choice label="Of each" name="window_days" className="field half" options={BURN_DAYS.map((days) => [days, `${days} days`])} defaultValue={fields.window_days} error={errors.window_days} />
          <p className="help span">Fires when an hour took 2 % of what may be down, six hours 5 %, or three days 10 %, and it still goes on.</p>
        </>
      );
    default:
      return (
        <div className="half-field">
          <Field label="Has at most" name="days" inputMode="numeric" defaultValue={fields.days} error={errors.days} help="Of services whose checks look at it." autoComplete="off">
            <span className="unit">days left</span>
          </Field>
        </div>
      );
  }
}

/** `kept` are the fields of each sort, as they were typed last; `errors` by the fields of the condition. */
export function ConditionFields({ type, kept, errors, metrics, onType }) {
  const name = useId();
  return (
    <>
      <div className="condition-cards" role="radiogroup" aria-label="What the rule waits for">
        {CONDITIONS.map((each) => (
          <label key={each.type} className="role-card">
            <input type="radio" name={name} checked={each.type === type} onChange={() => onType(each.type)} />
            <span>
              <b>
                <Icon name={each.icon} size={14} /> {each.title}
              </b>
              <span className="help">{each.words}</span>
            </span>
          </label>
        ))}
      </div>
      {errors.type && (
        <p className="wrong" role="alert">
          {errors.type}
        </p>
      )}
      <div className="fields condition-fields" key={type}>
        <FieldsOf type={type} fields={kept[type]} errors={errors} metrics={metrics} />
      </div>
    </>
  );
}
