// What the person has chosen, put into force in this browser: time zone and language of dates, and the theme.
import { useContext, useEffect, useLayoutEffect, useSyncExternalStore } from "react";
import { ColorModeContext } from "$/utils/context-registry";
import { display } from "./display.js";
import { chooseFormats, formatsVersion, onFormats } from "./times.js";
import { useDisplay } from "./use_display.js";

/** Renders anew when times are to be written in another way. */
export function useFormats() {
  return useSyncExternalStore(onFormats, formatsVersion, () => 0);
}

let onTheWay = ""; // a theme that was chosen here and that the server has not confirmed yet

/** This page shows `theme` already: what the server says before it knows of it is older. */
export function noteTheme(theme) {
  onTheWay = theme;
}

/** `isOwn` is false while nobody has chosen anything: then the browser keeps what it has. */
export function Chosen({ isOwn, timeZone, language, theme, autoRefresh, refreshSeconds, granularity, density }) {
  const { setColorMode } = useContext(ColorModeContext);
  // Each by itself: what the server says of one does not take back what was just chosen of another.
  useLayoutEffect(() => display.take({ timeZone }), [timeZone]);
  useLayoutEffect(() => display.take({ autoRefresh }), [autoRefresh]);
  useLayoutEffect(() => display.take({ refreshSeconds }), [refreshSeconds]);
  useLayoutEffect(() => display.take({ granularity }), [granularity]);
  useLayoutEffect(() => display.take({ density }), [density]);
  const shown = useDisplay();
  useLayoutEffect(() => chooseFormats(shown.timeZone, language), [shown.timeZone, language]);
  useLayoutEffect(() => {
    document.documentElement.dataset.density = shown.density;
  }, [shown.density]);
  useEffect(() => {
    if (!isOwn) return;
    if (!onTheWay) setColorMode(theme);
    else if (theme === onTheWay) onTheWay = "";
  }, [isOwn, theme]);
  return null;
}
