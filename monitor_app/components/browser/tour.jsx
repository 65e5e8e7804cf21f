// The tour of the board: a few steps, each beside what it tells of. Shown once after somebody got their account, and
// again from help. What is not on the screen is told without it.
import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { placeOfFocus } from "./focus_place.js";
import { placeOfCard, placeOfLight } from "./tour_place.js";

const PARAMETER = "tour"; // in the address: first, after the account was made; again, from help
const PHONE = "(max-width: 640px)";

/** Takes it from the address, so that loading the page anew begins nothing; past the router, which would load the rows. */
function takeWish() {
  const query = new URLSearchParams(location.search);
  const wish = query.get(PARAMETER);
  if (wish === null) return "";
  query.delete(PARAMETER);
  const text = query.toString();
  history.replaceState(history.state, "", `${location.pathname}${text ? `?${text}` : ""}${location.hash}`);
  return wish;
}

function isSeen(element) {
  const { width, height } = element.getBoundingClientRect();
  return width > 0 && height > 0 && getComputedStyle(element).visibility !== "hidden";
}

function targetOf(step) {
  return step.targets.flatMap((selector) => [...document.querySelectorAll(selector)]).find(isSeen) ?? null;
}

/** Where the light and the card are; they move with what they belong to. */
function usePlaces(step, card) {
  const [places, setPlaces] = useState({ light: null, card: null });
  useLayoutEffect(() => {
    targetOf(step)?.scrollIntoView({ block: "nearest" });
    let frame = null;
    const measure = () => {
      frame = null;
      const box = targetOf(step)?.getBoundingClientRect() ?? null;
      const size = { width: card.current?.offsetWidth ?? 0, height: card.current?.offsetHeight ?? 0 };
      const screen = { width: innerWidth, height: innerHeight };
      setPlaces({ light: box && placeOfLight(box, screen), card: placeOfCard(box, size, screen, matchMedia(PHONE).matches) });
    };
    const wish = () => {
      frame ??= requestAnimationFrame(measure);
    };
    measure();
    const watch = new ResizeObserver(wish);
    watch.observe(document.body);
    watch.observe(card.current);
    window.addEventListener("scroll", wish, true);
    window.addEventListener("resize", wish);
    return () => {
      cancelAnimationFrame(frame);
      watch.disconnect();
      window.removeEventListener("scroll", wish, true);
      window.removeEventListener("resize", wish);
    };
  }, [step, card]);
  return places;
}

function Steps({ steps, onEnd }) {
  const dialog = useRef(null);
  const card = useRef(null);
  const heading = useRef(null);
  const [at, setAt] = useState(0);
  const titleId = useId();
  const step = steps[at];
  const isLast = at === steps.length - 1;
  useLayoutEffect(() => {
    const goBack = placeOfFocus();
    dialog.current.showModal();
    return goBack;
  }, []);
  const places = usePlaces(step, card);
  // What is new is read out: the heading has the focus, and the buttons come next.
  useEffect(() => heading.current.focus({ preventScroll: true }), [at]);
  const onKeyDown = (event) => {
    if (event.key === "Escape") onEnd();
    else if (event.key === "ArrowRight" && !isLast) setAt(at + 1);
    else if (event.key === "ArrowLeft" && at > 0) setAt(at - 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <dialog
      ref={dialog}
      className={`tour ${places.light ? "" : "plain-veil"}`}
      aria-labelledby={titleId}
      aria-describedby={`${titleId}-text`}
      onKeyDown={onKeyDown}
      onCancel={(event) => {
        event.preventDefault();
        onEnd();
      }}
    >
      {places.light && <div className="tour-light" aria-hidden="true" style={places.light} />}
      <div ref={card} className="tour-card" style={places.card ?? undefined}>
        <p className="tour-count">
          Step {at + 1} of {steps.length}
        </p>
        <h2 ref={heading} id={titleId} tabIndex={-1}>
          {step.title}
        </h2>
        <p id={`${titleId}-text`}>{step.text}</p>
        <footer>
          {!isLast && (
            <button type="button" className="quiet" onClick={onEnd}>
              Skip the tour
            </button>
          )}
          <span className="space" />
          {at > 0 && (
            <button type="button" className="plain" onClick={() => setAt(at - 1)}>
              Back
            </button>
          )}
          <button type="button" className="primary" onClick={() => (isLast ? onEnd() : setAt(at + 1))}>
            {isLast ? "Done" : "Next"}
          </button>
        </footer>
      </div>
    </dialog>
  );
}

/** `steps` are {title, text, targets, needs, unless}; `isKnown`: the server has said who this is and what they have seen. */
export function Tour({ steps, may = [], isSeen: wasSeen, isKnown, onSeen }) {
  const [wish, setWish] = useState("");
  useEffect(() => setWish(takeWish()), []);
  const isWanted = isKnown && (wish === "again" || (wish === "first" && !wasSeen));
  const end = useCallback(() => {
    setWish("");
    if (!wasSeen) onSeen();
  }, [wasSeen, onSeen]);
  if (!isWanted) return null;
  const own = steps.filter(({ needs, unless }) => (!needs || may.includes(needs)) && !(unless && may.includes(unless)));
  return <Steps steps={own} onEnd={end} />;
}
