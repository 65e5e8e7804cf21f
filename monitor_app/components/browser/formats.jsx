// What the person has chosen, put into force in this browser: time zone and language of dates, and the theme.
import { useContext, useEffect, useLayoutEffect, useSyncExternalStore } from "react";
import { ColorModeContext } from "$/utils/context-registry";
import { chooseFormats, formatsVersion, onFormats } from "./times.js";

/** Renders anew when times are to be written in another way. */
export function useFormats() {
  return useSyncExternalStore(onFormats, formatsVersion, () => 0);
}

/** `isOwn` is false while nobody has chosen anything: then the browser keeps what it has. */
export function Chosen({ isOwn, timeZone, language, theme }) {
  const { setColorMode } = useContext(ColorModeContext);
  useLayoutEffect(() => chooseFormats(timeZone, language), [timeZone, language]);
  useEffect(() => {
    if (isOwn) setColorMode(theme);
  }, [isOwn, theme]);
  return null;
}
