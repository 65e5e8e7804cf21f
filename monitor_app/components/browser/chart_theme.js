// The colours of our stylesheets as the chart library understands them, anew with each theme.
import { useContext, useEffect, useState } from "react";
import { ColorModeContext } from "$/utils/context-registry";

const FONT_SIZE = 12;

/** Turns the name of a CSS variable into a colour with eight digits: by painting a pixel, whatever way the colour is written in. */
function createPalette() {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const found = new Map();
  const colour = (name) => {
    if (found.has(name)) return found.get(name);
    probe.style.color = `var(${name})`;
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = getComputedStyle(probe).color;
    pen.fillRect(0, 0, 1, 1);
    const parts = [...pen.getImageData(0, 0, 1, 1).data];
    const text = `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
    found.set(name, text);
    return text;
  };
  colour.font = { family: getComputedStyle(document.body).fontFamily, size: FONT_SIZE };
  colour.forget = () => probe.remove();
  return colour;
}

/** A function from names of CSS variables to colours, null until the page is drawn; another one after a change of theme. */
export function useColours() {
  const { resolvedColorMode } = useContext(ColorModeContext);
  const [colours, setColours] = useState(null);
  useEffect(() => {
    let made = null;
    // The class that turns the variables over is set by another effect of the same change.
    const frame = requestAnimationFrame(() => {
      made = createPalette();
      setColours(() => made);
    });
    return () => {
      cancelAnimationFrame(frame);
      made?.forget();
    };
  }, [resolvedColorMode]);
  return colours;
}
