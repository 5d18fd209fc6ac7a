// Security keys: the browser's answer goes into the hidden field of its form. Loaded on its own pages only.
function decode(text) {
  const base64 = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function encode(buffer) {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return base64.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function decodeIds(list = []) {
  return list.map((item) => ({ ...item, id: decode(item.id) }));
}

function optionsFor(kind, { publicKey }) {
  const options = { ...publicKey, challenge: decode(publicKey.challenge) };
  if (kind === "get") {
    options.allowCredentials = decodeIds(publicKey.allowCredentials);
    return options;
  }
  options.user = { ...publicKey.user, id: decode(publicKey.user.id) };
  options.excludeCredentials = decodeIds(publicKey.excludeCredentials);
  options.authenticatorSelection = {
    ...publicKey.authenticatorSelection,
    residentKey: "discouraged",
    requireResidentKey: false,
  };
  return options;
}

const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

function answerOf(credential) {
  const response = {};
  for (const name of PARTS) {
    if (credential.response[name]) response[name] = encode(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function ask(form) {
  const kind = form.dataset.webauthn;
  try {
    const publicKey = optionsFor(kind, JSON.parse(form.dataset.options));
    const credential = await navigator.credentials[kind]({ publicKey });
    form.elements.credential.value = JSON.stringify(answerOf(credential));
    form.submit();
  } catch {
    form.querySelector("[data-failed]").hidden = false;
  }
}

for (const form of document.querySelectorAll("form[data-webauthn]")) {
  form.querySelector("button[type=button]").addEventListener("click", () => ask(form));
}
