"use strict";
// A form with data-passkey asks the browser for a passkey and sends its answer. Without this script, or in a browser
// that knows no passkeys, such a form stays hidden: the password works all the same.
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) break;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = form.querySelector("[role=alert]");
    failed.hidden = true;
    try {
      const asked = await fetch(form.dataset.passkey, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!asked.ok) throw new Error(asked.statusText);
      const options = await asked.json();
      const credential = form.dataset.deed === "create"
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.answer.value = JSON.stringify(credential);
      if (form.elements.password) form.elements.password.value = "";
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
}
