// The square picture beside a name: initials in a colour of the person's own, an emoji, or a picture.
import { el, hash, picture } from "./dom.js";
import { emojiOf } from "./emoji.js";
import { store, nameOfPerson, person } from "./state.js";

const HUES = ["#3f6ad8", "#b5487b", "#2b8a66", "#b0672c", "#7a57c2", "#2f7f99", "#a8483f", "#5e7d2a"];

const initials = (name) => name.split(/\s+/).slice(0, 2).map((part) => [...part][0] || "").join("").toUpperCase() || "?";

/** The square of a person. */
export function personAvatar(id, size = 36) {
  const who = person(id);
  const isApp = id === store.app.bot_user_id;
  const name = isApp ? store.app.name : who?.real_name || nameOfPerson(id);
  const index = [...store.people.keys()].indexOf(id);
  return el("span", { class: `avatar ${isApp ? "app" : ""}`, "aria-hidden": "true",
    style: { "--size": `${size}px`, "--hue": isApp ? "#0f766e" : HUES[(index < 0 ? hash(id) : index) % HUES.length] } }, isApp ? initials(name).slice(0, 1) : initials(name));
}

const iconOf = (message) => message.icons?.emoji || message.icon_emoji;
const imageOf = (message) => message.icons?.image_72 || message.icons?.image_64 || message.icons?.image_48 || message.icons?.image_36 || message.icon_url;

/** The square of whoever wrote a message, with a customised name and picture where it has them. */
export function messageAvatar(message, size = 36) {
  if (!message.username) return personAvatar(message.user || store.app.bot_user_id, size);
  const name = message.username;
  const box = { "--size": `${size}px`, "--hue": HUES[hash(name) % HUES.length] };
  const character = iconOf(message) && emojiOf(String(iconOf(message)).replace(/:/g, ""));
  if (character) return el("span", { class: "avatar with-emoji", style: box, "aria-hidden": "true" }, character);
  const node = el("span", { class: "avatar", style: box, "aria-hidden": "true" }, initials(name));
  const img = imageOf(message) && picture(imageOf(message), "");
  if (img) node.append(img);
  return node;
}
