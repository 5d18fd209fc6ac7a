// Security keys: the browser's answer goes into the hidden field of its form.
const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const decoded = (list = []) => list.map((item) => ({ ...item, id: decode(item.id) }));

function options(kind, { publicKey }) {
  const known = { ...publicKey, challenge: decode(publicKey.challenge) };
  if (kind === "get") return { ...known, allowCredentials: decoded(publicKey.allowCredentials) };
  const chosen = { ...publicKey.authenticatorSelection, residentKey: "discouraged", requireResidentKey: false };
  const user = { ...publicKey.user, id: decode(publicKey.user.id) };
  return { ...known, user, authenticatorSelection: chosen, excludeCredentials: decoded(publicKey.excludeCredentials) };
}

function answer(found) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (found.response[name]) response[name] = encode(found.response[name]);
  }
  if (found.response.getTransports) response.transports = found.response.getTransports();
  return { id: found.id, rawId: encode(found.rawId), type: found.type, response, clientExtensionResults: found.getClientExtensionResults() };
}

for (const form of document.querySelectorAll("form[data-webauthn]")) {
  form.querySelector("button[type=button]").addEventListener("click", async () => {
    const kind = form.dataset.webauthn;
    try {
      const found = await navigator.credentials[kind]({ publicKey: options(kind, JSON.parse(form.dataset.options)) });
      form.elements.credential.value = JSON.stringify(answer(found));
      form.submit();
    } catch {
      form.querySelector("[data-failed]").hidden = false;
    }
  });
}
