// What somebody has chosen about the screens, for components.
import { useSyncExternalStore } from "react";
import { display } from "./display.js";

/** Anew with each choice. */
export function useDisplay() {
  return useSyncExternalStore(display.on, display.get, display.get);
}
