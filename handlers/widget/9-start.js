// The page's own handle: window.OratioChat. Calls made before this script came are carried out now:
//   window.OratioChat = window.OratioChat || []; OratioChat.push(["identify", { … }]);

const start = () => {
  if (!customElements.get("oratio-chat")) customElements.define("oratio-chat", OratioChatElement);
  const chat = document.createElement("oratio-chat");
  const early = Array.isArray(window.OratioChat) ? window.OratioChat : [];
  const api = {
    // Who is signed in: {user_id, name, email, attributes, hash}. See the documentation for the hash.
    identify: (identity) => chat.link.identify(identity).catch(() => { /* told anew with the next session */ }),
    open: () => chat.open(),
    close: () => chat.close(),
    // Call when the person signs out: this browser then starts as a new visitor.
    forget: () => chat.forget(),
    push: ([name, ...args]) => api[name] && name !== "push" && api[name](...args),
  };
  window.OratioChat = api;
  const { userId, name, email, hash, userHash } = SCRIPT.dataset;
  if (userId || name || email) chat.link.identity = { user_id: userId, name, email, hash, user_hash: userHash };
  document.body.append(chat);
  early.forEach(api.push);
};

if (SCRIPT && !document.querySelector("oratio-chat")) {
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
}
