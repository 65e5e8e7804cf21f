// On a service's page: the next maintenance that is planned for it.
import { useEffect, useState } from "react";
import { useFormats } from "./formats.jsx";
import { Icon } from "./icons.jsx";
import { ask } from "./post.js";
import { exactSpan } from "./times.js";

const PATH = "/api/maintenance-windows/calendar";
const AHEAD_MS = 60 * 86_400_000;
const MINUTE_MS = 60_000;

export function NextMaintenance({ sid }) {
  useFormats();
  const [found, setFound] = useState({ sid: "", items: [] });
  useEffect(() => {
    if (!sid) return undefined;
    let isCurrent = true;
    // To the minute: the same answer for all who look.
    const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const query = new URLSearchParams({ service: sid, since: new Date(now).toISOString(), until: new Date(now + AHEAD_MS).toISOString() });
    ask("GET", `${PATH}?${query}`).then(
      ({ items }) => isCurrent && setFound({ sid, items }),
      () => {}, // the page stands without it
    );
    return () => {
      isCurrent = false;
    };
  }, [sid]);
  const next = found.sid === sid && found.items.find(({ starts_at }) => Date.parse(starts_at) > Date.now());
  if (!next) return null;
  return (
    <p className="note next-maintenance">
      <Icon name="wrench" size={14} /> Maintenance is planned: {next.name}, {exactSpan(Date.parse(next.starts_at), Date.parse(next.ends_at))}.{" "}
      <a href="/alerting/maintenance">All that is planned</a>
    </p>
  );
}
