// The lines above a conversation's first message.
import { el, icon } from "./dom.js";
import { fullName } from "./state.js";
import { personAvatar } from "./avatar.js";

/** Says what this conversation is. */
export function intro(channel) {
  if (channel.is_im) {
    return el("div", { class: "intro" }, personAvatar(channel.other, 56), el("h2", { text: fullName(channel.other) }), el("p", {}, "This conversation is just between you and ", el("strong", { text: fullName(channel.other) }), "."));
  }
  const says = channel.outside ? ["Join to see what is written here."] : ["This is the very beginning of the ", el("strong", { text: `#${channel.name}` }), " channel."];
  return el("div", { class: "intro" }, el("span", { class: "intro-mark" }, icon(channel.private ? "lock" : "hash", 28)), el("h2", { text: `#${channel.name}` }), el("p", {}, says));
}
