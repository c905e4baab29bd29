// Where a block stands decides what a press does: in a message, or in a view (modal or Home).
import { act, emit, local } from "./state.js";
import { permalink } from "./mrkdwn.js";

/** A stored value as the protocol says it: an option's value, a list of them, or the words typed. */
export function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  return value && typeof value === "object" ? value.value : value;
}

const keyOf = (place, block, element) => JSON.stringify([place, block.block_id || "", element.action_id || ""]);

function store(place) {
  return {
    has: (block, element) => local.has(keyOf(place, block, element)),
    get: (block, element) => local.get(keyOf(place, block, element)),
    set: (block, element, value) => local.set(keyOf(place, block, element), value),
  };
}

/** For blocks of a message: presses and choices name the channel and the message. */
export function messageContext(message, channel) {
  const place = `${channel}:${message.ts}`;
  const args = (block, element) => ({ channel, ts: message.ts, action_id: element.action_id, block_id: block.block_id });
  return {
    place, ...store(place),
    press: (block, element) => act("press", { ...args(block, element), value: element.value }),
    choose: (block, element, value) => act("choose", { ...args(block, element), option: plain(value) }),
    options: (block, element, query) => act("options", { ...args(block, element), query }, { quiet: true }),
    fill: (block, element, value) => act("choose", { ...args(block, element), option: plain(value) }),
    enter: (block, element, value) => act("choose", { ...args(block, element), option: value }),
    follow,
  };
}

/** For blocks of a view; `id` is its view id, or "home". Values typed are told to the workspace as they change. */
export function viewContext(view, id = view.id) {
  const place = id === "home" ? "home" : `view:${view.id}`;
  const args = (block, element) => ({ view_id: id, action_id: element.action_id, block_id: block.block_id });
  const pending = new Set();
  const send = (verb, more, options) => {
    const going = act(verb, more, options);
    pending.add(going);
    return going.finally(() => pending.delete(going));
  };
  const context = {
    place, ...store(place), errors: {},
    settled: () => Promise.all([...pending]),
    press: async (block, element) => { await context.settled(); return act("press_view", { ...args(block, element), value: element.value }); },
    choose: async (block, element, value) => { await context.settled(); return act("choose", { ...args(block, element), option: plain(value) }); },
    options: (block, element, query) => act("options", { ...args(block, element), query }, { quiet: true }),
    fill: (block, element, value) => send("fill", { ...args(block, element), value: plain(value) }),
    enter: async (block, element, value) => {
      await send("fill", { ...args(block, element), value });
      return act("enter", args(block, element));
    },
    follow,
  };
  return context;
}

/** Goes where a button's url points: inside this workspace, or in a new tab. */
function follow(url) {
  const target = permalink(url);
  if (target) emit("open", target);
  else window.open(url, "_blank", "noopener,noreferrer");
}
