// The order to open or close a circuit breaker: with a reason, confirmed, and given once.
import { useRef, useState } from "react";
import { post } from "./post.js";
import { Field } from "./secret_field.jsx";
import { ServiceField } from "./service_field.jsx";

const REASON_LIMIT = 200;

/** What the order means, before it is given. */
function meaning({ action, isOwn, isOfService }) {
  if (isOwn && action === "open") {
    return "No check of any service is started until it is closed again. What is known grows old and becomes unknown, nobody is told of anything, and the dead man's switch is not called.";
  }
  if (isOwn) return "All services are checked again, within a minute.";
  if (isOfService) return action === "open" ? "The service is not checked until its breaker is closed again." : "The service is checked again, at once.";
  return action === "open" ? "Nothing more is taken from the queue until its breaker is closed again." : "What waits is worked on again.";
}

/** The server's own words, where there are any. */
function words(refused) {
  return Object.values(refused.fields ?? {}).join("; ") || refused.detail;
}

export function OrderForm({ order, onTaken, onClose }) {
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState("");
  const [wrong, setWrong] = useState({});
  const [isBusy, setIsBusy] = useState(false);
  // A second press comes before the first is drawn.
  const isGiven = useRef(false);
  const isOpening = order.action === "open";
  const give = async (event) => {
    event.preventDefault();
    if (isGiven.current) return;
    const service = new FormData(event.currentTarget).get("service")?.trim() ?? "";
    const missing = {
      ...(order.asksFor && !service ? { service: "is required: whose breaker it is" } : {}),
      ...(reason.trim() ? {} : { reason: "is required: others want to know why" }),
    };
    setWrong(missing);
    if (Object.keys(missing).length) return;
    const given = order.asksFor ? order.asksFor(service) : order;
    isGiven.current = true;
    setIsBusy(true);
    setProblem("");
    try {
      await post(given.path, { reason: reason.trim() });
      onTaken(given);
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem(words(refused));
      isGiven.current = false;
      setIsBusy(false);
    }
  };
  return (
    <form noValidate onSubmit={give}>
      <div className="content said-words">
        <p>{meaning(order)}</p>
        <div className="fields">
          {order.asksFor && <ServiceField label="Service" name="service" data-autofocus="" error={wrong.service} />}
          <Field
            label="Reason"
            name="reason"
            data-autofocus={order.asksFor ? undefined : ""}
            value={reason}
            maxLength={REASON_LIMIT}
            error={wrong.reason}
            help="Others read it."
            onChange={(event) => setReason(event.target.value)}
          />
        </div>
        {problem && (
          <p className="wrong" role="alert">
            {problem}
          </p>
        )}
      </div>
      <footer>
        <span className="space" />
        <button type="button" className="plain" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className={isOpening ? "plain dangerous" : "primary"} aria-disabled={isBusy}>
          {isBusy ? (isOpening ? "Opening…" : "Closing…") : isOpening ? "Open it" : "Close it"}
        </button>
      </footer>
    </form>
  );
}
