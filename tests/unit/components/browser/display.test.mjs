import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createChooser, createDisplay } from "../../../../monitor_app/components/browser/display.js";
import { createRefreshClock } from "../../../../monitor_app/components/browser/refresh_clock.js";

test("what is taken is told once, and only when it differs", () => {
  const display = createDisplay();
  const told = mock.fn();
  display.on(told);
  display.take({ granularity: 15 });
  assert.equal(told.mock.callCount(), 0);
  display.take({ granularity: 60, autoRefresh: true });
  assert.equal(told.mock.callCount(), 1);
  assert.ok(display.isResting());
  assert.equal(display.get().granularity, 60);
});

test("a choice holds at once, the server hears of it first, and choices are kept in their order", async () => {
  const display = createDisplay();
  const log = [];
  display.on(() => log.push(["here", display.get().granularity]));
  const keep = (values) => new Promise((done) => {
    log.push(["kept", values.history_granularity]);
    setImmediate(done);
  });
  const choose = createChooser(display, { tell: (values) => log.push(["told", values.history_granularity]), keep, refused() {} });
  choose({ granularity: 5 });
  await choose({ granularity: 60 });
  assert.deepEqual(log, [["told", 5], ["here", 5], ["told", 60], ["here", 60], ["kept", 5], ["kept", 60]]);
});

test("a refused choice is taken back, with the reason", async () => {
  const display = createDisplay();
  const [tell, refused] = [mock.fn(), mock.fn()];
  const keep = () => Promise.reject({ detail: "Not now." });
  await createChooser(display, { tell, keep, refused })({ autoRefresh: true });
  assert.equal(display.isResting(), false);
  assert.deepEqual(tell.mock.calls.map(({ arguments: [values] }) => values), [{ auto_refresh: true }, { auto_refresh: false }]);
  assert.deepEqual(refused.mock.calls.map(({ arguments: [text] }) => text), ["Not now."]);
});

function clockAt() {
  const world = { at: 0, isHidden: false, timer: null, refreshes: [] };
  const timers = {
    setTimeout: (act, wait) => (world.timer = { act, at: world.at + wait }),
    clearTimeout: () => (world.timer = null),
  };
  const clock = createRefreshClock({
    isHidden: () => world.isHidden,
    onDue: () => world.refreshes.push(world.at),
    timers,
    now: () => world.at,
  });
  world.go = (to) => {
    while (world.timer && world.timer.at <= to) {
      world.at = world.timer.at;
      const { act } = world.timer;
      world.timer = null;
      act();
    }
    world.at = to;
  };
  return { world, clock };
}

test("a refresh is due each interval, and none while it is off", () => {
  const { world, clock } = clockAt();
  clock.set(30);
  world.go(95_000);
  assert.deepEqual(world.refreshes, [30_000, 60_000, 90_000]);
  clock.set(null);
  world.go(500_000);
  assert.equal(world.refreshes.length, 3);
});

test("a change of the interval and a refresh by hand begin anew at once", () => {
  const { world, clock } = clockAt();
  clock.set(600);
  world.go(50_000);
  clock.set(30);
  world.go(70_000);
  clock.restart();
  world.go(101_000);
  assert.deepEqual(world.refreshes, [100_000]);
});

test("nothing is due while the page is hidden; who comes back late gets it at once", () => {
  const { world, clock } = clockAt();
  clock.set(30);
  world.go(10_000);
  world.isHidden = true;
  clock.onVisibility();
  world.go(15_000);
  assert.equal(world.timer, null);
  world.isHidden = false;
  clock.onVisibility(); // in time
  world.go(30_000);
  assert.deepEqual(world.refreshes, [30_000]);
  world.isHidden = true;
  clock.onVisibility();
  world.go(300_000);
  assert.deepEqual(world.refreshes, [30_000]);
  world.isHidden = false;
  clock.onVisibility();
  world.go(300_001);
  assert.deepEqual(world.refreshes, [30_000, 300_000]);
});
