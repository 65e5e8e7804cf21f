// Where the focus is, to give it back there when a dialog closes.

/** A function that gives the focus back, should the browser not have: what opened the dialog may have been drawn anew. */
export function placeOfFocus() {
  const element = document.activeElement;
  const service = element?.closest?.("[data-service]")?.dataset.service;
  return () => {
    if (document.activeElement && document.activeElement !== document.body) return;
    const again = element?.isConnected && element !== document.body ? element : null;
    const drawnAnew = service ? document.querySelector(`[data-service="${service}"]`) : null;
    (again ?? drawnAnew ?? document.getElementById("main"))?.focus();
  };
}
