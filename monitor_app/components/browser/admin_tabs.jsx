// The pages for administrators, one beside the other.
import { Link, useLocation } from "react-router";

const HERE = "page";

export function AdminTabs() {
  const { pathname } = useLocation();
  const mark = (path) => (pathname.replace(/\/$/, "") === path ? HERE : undefined);
  return (
    <nav className="tabs" aria-label="Administration">
      <Link to="/admin/users" aria-current={mark("/admin/users")}>
        Users
      </Link>
      <Link to="/admin/audit" aria-current={mark("/admin/audit")}>
        Audit log
      </Link>
      <Link to="/admin/security" aria-current={mark("/admin/security")}>
        Security
      </Link>
    </nav>
  );
}
