// Trying a rule on the past before anybody is told by it: how often it would have fired, when, and why.
import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { Icon } from "./icons.jsx";
import { post } from "./post.js";
import { trialWords } from "./rule_words.js";
import { Stamp } from "./stamp.jsx";
import { serviceAddress } from "./url.js";
import { duration, plural } from "./words.js";

const PATH = "/api/alert-rules/try";
const DAYS = ["1", "7", "30", "90"];
const AT_FIRST = 30;
const SHOWN = 10;

function Firing({ firing }) {
  const at = Date.parse(firing.at);
  return (
    <tr>
      <th scope="row">
        <Link to={serviceAddress(firing.service_id)} target="_blank">
          {firing.label}
        </Link>
      </th>
      <td>
        <Stamp at={at} />
      </td>
      <td data-label="For">{firing.until ? duration(Date.parse(firing.until) - at) : "until now"}</td>
      <td className="cause">{firing.cause}</td>
    </tr>
  );
}

/** What was not looked at, and what the past does not tell. */
function Limits({ tried }) {
  const words = [];
  if (tried.too_short) words.push(`${tried.too_short === 1 ? "Once more it held" : `${tried.too_short} more times it held`}, but not for long enough.`);
  if (tried.tried < tried.services) words.push(`${tried.tried} of ${plural(tried.services, "service")} were looked at: all of their results would take too long.`);
  if (tried.is_cut) words.push("There are too many results to look at all of them: these are the first services.");
  words.push("What dependencies, maintenance, silences and flapping would have held is counted, too.");
  return <p className="help">{words.join(" ")}</p>;
}

function Found({ tried, days }) {
  const [isAll, setIsAll] = useState(false);
  const place = useRef(null);
  useEffect(() => {
    place.current.scrollIntoView({ block: "nearest" });
  }, []);
  const shown = isAll ? tried.items : tried.items.slice(0, SHOWN);
  return (
    <div ref={place} className="trial-found">
      <p className={tried.count ? "trial-said" : "trial-said none"}>
        <Icon name={tried.count ? "bell" : "check"} size={14} /> <b>{trialWords(tried, days)}</b>
      </p>
      <Limits tried={tried} />
      {shown.length > 0 && (
        <table className="list trial-list" aria-label="When it would have fired">
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col">At</th>
              <th scope="col">For</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((firing, number) => (
              <Firing key={`${firing.service_id} ${firing.at} ${number}`} firing={firing} />
            ))}
          </tbody>
        </table>
      )}
      {tried.items.length > shown.length && (
        <button type="button" className="quiet" onClick={() => setIsAll(true)}>
          Show {tried.count > tried.items.length ? `the latest ${tried.items.length}` : `all ${tried.items.length}`}
        </button>
      )}
    </div>
  );
}

/** `bodyOf` tells what there is in the form, `check` what the form itself finds wrong; `onRefused` gets what is wrong. */
export function RuleTrial({ bodyOf, check, onRefused, onTried }) {
  const [days, setDays] = useState(AT_FIRST);
  const [isBusy, setIsBusy] = useState(false);
  const [tried, setTried] = useState(null);
  const run = async () => {
    if (isBusy) return;
    setTried(null);
    const fields = check();
    if (fields) {
      onRefused({ fields });
      return;
    }
    setIsBusy(true);
    const { condition, scope, for_seconds } = bodyOf();
    try {
      setTried({ found: await post(PATH, { condition, scope, for_seconds, days }), days });
      onTried();
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      onRefused(refused);
    }
    setIsBusy(false);
  };
  return (
    <div className="rule-trial">
      <div className="trial-bar">
        <select aria-label="Over how much of the past" value={days} onChange={(event) => setDays(Number(event.target.value))}>
          {DAYS.map((each) => (
            <option key={each} value={each}>
              {each === "1" ? "the last day" : `the last ${each} days`}
            </option>
          ))}
        </select>
        <button type="button" className="plain" aria-disabled={isBusy} onClick={run}>
          <Icon name="history" /> {isBusy ? "Looking back…" : "Try it on the past"}
        </button>
        <span className="help">Nobody is told of anything.</span>
      </div>
      {isBusy && (
        <div className="progress looking-back" role="progressbar" aria-label="Looking back">
          <i />
        </div>
      )}
      <div aria-live="polite">{tried && <Found key={tried.found.until} tried={tried.found} days={tried.days} />}</div>
    </div>
  );
}
