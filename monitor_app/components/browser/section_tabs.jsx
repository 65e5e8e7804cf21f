// Parts of one page, one at a time; which one stands in the address.
import { Link, useLocation } from "react-router";
import { useQuery } from "./url.js";

/** `parts` are {key, title, count}; the first is there without a word in the address. */
export function SectionTabs({ parts, label }) {
  const { pathname } = useLocation();
  const here = useQuery().get("tab") ?? "";
  const known = parts.some(({ key }) => key === here) ? here : parts[0].key;
  return (
    <nav className="section-tabs" aria-label={label}>
      {parts.map(({ key, title }, index) => (
        <Link key={key} to={index ? `${pathname}?tab=${key}` : pathname} aria-current={key === known ? "page" : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
