// Two fingers on a chart: what lies under them stays there while they move, and the span that results is read anew.
import { pinched } from "./chart_span.js";

/**
 * Watches `element`. `axisOf` gives { range, left, width } of the axis on the screen, `onMove` gets [from, to] while
 * the fingers move, `onDone` once they are lifted. Returns what ends it.
 */
export function watchPinch(element, { axisOf, onMove, onDone }) {
  let held = null; // the moments under the two fingers
  let axis = null;
  let found = null;
  let frame = 0;
  const places = (event) => [...event.touches].map((touch) => touch.clientX - axis.left).sort((a, b) => a - b);
  const onTouchStart = (event) => {
    if (event.touches.length !== 2) return;
    axis = axisOf();
    if (!axis) return;
    event.preventDefault(); // the page is not to grow instead
    const { range, width } = axis;
    held = places(event).map((x) => range[0] + (x / width) * (range[1] - range[0]));
  };
  const onTouchMove = (event) => {
    if (!held || event.touches.length !== 2) return;
    event.preventDefault();
    found = pinched(held, places(event), axis.width) ?? found;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => found && onMove(found));
  };
  const onTouchEnd = (event) => {
    if (!held || event.touches.length > 1) return;
    cancelAnimationFrame(frame);
    const range = found;
    held = found = null;
    if (range) onDone(range);
  };
  const active = { passive: false };
  element.addEventListener("touchstart", onTouchStart, active);
  element.addEventListener("touchmove", onTouchMove, active);
  element.addEventListener("touchend", onTouchEnd);
  element.addEventListener("touchcancel", onTouchEnd);
  return () => {
    cancelAnimationFrame(frame);
    element.removeEventListener("touchstart", onTouchStart, active);
    element.removeEventListener("touchmove", onTouchMove, active);
    element.removeEventListener("touchend", onTouchEnd);
    element.removeEventListener("touchcancel", onTouchEnd);
  };
}
