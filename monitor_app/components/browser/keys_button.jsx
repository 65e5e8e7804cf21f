// The list of keys, behind a button and the key ?.
import { useState } from "react";
import { Icon } from "./icons.jsx";
import { useKeys } from "./keys.js";
import { KeysDialog } from "./modal.jsx";

/** The key n is there for who may add something. */
export function KeysButton({ mayAdd, onNew }) {
  const [isOpen, setIsOpen] = useState(false);
  useKeys({ "?": () => setIsOpen(true), ...(mayAdd && { n: onNew }) });
  return (
    <>
      <button type="button" className="icon-button keys-button" aria-label="Keys" title="Keys (?)" onClick={() => setIsOpen(true)}>
        <Icon name="keys" />
      </button>
      <KeysDialog mayAdd={mayAdd} isOpen={isOpen} onClose={() => setIsOpen(false)} />
    </>
  );
}
