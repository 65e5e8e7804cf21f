// Parts of one page, one at a time; which one stands in the address.
import { Link, useLocation } from "react-router";
import { useQuery } from "./url.js";

/** `parts` are {key, title}; the first is there without a word in the address. `kept` is a parameter that all have. */
export function SectionTabs({ parts, label, kept = "" }) {
  const { pathname } = useLocation();
  const query = useQuery();
  const here = query.get("tab") ?? "";
  const known = parts.some(({ key }) => key === here) ? here : parts[0].key;
  const addressOf = (key) => {
    const wanted = new URLSearchParams();
    if (kept && query.get(kept)) wanted.set(kept, query.get(kept));
    if (key !== parts[0].key) wanted.set("tab", key);
    const text = wanted.toString();
    return text ? `${pathname}?${text}` : pathname;
  };
  return (
    <nav className="section-tabs" aria-label={label}>
      {parts.map(({ key, title }) => (
        <Link key={key} to={addressOf(key)} aria-current={key === known ? "page" : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
