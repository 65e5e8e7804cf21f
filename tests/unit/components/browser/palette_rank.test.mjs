import assert from "node:assert/strict";
import test from "node:test";
import { ANYWHERE, BEGINS, FUZZY, matchOf, NAMED, offered, readRecent, remembered, SAME, sectionsOf, WORDS } from "../../../../monitor_app/components/browser/palette_rank.js";

const PLACES = [
  { title: "Board", href: "/", needs: "board:read", words: "home", keys: "g b" },
  { title: "Users", href: "/admin/users", needs: "user:manage", words: "accounts", keys: "" },
];
const COMMANDS = [
  { name: "new", title: "New service", needs: "service:write", isOfService: false, words: "add" },
  { name: "pause", title: "Pause", needs: "service:write", isOfService: true, words: "stop" },
  { name: "edit", title: "Edit", needs: "service:write", isOfService: true, words: "change" },
];
const OWN = [{ key: "own:dark", kind: "own", title: "Dark theme", words: "colours" }];
const SHOP = { pk: 7, sid: "shop", label: "Shop", target: "https://shop.example.org", group: "Sales", status: 0, match: SAME, may: ["edit"] };
const titles = (sections) => sections.map(({ title, items }) => [title, items.map((item) => item.title)]);

test("what is meant comes before what only contains it", () => {
  assert.equal(matchOf("pause", "Pause"), SAME);
  assert.equal(matchOf(" PAU ", "Pause"), BEGINS);
  assert.equal(matchOf("lo de", "Load the demo"), WORDS);
  assert.equal(matchOf("emo", "Load the demo"), NAMED);
  assert.equal(matchOf("accounts", "Users", "accounts"), ANYWHERE);
  assert.equal(matchOf("ldm", "Load the demo"), FUZZY);
  assert.equal(matchOf("zz", "Load the demo"), null);
  assert.equal(matchOf("", "Users"), SAME);
});

test("only what one may have is offered", () => {
  assert.deepEqual(offered(PLACES, ["board:read"]).map(({ title }) => title), ["Board"]);
  assert.deepEqual(offered(COMMANDS, ["board:read"]), []);
  assert.equal(offered(OWN, []).length, 1);
});

test("before anything is typed: the service in hand, what was used last, then all", () => {
  const recent = ["command:pause", "service:shop", "service:gone"];
  const sections = sectionsOf({ services: [SHOP], places: PLACES, commands: COMMANDS, own: OWN, here: SHOP, recent });
  assert.deepEqual(titles(sections), [
    ["Shop", ["Edit"]],
    ["Recent", ["Pause…", "Shop"]],
    ["Go to", ["Board", "Users"]],
    ["Do", ["New service", "Pause…", "Edit…", "Dark theme"]],
  ]);
});

test("typing brings the best kind to the top", () => {
  const found = { ...SHOP, label: "Edge", match: 4 };
  const sections = sectionsOf({ text: "edi", services: [found], places: PLACES, commands: COMMANDS, groups: ["Editors"], tags: ["edible"], environments: [] });
  assert.deepEqual(titles(sections)[0], ["Do", ["Edit…"]]);
  assert.deepEqual(titles(sections).map(([title]) => title), ["Do", "Groups", "Tags", "Services"]);
});

test("a command for the service in hand goes before its choice", () => {
  const [section] = sectionsOf({ text: "edit", commands: COMMANDS, here: SHOP });
  assert.deepEqual(section.items.map(({ title }) => title), ["Edit: Shop", "Edit…"]);
});

test("the second level lists services for a command, or commands for a service", () => {
  assert.deepEqual(titles(sectionsOf({ level: { command: COMMANDS[1] }, services: [SHOP], commands: COMMANDS })), [["Services", ["Shop"]]]);
  assert.deepEqual(titles(sectionsOf({ level: { service: SHOP }, commands: COMMANDS })), [["Shop", ["Open", "Open its page", "Edit"]]]);
  assert.deepEqual(titles(sectionsOf({ level: { service: SHOP }, commands: COMMANDS, text: "ed" })), [["Shop", ["Edit"]]]);
});

test("what nobody may do with a service is not listed for it", () => {
  const sections = sectionsOf({ level: { service: { ...SHOP, may: [] } }, commands: COMMANDS });
  assert.deepEqual(titles(sections), [["Shop", ["Open", "Open its page"]]]);
});

test("what was used last comes first, once", () => {
  assert.deepEqual(remembered(["a", "b"], "b"), ["b", "a"]);
  assert.equal(remembered(Array.from({ length: 10 }, (_, i) => `k${i}`), "new").length, 10);
});

test("what somebody wrote into the store does no harm", () => {
  assert.deepEqual(readRecent(null), []);
  assert.deepEqual(readRecent("{"), []);
  assert.deepEqual(readRecent('{"a": 1}'), []);
  assert.deepEqual(readRecent('["a", 1, null]'), ["a"]);
});
