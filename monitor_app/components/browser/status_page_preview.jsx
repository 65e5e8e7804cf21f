// What readers of a status page would see, while it is written. Its style sheet holds only inside of it.
import { useEffect, useRef, useState } from "react";
import { post } from "./post.js";

const TYPING_PAUSE_MS = 400;
const SVG = "http://www.w3.org/2000/svg";
const TAGS = new Set("a article b br circle details div footer h1 h2 h3 h4 header li main ol p path rect section span summary svg symbol time title ul use".split(" "));
const ATTRIBUTES = new Set("aria-hidden aria-label class cx cy d datetime height id preserveAspectRatio r role viewBox width x".split(" "));
const GLYPH = /^#[a-z]+$/;

/** The page's own style sheet speaks of the whole document; here that is a place within another one. */
function scoped(style) {
  return `${style.replaceAll(":root", ":host").replaceAll("body{", ".body{")}:host{display:block}.skip{display:none}`;
}

/** Elements of what the server tells: those that a status page has, and nothing that leads anywhere. */
function built(nodes, space) {
  return nodes.flatMap((node) => {
    if (typeof node === "string") return [document.createTextNode(node)];
    const [tag, attributes, inside] = node;
    if (!TAGS.has(tag)) return [];
    const own = tag === "svg" ? SVG : space;
    const element = own ? document.createElementNS(own, tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (ATTRIBUTES.has(name) || (tag === "use" && GLYPH.test(value))) element.setAttribute(name, value);
    }
    element.append(...built(inside, own));
    return [element];
  });
}

function show(host, { nodes, style }, logo) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(scoped(style));
  root.adoptedStyleSheets = [sheet];
  const place = document.createElement("div");
  place.className = "body";
  place.append(...built(nodes, ""));
  // Looked at, not walked through: what is in it is reached on the page itself.
  place.inert = true;
  if (logo) {
    const picture = new Image();
    picture.src = logo;
    picture.alt = "";
    place.querySelector("header")?.prepend(picture);
  }
  root.replaceChildren(place);
}

/** `values` are those of the form; `logo` is the address of the picture, "" without one. */
export function PagePreview({ values, logo }) {
  const host = useRef(null);
  const [problem, setProblem] = useState("");
  const wanted = JSON.stringify({
    title: values.title,
    description: values.description,
    colour: values.colour,
    entries: values.entries.filter((entry) => entry.public_name.trim()),
  });
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(async () => {
      try {
        const made = await post("/api/admin/status-pages/preview", JSON.parse(wanted));
        if (!isCurrent || !host.current) return;
        show(host.current, made, logo);
        setProblem("");
      } catch (refused) {
        if (isCurrent) setProblem(refused.detail ?? "The preview cannot be shown.");
      }
    }, TYPING_PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [wanted, logo]);
  return (
    <section className="page-preview" aria-label="Preview">
      <div className="preview-head">
        <h2>Preview</h2>
        <span className="muted">as readers see it; notices are left out</span>
      </div>
      {problem && (
        <p className="wrong" role="status">
          {problem}
        </p>
      )}
      <div ref={host} className="preview-frame" tabIndex={0} role="group" aria-label="The page as readers see it" />
    </section>
  );
}
