// A channel's own menu: who is in it, joining, leaving, inviting; and the bar where one can only read.
import { el, icon } from "./dom.js";
import { menu } from "./popovers.js";
import { act, fullName, nameOfPerson, store } from "./state.js";
import { personAvatar } from "./avatar.js";

const LEVELS = [["all", "Notify me of all new messages"], ["mentions", "Notify me of mentions only"], ["nothing", "Notify me of nothing here"]];
const member = (channel) => (channel.members || []).includes(store.me);

async function setLevel(channel, level) {
  const answer = await act("notify", { channel: channel.id, level });
  if (answer.ok) store.channels.get(channel.id).notify = level;
}

function inviteMenu(anchor, channel) {
  const outside = [...store.people.values()].filter((p) => !p.deleted && !(channel.members || []).includes(p.id));
  menu(anchor, [{ heading: `Add to #${channel.name}` }, ...outside.map((p) => ({ label: fullName(p.id), icon: personAvatar(p.id, 20), data: { invite: p.id },
    run: () => act("invite", { channel: channel.id, user: p.id, by: store.me }) }))], { label: "Add people" });
}

/** Shows who is in the channel and what can be done with it. */
export function channelMenu(anchor, channel) {
  menu(anchor, [{ heading: `In #${channel.name}` },
    ...(channel.members || []).map((id) => ({ label: nameOfPerson(id), hint: id === store.app.bot_user_id ? "App" : undefined, icon: personAvatar(id, 20), data: { member: id }, run: () => {} })),
    null, ...(member(channel) ? LEVELS.map(([level, label]) => ({ label, icon: icon("bell", 16), data: { notify: level }, chosen: channel.notify === level, run: () => setLevel(channel, level) })) : []),
    member(channel) && null,
    member(channel) && { label: "Add people or the app…", icon: icon("people", 16), data: { menu: "invite" }, run: () => inviteMenu(anchor, channel) },
    member(channel) ? { label: "Leave channel", icon: icon("back", 16), danger: true, data: { menu: "leave" }, run: () => act("leave", { channel: channel.id }) }
      : { label: "Join channel", icon: icon("plus", 16), data: { menu: "join" }, run: () => act("join", { channel: channel.id }) }],
  { label: `Members of ${channel.name}` });
}

/** Stands in for the composer where this person cannot write. */
export function joinBar(channel) {
  if (channel.archived) return el("footer", { class: "pane-foot join" }, el("p", { text: `#${channel.name} is archived.` }));
  if (channel.is_im) return el("footer", { class: "pane-foot join" }, el("p", { text: "Sending messages to this app has been turned off." }));
  return el("footer", { class: "pane-foot join" }, el("p", {}, "You are looking at ", el("strong", { text: `#${channel.name}` })),
    el("button", { type: "button", class: "button solid primary", data: { join: channel.id }, on: { click: () => act("join", { channel: channel.id }) } }, "Join channel"));
}
