import assert from "node:assert/strict";
import { test } from "node:test";
import { channelWords, kindWords } from "../../../../monitor_app/components/browser/sent_words.js";

test("a notification is called by what it is to people", () => {
  assert.equal(kindWords("fired"), "page");
  assert.equal(kindWords("resolved"), "end");
  assert.equal(kindWords("something new"), "something new");
});

test("a channel whose name may not be seen is not called gone", () => {
  assert.equal(channelWords("Mail", ""), "Mail");
  assert.equal(channelWords("", "ada"), "a channel");
  assert.equal(channelWords("", ""), "a channel that is gone");
});
