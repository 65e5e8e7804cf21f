// The way to all places: a rail at the side that folds to icons, a bar at the bottom of a phone.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { AlertBadge } from "./alerts_watch.jsx";
import { Icon } from "./icons.jsx";
import { PopMenu } from "./pop_menu.jsx";
import { paletteWanted } from "./signals.js";
import { board } from "./store.js";
import { useQuery } from "./url.js";

const ALERTS = "/alerts";
const GROUP_PAGE = "/group";
const SERVICE_PAGES = "/services/";
// The bar of a phone has room for so many, with the palette; the others are behind "More".
const BAR_LIMIT = 5;
const MENU_GAP = 8;
const FOLDED = "rail"; // set in this browser; early.js reads it before the page is drawn

function usePlaces(places, may) {
  return places.filter(({ needs }) => may.includes(needs));
}

/** What the bar of a phone has no room for. */
function More({ places, here }) {
  const button = useRef(null);
  const navigate = useNavigate();
  const [place, setPlace] = useState(null);
  const isHere = places.some(({ title }) => title === here);
  return (
    <>
      <button
        ref={button}
        type="button"
        className={`rail-more ${isHere ? "here" : ""}`}
        aria-haspopup="menu"
        aria-expanded={place !== null}
        onClick={() => {
          const { right, top } = button.current.getBoundingClientRect();
          setPlace({ x: right, y: top - MENU_GAP, isAtEnd: true, isAbove: true });
        }}
      >
        <Icon name="dots" size={18} />
        <span>More</span>
      </button>
      <PopMenu
        place={place}
        label="More places"
        items={place ? places.map(({ href, title, icon }) => ({ action: href, text: title, icon })) : []}
        goBack={() => button.current?.focus()}
        onClose={() => setPlace(null)}
        onChoose={(href) => navigate(href)}
      />
    </>
  );
}

export function Rail({ places, adminPlaces, may = [], here }) {
  const [isFolded, setIsFolded] = useState(false);
  useEffect(() => setIsFolded(document.documentElement.dataset.rail === "folded"), []);
  const admin = usePlaces(adminPlaces, may)[0];
  const shown = usePlaces(places, may);
  if (admin) shown.push({ ...admin, title: "Admin", icon: "shield" });
  const inBar = shown.length < BAR_LIMIT ? shown.length : BAR_LIMIT - 2;
  const fold = () => {
    const next = isFolded ? "" : "folded";
    localStorage.setItem(FOLDED, next);
    document.documentElement.dataset.rail = next;
    setIsFolded(!isFolded);
  };
  return (
    <nav className="rail" aria-label="Places">
      {shown.map(({ title, icon, href }, number) => (
        <Link key={href} to={href} className={number < inBar ? undefined : "rail-rest"} title={isFolded ? title : undefined} aria-current={title === here ? "page" : undefined}>
          <Icon name={icon} size={18} />
          <span>{title}</span>
          {href === ALERTS && <AlertBadge />}
        </Link>
      ))}
      {inBar < shown.length && <More places={shown.slice(inBar)} here={here} />}
      <button type="button" className="rail-palette" aria-haspopup="dialog" onClick={() => paletteWanted.send()}>
        <Icon name="search" size={18} />
        <span>Go to</span>
      </button>
      <button
        type="button"
        className="rail-fold icon-button"
        aria-expanded={!isFolded}
        aria-label="Names of the places"
        title={isFolded ? "Show the names" : "Fold to icons"}
        onClick={fold}
      >
        <Icon name={isFolded ? "right" : "left"} />
      </button>
    </nav>
  );
}

/** The name of the service whose page has this path, null for other pages. */
function useShownService(path) {
  const sid = path.startsWith(SERVICE_PAGES) ? path.slice(SERVICE_PAGES.length) : null;
  const label = () => [...board.rows.values()].find((row) => row.sid === sid)?.label ?? sid;
  return useSyncExternalStore((listener) => board.on("order", listener), label, () => sid);
}

/** Where one is, below the place that the rail names. */
export function Crumb({ here, adminPlaces }) {
  const { pathname } = useLocation();
  const query = useQuery();
  const path = pathname.replace(/\/$/, "");
  const group = path === GROUP_PAGE ? query.get("group") : null;
  const service = useShownService(path);
  const part = adminPlaces.find(({ href }) => href === path)?.title ?? group ?? service;
  return (
    <nav className="crumb" aria-label="You are here">
      <span>{service === null ? here : <Link to="/">{here}</Link>}</span>
      {part && <span aria-current="page">{part}</span>}
    </nav>
  );
}
