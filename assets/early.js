// Runs before the page is drawn: whether the rail is folded in this browser.
document.documentElement.dataset.rail = localStorage.getItem("rail") || "";
// The board looks as it did in this browser, unless its address says how (view_switch.jsx).
if (location.pathname === "/" && !location.search && localStorage.getItem("board-view")) {
  history.replaceState(null, "", `/?${localStorage.getItem("board-view")}${location.hash}`);
}
// Nothing but the wall is drawn while the rows of a wall are on the way (wall.css).
if (location.pathname === "/" && new URLSearchParams(location.search).get("layout") === "wall") {
  document.documentElement.dataset.layout = "wall";
}
// Whoever is to log in finds nothing of who was here before (last_known.js).
if (location.pathname.replace(/\/$/, "") === "/login") localStorage.removeItem("last-known");
