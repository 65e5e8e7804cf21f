// The list of keys: as a dialog behind the key ?, and on the page of help.
import { useEffect, useState } from "react";
import { keysFor } from "./key_list.js";
import { keysAreOn, switchKeys } from "./keys.js";
import { Modal } from "./modal.jsx";
import { keysWanted, useSignal } from "./signals.js";

const isMac = () => typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

/** `keys` as the list has them: two spaces between alternatives, one between what is pressed together or in turn. */
export function Keys({ keys }) {
  const [mac, setMac] = useState(false);
  useEffect(() => setMac(isMac()), []);
  return keys.split("  ").map((way) => (
    <span key={way} className="way">
      {way.split(" ").map((key) => (
        <kbd key={key}>{key === "Ctrl" && mac ? "⌘" : key}</kbd>
      ))}
    </span>
  ));
}

/** Single keys get in the way of who speaks to the browser, or presses keys without meaning to. */
function KeysSwitch() {
  const [isOn, setIsOn] = useState(true);
  useEffect(() => setIsOn(keysAreOn()), []);
  const choose = (event) => {
    switchKeys(event.target.checked);
    setIsOn(event.target.checked);
  };
  return (
    <label className="keys-switch">
      <input type="checkbox" checked={isOn} onChange={choose} />
      <span>
        Single keys do something
        <span className="help">Kept in this browser. Ctrl K, Enter and Esc always work.</span>
      </span>
    </label>
  );
}

export function KeyList({ may = [], places = [], isHereOnly = false }) {
  const isHere = (selector) => !isHereOnly || document.querySelector(selector) !== null;
  return keysFor({ may, places, isHere }).map(({ title, keys }) => (
    <section key={title} className="key-section">
      <h3>{title}</h3>
      <dl className="keys">
        {keys.map((one) => (
          <div key={one.keys}>
            <dt>
              <Keys keys={one.keys} />
            </dt>
            <dd>{one.text}</dd>
          </div>
        ))}
      </dl>
    </section>
  ));
}

export function KeysDialog({ may, places }) {
  const [isOpen, setIsOpen] = useState(false);
  useSignal(keysWanted, () => setIsOpen(true));
  return (
    <Modal isOpen={isOpen} title="Keys" size="small" guard={false} onClose={() => setIsOpen(false)}>
      <div className="key-sections" role="region" aria-label="Keys" tabIndex={0} data-autofocus>
        <KeyList may={may} places={places} isHereOnly />
        <KeysSwitch />
      </div>
    </Modal>
  );
}
