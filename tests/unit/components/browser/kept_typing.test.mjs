// What is typed into the form of a service, while the server does not have it yet.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { forgetKept, putValues, readKept, withoutSecrets, writeKept } from "../../../../monitor_app/components/browser/kept_typing.js";

const stored = new Map();
globalThis.sessionStorage = {
  getItem: (name) => stored.get(name) ?? null,
  setItem: (name, value) => stored.set(name, value),
  removeItem: (name) => stored.delete(name),
};
beforeEach(() => stored.clear());

function field(name, value, more = {}) {
  return { name, value, type: "text", classList: { contains: () => false }, ...more };
}

function form(...fields) {
  return { elements: Object.assign(fields, { namedItem: (name) => fields.find((each) => each.name === name) ?? null }) };
}

test("no secret stays in the tab", () => {
  const dots = { classList: { contains: (name) => name === "dots" } };
  const typed = form(
    field("label", "Shop"),
    field("config.password", "hunter2", { type: "password" }),
    field("config.client_key", "hunter2", dots),
    field("config.headers", "Authorization: Bearer hunter2"),
    field("config.url", "https://ann:hunter2@example.org/"),
    field("config.verify_tls", "on", { type: "checkbox", checked: false }),
    field("form.subject", "service.new", { type: "hidden" }),
    field("", "nameless"),
  );
  assert.deepEqual(withoutSecrets(typed), { label: "Shop", "config.verify_tls": false });
});

test("who comes after somebody else gets nothing of theirs", () => {
  writeKept("session-1", { subject: "service.new", values: { label: "Mine" } });
  assert.equal(readKept("session-2"), null);
  writeKept("session-2", { isOpen: true });
  assert.deepEqual(readKept("session-2"), { isOpen: true, mark: "session-2" });
  forgetKept();
  assert.equal(readKept("session-2"), null);
});

test("what cannot be read is nothing", () => {
  stored.set("service-form", "{");
  assert.equal(readKept("session-1"), null);
});

test("values go into their fields, where these are", () => {
  const label = field("label", "");
  const tls = field("config.verify_tls", "on", { type: "checkbox", checked: true });
  putValues(form(label, tls), { label: "Shop", "config.verify_tls": false, gone: "x" });
  assert.equal(label.value, "Shop");
  assert.equal(tls.checked, false);
});
