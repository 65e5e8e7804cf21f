// The whole map as a picture: SVG with all its looks in it, and PNG made of that.
import { SHAPES, STATUSES } from "./status.jsx";

const MARGIN = 24;
const DASHES = { dependency: "", communication: "6 4", "data-flow": "2 3", member: "1 4", mixed: "" };
const LABEL_CHARS = 20;
const SAYS_CHARS = 22;
const PNG_SCALE = 2;
const PNG_EDGE = 12000; // browsers draw no larger pictures

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

// What no XML may hold is left out.
function escaped(text) {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "").replace(/[&<>"']/g, (char) => ESCAPES[char]);
}

function shortened(text, limit) {
  return [...text].length > limit ? `${[...text].slice(0, limit - 1).join("")}…` : text;
}

/** Our names of colours as other programs understand them; what shines through is mixed with the page. */
function palette() {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  const probe = document.body.appendChild(document.createElement("i"));
  const known = new Map();
  const colour = (name) => {
    if (!known.has(name)) {
      for (const layer of ["page", name]) {
        probe.style.color = `var(--${layer})`;
        brush.fillStyle = getComputedStyle(probe).color;
        brush.fillRect(0, 0, 1, 1);
      }
      const [red, green, blue] = brush.getImageData(0, 0, 1, 1).data;
      known.set(name, `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`);
    }
    return known.get(name);
  };
  return { colour, close: () => probe.remove() };
}

function glyph(status, x, y, colour) {
  const { solid, mark, line } = SHAPES[status];
  const { key } = STATUSES[status];
  const stroke = (path, of) => `<path d="${path}" fill="none" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" stroke="${of}"/>`;
  return [
    `<g transform="translate(${x} ${y}) scale(.875)">`,
    solid ? `<path d="${solid}" fill="${colour(`${key}-solid`)}"/>` : "",
    mark ? stroke(mark, colour(`${key}-on`)) : "",
    line ? stroke(line, colour(`${key}-solid`)) : "",
    "</g>",
  ].join("");
}

function text(x, y, words, fill, size, weight = 400) {
  return `<text x="${x}" y="${y}" font-family="system-ui, sans-serif" font-size="${size}" font-weight="${weight}" fill="${fill}">${escaped(words)}</text>`;
}

function box(node, look, colour) {
  const { x, y } = node.position;
  const isFrame = node.type === "frame";
  const fill = isFrame ? colour("raised") : colour("page");
  const line = isFrame ? colour("line-strong") : colour("control-line");
  const outline = `<rect x="${x}" y="${y}" width="${node.width}" height="${node.height}" rx="8" fill="${fill}" stroke="${line}"/>`;
  const says = isFrame ? "" : text(x + 34, y + 40, shortened(look.says, SAYS_CHARS), colour("muted"), 11);
  return outline + glyph(look.status, x + 12, y + (isFrame ? 13 : 11), colour) + text(x + 34, y + (isFrame ? 25 : 22), shortened(look.label, LABEL_CHARS), colour("text"), 13, 600) + says;
}

function arrow(edge, byId, colour) {
  const [source, target] = [byId.get(edge.source), byId.get(edge.target)];
  if (!source || !target) return "";
  const [x1, y1] = [source.position.x + source.width, source.position.y + source.height / 2];
  const [x2, y2] = [target.position.x, target.position.y + target.height / 2];
  const bend = Math.max(30, Math.abs(x2 - x1) / 2);
  const dashes = DASHES[edge.type] ? ` stroke-dasharray="${DASHES[edge.type]}"` : "";
  const line = `<path d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}" fill="none" stroke="${colour("muted")}"${dashes}/>`;
  const head = `<path d="M${x2} ${y2}l-8-4v8Z" fill="${colour("muted")}" stroke="none"/>`;
  const count = edge.count > 1 ? text((x1 + x2) / 2, (y1 + y2) / 2 - 4, String(edge.count), colour("text"), 11) : "";
  return line + head + count;
}

/** The map as SVG: `nodes` and `edges` as they are drawn, `lookOf` tells {label, says, status} of a node. */
export function svgOf(nodes, edges, lookOf) {
  const { colour, close } = palette();
  const left = Math.min(...nodes.map((node) => node.position.x)) - MARGIN;
  const top = Math.min(...nodes.map((node) => node.position.y)) - MARGIN;
  const width = Math.max(...nodes.map((node) => node.position.x + node.width)) + MARGIN - left;
  const height = Math.max(...nodes.map((node) => node.position.y + node.height)) + MARGIN - top;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const frames = nodes.filter((node) => node.type === "frame");
  const boxes = nodes.filter((node) => node.type !== "frame");
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}">`,
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="${colour("page")}"/>`,
    ...frames.map((node) => box(node, lookOf(node), colour)),
    ...edges.map((edge) => arrow(edge, byId, colour)),
    ...boxes.map((node) => box(node, lookOf(node), colour)),
    "</svg>",
  ];
  close();
  return { text: parts.join("\n"), width, height };
}

/** A PNG of an SVG. */
export async function pngOf({ text: source, width, height }) {
  const scale = Math.min(PNG_SCALE, PNG_EDGE / Math.max(width, height));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: Math.ceil(width * scale), height: Math.ceil(height * scale) });
  const brush = canvas.getContext("2d");
  brush.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large"))), "image/png");
  });
}

/** Hands a file to who sits here. */
export function save(name, blob) {
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
