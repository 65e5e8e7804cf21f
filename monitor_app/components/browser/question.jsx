// Asks before something goes, or ends: what comes of it, and a button that does it. A refusal stands above the buttons.
import { useState } from "react";

/** `act` gives a promise; it is asked for once. `children` say what comes of it. */
export function Question({ act, button, keep = "Keep it", isDangerous = true, children, onDone, onClose }) {
  const [problem, setProblem] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    try {
      onDone(await act());
    } catch (refused) {
      if (!("status" in refused)) throw refused;
      setProblem(Object.values(refused.fields ?? {}).join(" ") || refused.detail || "It was refused.");
      setIsBusy(false);
    }
  };
  return (
    <form noValidate onSubmit={submit}>
      <div className="content said-words">
        {children}
        {problem && (
          <p className="wrong" role="alert">
            {problem}
          </p>
        )}
      </div>
      <footer>
        <span className="space" />
        <button type="button" className="plain" onClick={onClose}>
          {keep}
        </button>
        <button type="submit" className={isDangerous ? "plain dangerous" : "primary"} data-autofocus="" aria-disabled={isBusy}>
          {button}
        </button>
      </footer>
    </form>
  );
}
