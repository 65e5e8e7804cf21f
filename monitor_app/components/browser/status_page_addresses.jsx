// Where the feeds of a status page are, and the badges of its services, ready to be put into a README or another page.
import { useState } from "react";
import { CopyLine } from "./copy_line.jsx";
import { Select } from "./status_notices.jsx";

const FEEDS = { "feed.atom": "Atom feed", "feed.rss": "RSS feed", "feed.json": "JSON Feed", "summary.json": "What is true now, for programs" };
const SORTS = {
  status: "How it is now",
  "uptime?days=7": "Uptime of 7 days",
  uptime: "Uptime of 30 days",
  "uptime?days=90": "Uptime of 90 days",
  response: "How long the last answer took",
};
const FORMS = { address: "Address", markdown: "Markdown", html: "HTML" };
const MARKS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** What is put where the badge is to stand; it leads to the page. */
function written(form, name, badge, page) {
  if (form === "markdown") return `[![${name.replaceAll(/[\\[\]]/g, "\\$&")}](${badge})](${page})`;
  if (form === "html") return `<a href="${page}"><img src="${badge}" alt="${name.replaceAll(/[&<>"]/g, (mark) => MARKS[mark])}"></a>`;
  return badge;
}

export function Addresses({ page, onClose }) {
  const [sort, setSort] = useState("status");
  const [form, setForm] = useState("address");
  const origin = page.host_name ? `https://${page.host_name}` : location.origin;
  const home = page.host_name ? `${origin}/` : `${origin}${page.path}`;
  return (
    <>
      <div className="content copy-lines">
        {page.access !== "public" && <p className="help">This page is private: its feeds want the cookie that its readers have, and it has no badges.</p>}
        {Object.entries(FEEDS).map(([name, title]) => (
          <CopyLine key={name} title={title} text={`${origin}${page.path}/${name}`} />
        ))}
        {page.access === "public" && page.entries.length > 0 && (
          <>
            <div className="fields badge-choice">
              <Select label="Badges that tell" name="sort" options={SORTS} value={sort} onChange={setSort} />
              <Select label="To be copied as" name="form" options={FORMS} value={form} onChange={setForm} />
            </div>
            {page.badges.map((badge, index) => (
              <div key={badge} className="badge-line">
                <img src={`/badge/${badge}/${sort}`} alt="" height={20} loading="lazy" />
                <CopyLine title={page.entries[index].public_name} text={written(form, page.entries[index].public_name, `${origin}/badge/${badge}/${sort}`, home)} />
              </div>
            ))}
          </>
        )}
      </div>
      <footer>
        <span className="space" />
        <button type="button" className="plain" onClick={onClose}>
          Close
        </button>
      </footer>
    </>
  );
}
