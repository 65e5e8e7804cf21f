// The keys that every page has, and the sign of a sequence that waits for its second key.
import { useNavigate } from "react-router";
import { Keys, KeysDialog } from "./keys_dialog.jsx";
import { serviceInHand, useKeys, useWaitingKey } from "./keys.js";
import { keysWanted, paletteWanted } from "./signals.js";

const OF_SERVICES = { e: "edit", p: "pause-or-resume", c: "check" };
const NEEDS = { e: "service:write", p: "service:write", c: "check:run" };

function WaitingKey({ places }) {
  const first = useWaitingKey();
  const ways = places.filter(({ keys }) => first && keys.startsWith(`${first} `));
  return (
    <div className="waiting-key" role="status">
      {ways.map(({ keys, title }) => (
        <span key={keys}>
          <Keys keys={keys} /> {title}
        </span>
      ))}
    </div>
  );
}

/** `places` are {title, href, keys, needs} of pages that exist; `onCommand` takes a command's name and a service. */
export function FrameKeys({ may = [], places, onNew, onCommand }) {
  const navigate = useNavigate();
  const open = places.filter(({ needs, keys }) => keys && may.includes(needs));
  const bindings = { "?": () => keysWanted.send(), "/": () => paletteWanted.send() };
  for (const { keys, href } of open) bindings[keys] = () => navigate(href);
  if (may.includes("service:write")) bindings.n = onNew;
  for (const [key, command] of Object.entries(OF_SERVICES)) {
    if (!may.includes(NEEDS[key])) continue;
    bindings[key] = () => {
      const pk = serviceInHand();
      if (pk) onCommand(command, pk);
    };
  }
  useKeys(bindings, { isFallback: true });
  return (
    <>
      <WaitingKey places={open} />
      <KeysDialog may={may} places={open.map(({ href }) => href)} />
    </>
  );
}
