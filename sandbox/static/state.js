// What this person can see, kept current over a WebSocket; and the one way to act.
import { toast } from "./toasts.js";

const listeners = new Map();

export const store = {
  me: "", people: new Map(), app: { name: "", commands: [], shortcuts: [] }, team: {}, channels: new Map(), groups: new Map(),
  messages: new Map(), ephemerals: [], views: [], home: null, notifications: [], threads: [], connected: false,
};

/** Where the person is: `place` is {kind: "channel", channel} | {kind: "app", tab} | {kind: "threads" | "activity"}. */
export const ui = { place: { kind: "none" }, thread: null, screen: "main", editing: null };

/** Choices and words in blocks that live in this browser only, by block: gone when a block_id changes. */
export const local = new Map();

export function on(what, listener) {
  if (!listeners.has(what)) listeners.set(what, []);
  listeners.get(what).push(listener);
}

export function emit(what, detail) {
  for (const listener of listeners.get(what) || []) listener(detail);
}

let drawing = false;
const HIDDEN_PAGE = 100;

/** Asks for one redraw soon, however often it is called. */
export function redraw() {
  if (drawing) return;
  drawing = true;
  const draw = () => { drawing = false; emit("draw"); };
  if (document.visibilityState === "visible") requestAnimationFrame(draw);
  else setTimeout(draw, HIDDEN_PAGE);
}

/** Carries out a verb as this person. A refusal is shown in words unless `quiet`; the answer is always returned. */
export async function act(verb, args = {}, { quiet = false } = {}) {
  let answer;
  try {
    const response = await fetch("/sandbox/act", { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ verb, user: store.me, ...args }) });
    answer = await response.json();
  } catch {
    answer = { ok: false, error: "unreachable", words: "The workspace isn't answering. Try again in a moment." };
  }
  if (!answer.ok && !quiet) toast(answer.words || `That didn't work (${answer.error || "no reason given"}).`, "refusal");
  return answer;
}

export const person = (id) => store.people.get(id);

/** The name shown for a person's id; the id itself for someone unknown. */
export function nameOfPerson(id) {
  const who = person(id);
  if (!who) return id === store.app.bot_user_id ? store.app.name : id || "Someone";
  const profile = who.profile || {};
  return who.display_name || profile.display_name || who.real_name || profile.real_name || who.name || id;
}

export const fullName = (id) => person(id)?.real_name || person(id)?.profile?.real_name || nameOfPerson(id);

/** The name of a conversation: "support", or who the direct message is with. */
export function nameOfChannel(id) {
  const channel = store.channels.get(id);
  if (!channel) return id;
  return channel.is_im ? nameOfPerson(channel.other) : channel.name;
}

export const messageAt = (channel, ts) => store.messages.get(channel)?.get(ts);
export const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;

const indexes = new Map();

/** A channel's messages in order, and each thread's replies; kept until a message of the channel changes. */
function indexOf(channel) {
  if (!indexes.has(channel)) {
    const all = [...(store.messages.get(channel)?.values() || [])].sort((a, b) => (a.ts < b.ts ? -1 : 1));
    const replies = new Map();
    for (const message of all.filter(isReply)) {
      if (!replies.has(message.thread_ts)) replies.set(message.thread_ts, []);
      replies.get(message.thread_ts).push(message);
    }
    indexes.set(channel, { all, replies });
  }
  return indexes.get(channel);
}

/** A channel's messages, oldest first, thread replies among them. */
export const messagesIn = (channel) => indexOf(channel).all;

/** Replies of a parent, oldest first. */
export const repliesTo = (channel, ts) => indexOf(channel).replies.get(ts) || [];

/** The direct conversation with the app's bot, if there is one yet. */
export function appChannel() {
  return [...store.channels.values()].find((c) => c.is_im && c.other === store.app.bot_user_id);
}

const ephemeral = (entry) => ({ ...(entry.message || entry), channel: entry.channel || entry.message?.channel, ephemeral: true });

function put(channel, message) {
  if (!store.messages.has(channel)) store.messages.set(channel, new Map());
  const known = store.messages.get(channel).has(message.ts);
  store.messages.get(channel).set(message.ts, message);
  indexes.delete(channel);
  if (!known) emit("new-message", { channel, message });
}

const outside = (c) => ({ ...c, private: false, is_im: false, members: [], unread: 0, mentions: 0, outside: true });

/** Takes the conversations this person is in; public channels they are not in stay listed beside them. */
function takeChannels(list, open = [...store.channels.values()].filter((c) => c.outside)) {
  store.channels = new Map([...open.map((c) => [c.id, outside(c)]), ...list.map((c) => [c.id, c])]);
}

/** After somebody joined, left or was invited: what can be seen is another. */
function channelsChanged({ channels }) {
  const before = [...store.channels.values()].filter((c) => !c.outside).map((c) => c.id);
  takeChannels(channels);
  const same = before.length === channels.length && channels.every((c) => before.includes(c.id));
  if (!same) load(store.me).then(redraw, () => {});
}

const PUSHED = {
  message: ({ channel, message }) => put(channel, message),
  message_removed: ({ channel, ts }) => { store.messages.get(channel)?.delete(ts); indexes.delete(channel); },
  ephemeral: (push) => {
    const message = ephemeral(push);
    store.ephemerals = [...store.ephemerals.filter((e) => e.ts !== message.ts), message];
  },
  ephemeral_removed: ({ ts }) => { store.ephemerals = store.ephemerals.filter((e) => e.ts !== ts); },
  views: ({ views }) => { store.views = views; },
  home: ({ view }) => { store.home = view; },
  notification: ({ notification }) => {
    store.notifications = [...store.notifications, notification];
    emit("notification", notification);
  },
  channels: channelsChanged,
  threads: ({ threads }) => { store.threads = threads; },
  person: ({ person: who }) => { store.people.set(who.id, who); store.peopleVersion += 1; },
  toast: ({ text }) => toast(text),
};

const held = [];
let loads = 0;

/** Takes what was pushed. While the state is being read it waits, since it may be newer than that state. */
function pushed(push) {
  if (loads) { held.push(push); return; }
  PUSHED[push.type]?.(push);
  redraw();
}

/** Reads everything this person can see. Raises an Error where that fails. */
export async function load(as) {
  loads += 1;
  try {
    const response = await fetch(`/sandbox/state?as=${encodeURIComponent(as)}`);
    if (!response.ok) throw new Error(`The workspace answered ${response.status}.`);
    take(await response.json());
  } finally {
    loads -= 1;
    if (!loads) held.splice(0).forEach(pushed);
  }
}

function take(state) {
  indexes.clear();
  store.me = typeof state.me === "string" ? state.me : state.me.id;
  store.people = new Map(state.people.map((p) => [p.id, p]));
  store.peopleVersion = (store.peopleVersion || 0) + 1;
  store.app = { commands: [], shortcuts: [], ...state.app };
  store.team = state.team || {};
  store.groups = new Map((state.groups || []).map((g) => [g.id, g]));
  takeChannels(state.channels, state.open_channels || []);
  store.messages = new Map(Object.entries(state.messages).map(([id, list]) => [id, new Map(list.map((m) => [m.ts, m]))]));
  store.ephemerals = (state.ephemerals || []).map(ephemeral);
  store.views = state.views || [];
  store.home = state.home || null;
  store.notifications = state.notifications || [];
  store.threads = [state.threads || []].flat();
}

/** The direct conversation with somebody, begun if there is none yet; null when that was refused. */
export async function openDirect(other) {
  const answer = await act("open_dm", { other });
  if (!answer.ok) return null;
  if (!store.channels.has(answer.channel)) await load(store.me);
  redraw();
  return answer.channel;
}

/** Stays connected for ever: after a break it reads everything again, then listens on. */
export function live(as) {
  const address = new URL(`/sandbox/live?as=${encodeURIComponent(as)}`, window.location.href);
  address.protocol = address.protocol.replace("http", "ws");
  let wait = 250;
  const connect = () => {
    const socket = new WebSocket(address);
    socket.addEventListener("message", (event) => pushed(JSON.parse(event.data)));
    socket.addEventListener("open", async () => {
      wait = 250;
      store.connected = await load(as).then(() => true, () => false);
      if (!store.connected) socket.close();
      redraw();
    });
    socket.addEventListener("close", () => {
      store.connected = false;
      redraw();
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, 4000);
    });
  };
  connect();
}
