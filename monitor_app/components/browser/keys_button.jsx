// Opens the list of keys.
import { Icon } from "./icons.jsx";
import { keysWanted } from "./signals.js";

export function KeysButton() {
  return (
    <button type="button" className="icon-button keys-button" aria-label="Keys" title="Keys (?)" onClick={() => keysWanted.send()}>
      <Icon name="keys" />
    </button>
  );
}
