// The pages of administration, or of alerting, one beside the other: those that one may see.
import { useEffect, useRef } from "react";
import { Link, useLocation } from "react-router";

const HERE = "page";
// Pages that are part of a tab's, by how their addresses begin.
const PARTS = { "/alerts": "/incidents/" };

export function AdminTabs({ places, may = [], label = "Administration" }) {
  const { pathname } = useLocation();
  const tabs = useRef(null);
  const path = pathname.replace(/\/$/, "");
  useEffect(() => {
    // On a phone the row scrolls sideways: the page one is on is in sight.
    tabs.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [path, may.length]);
  return (
    <nav ref={tabs} className="tabs" aria-label={label}>
      {places
        .filter(({ needs }) => may.includes(needs))
        .map(({ title, href }) => (
          <Link key={href} to={href} aria-current={path === href ? HERE : PARTS[href] && path.startsWith(PARTS[href]) ? "true" : undefined}>
            {title}
          </Link>
        ))}
    </nav>
  );
}
